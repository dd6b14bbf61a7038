/** The page about converters, written from their declarations. */
import { CONVERTER_CLASSES, type ConverterClass, SIMPLE_HEADER_CONVERTER } from './converter-classes.js';
import type { Fields } from './field.js';
import { configurationPage } from './markdown.js';

const INTRODUCTION = [
  'Converters read the keys, values and headers of records: `key.converter`, `value.converter` and `header.converter`',
  'name them by their Java classes, or by the last part of these. Their settings stand behind `key.converter.`,',
  '`value.converter.` and `header.converter.`.',
].join(' ');

const SUMMARIES: Readonly<Record<string, string>> = {
  StringConverter: 'texts. As a value, one row of JSON, or as many lines of CSV as it has.',
  JsonConverter: 'JSON, with a schema beside the payload (`schemas.enable`) or without one.',
  AvroConverter: 'Avro with a schema registry.',
  ProtobufConverter: 'Protobuf with a schema registry.',
  JsonSchemaConverter: 'JSON with a JSON schema in a schema registry.',
  DorisAvroConverter: 'Avro without a registry, with a file of the schema for each topic.',
  DorisJsonConverter: 'JSON without a schema, as the JsonConverter with `schemas.enable=false`.',
  ByteArrayConverter: 'bytes. As a value, taken for a text.',
};

/** A section for every converter with settings. */
export function convertersPage(): string {
  const simple = ({ className }: ConverterClass) => className.slice(className.lastIndexOf('.') + 1);
  const lines = CONVERTER_CLASSES.map((converter) => {
    const summary =
      SUMMARIES[simple(converter)] ?? 'a number or a boolean, in the bytes that the serializer of Kafka writes.';
    return `- \`${converter.className}\`: ${summary}`;
  });
  const header = `- \`${SIMPLE_HEADER_CONVERTER}\`, for headers only: texts, whose types are found by their form.`;
  const fields: [string, Fields[string]][] = CONVERTER_CLASSES.flatMap((converter) =>
    Object.entries(converter.fields)
      .filter(([, { spec }]) => spec.noEffect === undefined)
      .map(([key, field]): [string, Fields[string]] => [
        `${simple(converter)}: ${key}`,
        field.group(simple(converter)),
      ]),
  );
  return configurationPage({
    name: 'converters',
    title: 'converters',
    introduction: `${INTRODUCTION}\n\n${[...lines, header].join('\n')}`,
    fields: Object.fromEntries(fields),
    rules: [],
  });
}
