import { parseJsonSchema } from '../../../connect/converters/json-schema.js';
import type { Schema } from '../../../connect/data/schema.js';
import { errorOf } from './encoding.js';

function parse(text: string): Schema | null {
  const source = Buffer.from(`,${text},`);
  return parseJsonSchema(source, 1, source.length - 1);
}

test('reads the whole of Connect schema model', () => {
  const decimal = 'org.apache.kafka.connect.data.Decimal';
  const schema =
    parse(`{ "type": "struct", "name": "shop.Order", "version": 3, "doc": "an order", "optional": true, "fields": [
    { "field": "id", "type": "int64" },
    { "field": "price", "type": "bytes", "name": "${decimal}", "version": 1, "parameters": { "scale": "2" }, "default": "AA==" },
    { "field": "big", "type": "int64", "optional": true, "default": 9223372036854775807 },
    { "field": "tags", "type": "array", "items": { "type": "string", "optional": true } },
    { "field": "counts", "type": "map", "keys": { "type": "string" }, "values": { "type": "int8" } },
    { "field": "gone", "type": "float", "optional": true, "default": null } ] }`);
  expect(schema).toEqual({
    type: 'STRUCT',
    name: 'shop.Order',
    version: 3,
    doc: 'an order',
    optional: true,
    fields: [
      { name: 'id', schema: { type: 'INT64', optional: false } },
      {
        name: 'price',
        schema: {
          type: 'BYTES',
          optional: false,
          name: decimal,
          version: 1,
          parameters: { scale: '2' },
          defaultJson: '"AA=="',
        },
      },
      { name: 'big', schema: { type: 'INT64', optional: true, defaultJson: '9223372036854775807' } },
      { name: 'tags', schema: { type: 'ARRAY', optional: false, items: { type: 'STRING', optional: true } } },
      {
        name: 'counts',
        schema: {
          type: 'MAP',
          optional: false,
          keys: { type: 'STRING', optional: false },
          values: { type: 'INT8', optional: false },
        },
      },
      { name: 'gone', schema: { type: 'FLOAT32', optional: true } },
    ],
  });
});

test('null is no schema', () => expect(parse('null')).toBeNull());

test.each([
  ['{}', "Schema must contain 'type' field"],
  ['7', "Schema must contain 'type' field"],
  ['{"type":["null","string"]}', "Schema must contain 'type' field"],
  ['{"type":"date"}', 'Unknown schema type: date'],
  ['{"type":"toString"}', 'Unknown schema type: toString'],
  ['{"type":"array"}', 'Array schema did not specify the element type'],
  ['{"type":"map","keys":{"type":"string"}}', 'Map schema did not specify the value type'],
  ['{"type":"map","values":{"type":"string"}}', 'Map schema did not specify the key type'],
  ['{"type":"struct"}', `Struct schema's "fields" argument is not an array.`],
  ['{"type":"struct","fields":[{"type":"int8"}]}', "Struct schema's field name not specified properly"],
  ['{"type":"struct","fields":[7]}', "Struct schema's field name not specified properly"],
  [
    '{"type":"struct","fields":[{"field":"a","type":"int8"},{"field":"a","type":"int8"}]}',
    'Cannot create field because of field name duplication a',
  ],
  ['{"type":"int8","parameters":{"scale":2}}', 'Schema parameters must have string values.'],
  [
    '{"type":"string","name":"org.apache.kafka.connect.data.Date"}',
    'The logical type org.apache.kafka.connect.data.Date is stored as INT32, not as STRING',
  ],
])('%s is refused in the words of Connect', (text, message) => {
  const error = errorOf(() => parse(text));
  expect(error.code).toBe('RECORD_INVALID');
  expect(error.message).toBe(message);
});

test('a schema nested without end is refused', () => {
  const depth = 300;
  const text = `${'{"type":"array","items":'.repeat(depth)}{"type":"int8"}${'}'.repeat(depth)}`;
  expect(errorOf(() => parse(text)).message).toContain('nested deeper than 100 levels');
});
