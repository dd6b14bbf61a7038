import { readFileSync } from 'node:fs';
import { AVRO_DEFAULTS, type AvroOptions, compileAvro } from '../../../../connect/converters/avro/index.js';
import { parseJsonSchema } from '../../../../connect/converters/json-schema.js';
import type { Schema } from '../../../../connect/data/schema.js';
import {
  isObject,
  type JsonObject,
  type JsonTree,
  jsonText,
  parseJsonTree,
  textOf,
} from '../../../../connect/registry/json-tree.js';
import { decodeRows, decodeValue, writeText } from '../binary/decoding.js';
import { comparable, withDefaults } from '../binary/java-results.js';

/**
 * What the Java classes make of Avro values: io.confluent.connect.avro.AvroData of schema-registry 8 and then Connect's
 * JsonConverter (`row`, `connectSchema`), and Avro 1.11.3's GenericData, which the Doris connector prints (`text`).
 */
const path = new URL('fixtures/avro-data.json', import.meta.url);
const cases = parseJsonTree(readFileSync(path, 'utf8')) as readonly JsonObject[];

function optionsOf(config: JsonTree | undefined): AvroOptions {
  const set = isObject(config) ? config : new Map<string, JsonTree>();
  const flag = (key: string, fallback: boolean): boolean => (set.has(key) ? set.get(key) === 'true' : fallback);
  return {
    ...AVRO_DEFAULTS,
    enhancedAvroSchemaSupport: flag('enhanced.avro.schema.support', false),
    generalizedSumTypeSupport: flag('generalized.sum.type.support', false),
    discardTypeDocDefault: flag('discard.type.doc.default', false),
    connectMetaData: flag('connect.meta.data', true),
  };
}

describe.each(cases.map((item): [string, JsonObject] => [String(item.get('name')), item]))('%s', (_, item) => {
  const schemaText = jsonText(item.get('schema') ?? null);
  const bytes = Buffer.from(String(item.get('hex')), 'hex');
  const compile = (rows: 'connect' | 'generic') =>
    compileAvro({ schemaText }, { ...optionsOf(item.get('config')), rows, trailingBytes: 'refuse' }, writeText);
  const rowOf = (rows: 'connect' | 'generic') =>
    comparable(parseJsonTree(String(decodeRows(compile(rows), bytes)?.[0])));

  test('the row is that of AvroData and JsonConverter', () => {
    expect(rowOf('connect')).toEqual(comparable(parseJsonTree(String(textOf(item.get('row'))))));
  });

  test('the value can be read', () => {
    expect(decodeValue(compile('connect'), bytes).value).not.toBeNull();
  });

  const text = textOf(item.get('text'));
  if (text !== undefined) {
    test('the row of a file’s schema is the text of GenericData', () => {
      expect(rowOf('generic')).toEqual(comparable(parseJsonTree(text)));
    });
  }

  // Java writes no schema that holds itself as JSON, and one is enough for all values of it.
  const connectSchema = textOf(item.get('connectSchema'));
  if (connectSchema === undefined) return;
  test('the schema is that of AvroData', () => {
    const java = Buffer.from(connectSchema);
    const expected = parseJsonSchema(java, 0, java.length) as Schema;
    expect(withDefaults(compile('connect').schema as Schema)).toEqual(withDefaults(expected));
  });
});
