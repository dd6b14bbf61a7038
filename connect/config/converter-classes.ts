/** The converters there are, by the Java classes in users' files, and the settings that follow `value.converter.`. */

import { parseTopicFiles } from '../converters/avro/topic-files.js';
import {
  avroConverterConfig,
  jsonSchemaConverterConfig,
  protobufConverterConfig,
} from '../converters/registry/config.js';
import { SluiceError } from '../errors.js';
import { boolean, type Fields, int, oneOf, string } from './field.js';

/** What reads a key, a value or a header. */
export type ConverterKind =
  | 'string'
  | 'bytes'
  | 'json'
  | 'boolean'
  | 'double'
  | 'float'
  | 'integer'
  | 'long'
  | 'short'
  /** Texts whose type is found by their form: SimpleHeaderConverter. */
  | 'simple'
  /** Avro whose schemas are in files. */
  | 'avroFiles'
  /** Avro, Protobuf and JSON Schema with a schema registry. */
  | 'registry';

export interface ConverterClass {
  readonly className: string;
  readonly kind: ConverterKind;
  /** Its settings, without the prefix. */
  readonly fields: Fields;
}

const GROUP = 'Converters';

const noSchemas = {
  'schemas.enable': boolean()
    .noEffect('it is a setting of the JsonConverter.')
    .doc('A setting of the JsonConverter.')
    .importance('LOW')
    .group(GROUP),
};

/** Java's names of encodings in which bytes are read as they are. */
const ENCODINGS = ['utf-8', 'utf8', 'us-ascii', 'ascii'];

const textFields = {
  ...noSchemas,
  'converter.encoding': string()
    .default('UTF-8')
    .doc('The encoding of texts.')
    .accepts('`UTF-8`')
    .importance('LOW')
    .group(GROUP)
    .check((name) => (ENCODINGS.includes(name.toLowerCase()) ? undefined : 'Texts have to be in UTF-8')),
};

const jsonFields = {
  'schemas.enable': boolean()
    .default('true')
    .doc('Whether every value is an object with exactly the fields `schema` and `payload`.')
    .importance('HIGH')
    .group(GROUP),
  'replace.null.with.default': boolean()
    .default('true')
    .doc('Whether a null in an optional field whose schema has a default is read as the default.')
    .importance('LOW')
    .group(GROUP),
  'decimal.format': oneOf('BASE64', 'NUMERIC')
    .default('BASE64')
    .doc('How decimals are written to Kafka. Reading accepts both forms whatever is set.')
    .importance('LOW')
    .group(GROUP),
  'schemas.cache.size': int()
    .noEffect('schemas that are in use are kept.')
    .doc('Schemas that are in use are kept.')
    .importance('LOW')
    .group(GROUP),
};

const avroFileFields = {
  ...noSchemas,
  'avro.topic2schema.filepath': string()
    .required()
    .doc(
      'The files with the Avro schemas of topics: `topic1:file:///path/to/schema1.avsc,topic2:file:///path/to/schema2.avsc`. Every worker has to have them.',
    )
    .importance('HIGH')
    .group(GROUP)
    .hint(
      'DorisAvroConverter needs the file of each topic: topic1:file:///opt/user.avsc,topic2:file:///opt/order.avsc.',
    )
    .check(reasonAgainstTopicFiles),
};

function reasonAgainstTopicFiles(text: string): string | undefined {
  try {
    parseTopicFiles(text);
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError) return error.message;
    throw error;
  }
}

const CONVERTERS_PACKAGE = 'org.apache.kafka.connect.converters';
const number = (name: string, kind: ConverterKind): ConverterClass => ({
  className: `${CONVERTERS_PACKAGE}.${name}Converter`,
  kind,
  fields: noSchemas,
});

export const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';
export const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
export const SIMPLE_HEADER_CONVERTER = 'org.apache.kafka.connect.storage.SimpleHeaderConverter';

/** Those that read keys and values. */
export const CONVERTER_CLASSES: readonly ConverterClass[] = [
  { className: STRING_CONVERTER, kind: 'string', fields: textFields },
  { className: JSON_CONVERTER, kind: 'json', fields: jsonFields },
  { className: 'io.confluent.connect.avro.AvroConverter', kind: 'registry', fields: avroConverterConfig.parts.fields },
  {
    className: 'io.confluent.connect.protobuf.ProtobufConverter',
    kind: 'registry',
    fields: protobufConverterConfig.parts.fields,
  },
  {
    className: 'io.confluent.connect.json.JsonSchemaConverter',
    kind: 'registry',
    fields: jsonSchemaConverterConfig.parts.fields,
  },
  {
    className: 'org.apache.doris.kafka.connector.decode.avro.DorisAvroConverter',
    kind: 'avroFiles',
    fields: avroFileFields,
  },
  { className: 'org.apache.doris.kafka.connector.decode.DorisJsonConverter', kind: 'json', fields: noSchemas },
  { className: `${CONVERTERS_PACKAGE}.ByteArrayConverter`, kind: 'bytes', fields: noSchemas },
  number('Boolean', 'boolean'),
  number('Double', 'double'),
  number('Float', 'float'),
  number('Integer', 'integer'),
  number('Long', 'long'),
  number('Short', 'short'),
];

/** Those that read headers: Connect's own are converters of headers, too. */
export const HEADER_CONVERTER_CLASSES: readonly ConverterClass[] = [
  { className: SIMPLE_HEADER_CONVERTER, kind: 'simple', fields: noSchemas },
  ...CONVERTER_CLASSES.filter(({ kind }) => kind !== 'registry' && kind !== 'avroFiles'),
];

/** Connect accepts a plug-in by its class, its simple name and its simple name without the kind of plug-in. */
export function findConverter(name: string, classes = CONVERTER_CLASSES): ConverterClass | undefined {
  const wanted = name.trim();
  return classes.find(({ className }) => {
    const simple = className.slice(className.lastIndexOf('.') + 1);
    return wanted === className || wanted === simple || wanted === simple.replace(/(Header)?Converter$/, '');
  });
}
