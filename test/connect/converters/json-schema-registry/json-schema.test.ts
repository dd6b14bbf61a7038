import fc from 'fast-check';
import {
  compileJsonSchema,
  JSON_SCHEMA_DEFAULTS,
  type JsonSchemaOptions,
} from '../../../../connect/converters/json-schema-registry/index.js';
import { Decimal, Instant, Struct } from '../../../../connect/data/value.js';
import { decodeRows, decodeValue, recordError, survives, writeText } from '../binary/decoding.js';

type References = { name: string; text: string }[];

function decoderOf(schema: object | string, options: Partial<JsonSchemaOptions> = {}, references: References = []) {
  const schemaText = typeof schema === 'string' ? schema : JSON.stringify(schema);
  return compileJsonSchema({ schemaText, references }, { ...JSON_SCHEMA_DEFAULTS, ...options }, writeText);
}

const object = (properties: object, more: object = {}) => ({ type: 'object', title: 'Order', properties, ...more });

function rowOf(schema: object, json: string, options: Partial<JsonSchemaOptions> = {}): string {
  const [row, ...more] = decodeRows(decoderOf(schema, options), Buffer.from(json)) ?? [];
  expect(more).toEqual([]);
  return String(row);
}

describe('rows', () => {
  test('keep every digit; properties that are missing are null, unknown ones are left out', () => {
    const schema = object({ id: { type: 'integer' }, price: { type: 'number' }, name: { type: 'string' } });
    expect(rowOf(schema, ' {"x":[1],"price":0.12345678901234567890,"id":9223372036854775807}\n')).toBe(
      '{"id":9223372036854775807,"price":0.12345678901234567890,"name":null}',
    );
    expect(rowOf(schema, '{"id":1,"price":2,"name":"a"}')).toBe('{"id":1,"price":2,"name":"a"}');
    expect(recordError(() => rowOf(schema, '{"id":null}'))).toContain('Field value.id is INT64');
    expect(rowOf(schema, '{"id":null}', { useOptionalForNonRequired: true })).toBe(
      '{"id":null,"price":null,"name":null}',
    );
  });

  test('of what Connect writes: small integers, bytes, decimals, dates, maps, the order of fields', () => {
    const schema = object({
      b: { type: 'string', 'connect.type': 'bytes', 'connect.index': 1 },
      a: { oneOf: [{ type: 'null' }, { type: 'integer', 'connect.type': 'int8' }], 'connect.index': 0 },
      d: {
        type: 'number',
        title: 'org.apache.kafka.connect.data.Decimal',
        'connect.type': 'bytes',
        'connect.parameters': { scale: '2' },
        'connect.index': 2,
      },
      t: {
        type: 'integer',
        title: 'org.apache.kafka.connect.data.Timestamp',
        'connect.type': 'int64',
        'connect.index': 3,
      },
      m: { type: 'object', 'connect.type': 'map', additionalProperties: { type: 'integer' }, 'connect.index': 4 },
      n: {
        type: 'array',
        'connect.type': 'map',
        items: { type: 'object', properties: { key: { type: 'integer' }, value: { type: 'string' } } },
        'connect.index': 5,
      },
    });
    const json = '{"b":"AQI=","d":"AP8=","t":1700000000000,"m":{"x":1},"n":[{"value":"v","key":7}],"a":3}';
    // The field of a nullable value is placed by its branch, which has no index: the oneOf has one.
    expect(JSON.parse(rowOf(schema, json))).toEqual({
      a: 3,
      b: 'AQI=',
      d: 2.55,
      t: 1_700_000_000_000,
      m: { x: 1 },
      n: [[7, 'v']],
    });
    const { value } = decodeValue(decoderOf(schema), Buffer.from(json));
    expect(value instanceof Struct && value.values).toEqual([
      3,
      Buffer.from([1, 2]),
      new Decimal(255n, 2),
      new Instant(1_700_000_000_000n),
      new Map([['x', 1n]]),
      new Map([[7n, 'v']]),
    ]);
    expect(recordError(() => rowOf(schema, '{"a":128}'))).toContain('INT8');
  });

  test('of unions: the first branch that fits, or the object with most properties', () => {
    const schema = object({
      u: {
        oneOf: [
          { type: 'null' },
          { type: 'integer' },
          { type: 'string' },
          object({ x: { type: 'integer' } }),
          object({ x: { type: 'integer' }, y: { type: 'integer' } }),
        ],
      },
    });
    const field = (index: number) => `io.confluent.connect.json.OneOf.field.${index}`;
    const all = (index: number, value: unknown) => ({
      u: { [field(0)]: null, [field(1)]: null, [field(2)]: null, [field(3)]: null, [field(index)]: value },
    });
    expect(JSON.parse(rowOf(schema, '{"u":5}'))).toEqual(all(0, 5));
    expect(JSON.parse(rowOf(schema, '{"u":"s"}'))).toEqual(all(1, 's'));
    expect(JSON.parse(rowOf(schema, '{"u":{"x":1}}'))).toEqual(all(2, { x: 1 }));
    expect(JSON.parse(rowOf(schema, '{"u":{"y":1}}'))).toEqual(all(3, { x: null, y: 1 }));
    expect(rowOf(schema, '{"u":null}')).toBe('{"u":null}');
    expect(recordError(() => rowOf(schema, '{"u":true}'))).toContain('Field value.u');
    expect(rowOf(object({ u: { type: ['null', 'string'] } }), '{"u":null}')).toBe('{"u":null}');
    const general = rowOf(object({ u: { type: ['integer', 'string'] } }), '{"u":"s"}', {
      generalizedSumTypeSupport: true,
    });
    expect(general).toBe('{"u":{"connect_union_field_0":null,"connect_union_field_1":"s"}}');
  });

  test('of references: inside, to others by name or id, and to itself', () => {
    const schema = {
      $id: 'https://shop/order.json',
      ...object({
        to: { $ref: '#/definitions/address' },
        from: { $ref: 'common.json#/$defs/address' },
        by: { $ref: 'person.json' },
        next: { oneOf: [{ type: 'null' }, { $ref: '#' }] },
      }),
      definitions: { address: object({ city: { type: 'string' } }) },
    };
    const references = [
      { name: 'common.json', text: JSON.stringify({ $defs: { address: object({ zip: { type: 'string' } }) } }) },
      {
        name: 'Person',
        text: JSON.stringify({ $id: 'https://shop/person.json', ...object({ name: { type: 'string' } }) }),
      },
    ];
    const json = '{"to":{"city":"A"},"from":{"zip":"1"},"by":{"name":"N"},"next":{"to":{"city":"B"}}}';
    const decoder = decoderOf(schema, {}, references);
    expect(decodeRows(decoder, Buffer.from(json))).toEqual([
      '{"to":{"city":"A"},"from":{"zip":"1"},"by":{"name":"N"},"next":{"to":{"city":"B"},"from":null,"by":null,"next":null}}',
    ]);
    const { value } = decodeValue(decoder, Buffer.from(json));
    expect(value instanceof Struct && (value.get('next') as Struct).get('to')).toMatchObject({ values: ['B'] });
    const deep = `${'{"next":'.repeat(150)}null${'}'.repeat(150)}`;
    expect(recordError(() => decodeRows(decoder, Buffer.from(deep)))).toContain('deeper than 100 levels');
    expect(recordError(() => decoderOf(schema))).toContain('leads nowhere');
  });

  test('of allOf: the properties of all parts; of enums and defaults; of anything as JSON text', () => {
    const schema = {
      allOf: [object({ a: { type: 'string', enum: ['x', 'y'] } }), { $ref: '#/definitions/more' }],
      definitions: {
        more: object({ b: { type: 'integer', default: 7 }, c: true, d: { allOf: [{ type: 'string' }] } }),
      },
    };
    expect(rowOf(schema, '{"a":"x","c":{"z":[1]},"d":"d"}')).toBe('{"a":"x","b":7,"c":"{\\"z\\":[1]}","d":"d"}');
    expect(decoderOf(schema).schema).toMatchObject({
      fields: [
        { schema: { parameters: { 'io.confluent.connect.json.Enum': '', 'io.confluent.connect.json.Enum.x': 'x' } } },
        { schema: { defaultJson: '7' } },
        { schema: { name: 'io.debezium.data.Json' } },
        {},
      ],
    });
  });

  test('of arrays of objects, of strings, of null', () => {
    const array = { type: 'array', items: object({ n: { type: 'integer' } }) };
    expect(decodeRows(decoderOf(array), Buffer.from('[{"n":1}, {"n": 2}]'))).toEqual(['{"n":1}', '{"n": 2}']);
    expect(decodeRows(decoderOf({ type: 'string' }), Buffer.from('"{\\"a\\":1}"'))).toEqual(['{"a":1}']);
    expect(decodeRows(decoderOf(object({})), Buffer.from('null'))).toBeUndefined();
  });
});

test('any text is a value or RECORD_INVALID, and rows and value agree', () => {
  const decoder = decoderOf(
    object({
      u: { oneOf: [{ type: 'integer' }, { type: 'string' }, object({ x: { type: 'boolean' } })] },
      next: { anyOf: [{ type: 'null' }, { $ref: '#' }] },
      a: { type: 'array', items: { type: 'number' } },
    }),
  );
  const part = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"u"',
    '"next"',
    '"a"',
    '1',
    '"',
    'null',
    'true',
    '{"x":true}',
    '{}',
    '[1]',
    ' ',
  );
  const json = fc.oneof(
    fc.array(part, { maxLength: 20 }).map((parts) => parts.join('')),
    fc.json(),
    fc
      .record({ u: fc.oneof(fc.integer(), fc.string()), a: fc.array(fc.integer()) })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(json, (text) => {
      const refused = survives(() => decodeValue(decoder, Buffer.from(text)));
      expect(survives(() => decodeRows(decoder, Buffer.from(text)))).toBe(refused);
    }),
    { numRuns: 2000 },
  );
});
