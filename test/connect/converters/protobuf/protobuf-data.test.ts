import { readFileSync } from 'node:fs';
import { parseJsonSchema } from '../../../../connect/converters/json-schema.js';
import { compileProtobuf } from '../../../../connect/converters/protobuf/index.js';
import type { Schema } from '../../../../connect/data/schema.js';
import {
  isObject,
  type JsonObject,
  type JsonTree,
  parseJsonTree,
  textOf,
} from '../../../../connect/registry/json-tree.js';
import { decodeRows, decodeValue, writeText } from '../binary/decoding.js';
import { comparable, withDefaults } from '../binary/java-results.js';

/**
 * What the Java classes make of Protobuf values: io.confluent.connect.protobuf.ProtobufData of schema-registry 8 and then
 * Connect's JsonConverter.
 */
const path = new URL('fixtures/protobuf-data.json', import.meta.url);
const cases = parseJsonTree(readFileSync(path, 'utf8')) as readonly JsonObject[];

function optionsOf(config: JsonTree | undefined) {
  const set = isObject(config) ? config : new Map<string, JsonTree>();
  const flag = (key: string, fallback: boolean): boolean => (set.has(key) ? set.get(key) === 'true' : fallback);
  return {
    enhancedProtobufSchemaSupport: flag('enhanced.protobuf.schema.support', false),
    generalizedSumTypeSupport: flag('generalized.sum.type.support', false),
    intForEnums: flag('int.for.enums', false),
    optionalForNullables: flag('optional.for.nullables', false),
    optionalForProto2: flag('optional.for.proto2', true),
    wrapperForNullables: flag('wrapper.for.nullables', false),
    wrapperForRawPrimitives: flag('wrapper.for.raw.primitives', true),
    generateStructForNulls: flag('generate.struct.for.nulls', false),
    generateIndexForUnions: flag('generate.index.for.unions', true),
    flattenUnions: flag('flatten.unions', false),
  };
}

/** Java's builder of a message is shared by all its fields, and keeps the number of the first of them. */
function withoutTags(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema, (_, part) => (typeof part === 'bigint' ? String(part) : part)),
    (_, part) => {
      if (part?.type === 'STRUCT') delete part.parameters['io.confluent.connect.protobuf.Tag'];
      return part;
    },
  );
}

describe.each(cases.map((item): [string, JsonObject] => [String(item.get('name')), item]))('%s', (_, item) => {
  const source = { schemaText: String(item.get('schema')) };
  const bytes = Buffer.from(String(item.get('hex')), 'hex');
  const decoder = compileProtobuf(source, optionsOf(item.get('config')), writeText).decoderAt([0]);

  test('the row is that of ProtobufData and JsonConverter', () => {
    const [row] = decodeRows(decoder, bytes) ?? [];
    expect(comparable(parseJsonTree(String(row)))).toEqual(comparable(parseJsonTree(String(item.get('row')))));
    expect(decodeValue(decoder, bytes).value).not.toBeNull();
  });

  // Java writes no schema that holds itself as JSON, and one is enough for all values of it.
  const connectSchema = textOf(item.get('connectSchema'));
  if (connectSchema === undefined) return;
  test('the schema is that of ProtobufData', () => {
    const java = Buffer.from(connectSchema);
    const expected = parseJsonSchema(java, 0, java.length) as Schema;
    expect(withoutTags(withDefaults(decoder.schema as Schema))).toEqual(withoutTags(withDefaults(expected)));
  });
});
