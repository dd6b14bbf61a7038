import fc from 'fast-check';
import { createEnvelopeReader } from '../../../connect/converters/envelope.js';
import { SluiceError } from '../../../connect/errors.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';
import { encoding, errorOf } from './encoding.js';

const WITH_SCHEMA = { converter: 'json' } as const;

const USER_SCHEMA = {
  type: 'struct',
  optional: false,
  name: 'user',
  fields: [
    { field: 'user_id', type: 'int64', optional: false },
    { field: 'name', type: 'string', optional: true },
    { field: 'age', type: 'int32', optional: true, default: 18 },
  ],
};

function envelope(schema: unknown, payload: string): string {
  return `{"schema":${JSON.stringify(schema)},"payload":${payload}}`;
}

/** The lines that a payload of the schema makes. */
function linesOf(schema: unknown, payload: string, replaceNullWithDefault = true): string[] {
  const { encode, lines } = encoding({ ...WITH_SCHEMA, replaceNullWithDefault });
  encode(envelope(schema, payload));
  return lines();
}

describe('JsonConverter with schema', () => {
  test('a payload that is as the schema says is copied', () => {
    const payload = '{"user_id":9007199254740993,"name":"Emily","age":25}';
    expect(linesOf(USER_SCHEMA, payload)).toEqual([payload]);
  });

  test('a payload with other white space, order or fields is written anew', () => {
    expect(linesOf(USER_SCHEMA, '{"age":1,\n"extra":[1,{}],\t"name":"x","user_id":7.0}')).toEqual([
      '{"user_id":7,"name":"x","age":1}',
    ]);
  });

  test('null and missing fields become null, or the default where there is one', () => {
    expect(linesOf(USER_SCHEMA, '{"user_id":1,"name":null,"age":null}')).toEqual([
      '{"user_id":1,"name":null,"age":18}',
    ]);
    expect(linesOf(USER_SCHEMA, '{"user_id":1}')).toEqual(['{"user_id":1,"name":null,"age":18}']);
    expect(linesOf(USER_SCHEMA, '{"user_id":1}', false)).toEqual(['{"user_id":1,"name":null,"age":null}']);
  });

  test('the parts may come in the other order, and with white space between them', () => {
    const schema = JSON.stringify(USER_SCHEMA, undefined, 2);
    const payload = '{"user_id":1,"name":"a","age":2}';
    const { encode, lines } = encoding(WITH_SCHEMA);
    encode(`{"payload":${payload},"schema":${schema}}`);
    encode(` { "schema" : ${schema} , "payload" : ${payload} } \n`);
    encode(` { "schema" : ${schema} , "payload" : ${payload}}`);
    expect(lines()).toEqual([payload, payload, payload]);
  });

  test('a schema that changes from record to record is followed', () => {
    const wider = {
      ...USER_SCHEMA,
      fields: [...USER_SCHEMA.fields, { field: 'city', type: 'string', optional: true }],
    };
    const { encode, lines } = encoding(WITH_SCHEMA);
    for (let round = 0; round < 3; round++) {
      encode(envelope(USER_SCHEMA, '{"user_id":1,"name":"a","age":2}'));
      encode(envelope(wider, '{"user_id":1,"name":"a","age":2}'));
    }
    expect(lines()).toHaveLength(6);
    expect(new Set(lines())).toEqual(
      new Set(['{"user_id":1,"name":"a","age":2}', '{"user_id":1,"name":"a","age":2,"city":null}']),
    );
  });

  test('more schemas than are remembered', () => {
    const { encode, lines } = encoding(WITH_SCHEMA);
    for (let index = 0; index < 200; index++) {
      const field = `f${index % 50}`;
      encode(envelope({ type: 'struct', fields: [{ field, type: 'int8' }] }, `{"${field}":1}`));
    }
    expect(lines()[199]).toBe('{"f49":1}');
  });

  test.each([
    ['{"user_id":1,"name":"Emily","age":25}'],
    ['{"schema":null}'],
    ['{"schema":null,"payload":{"a":1},"more":1}'],
    ['{"schema":null,"payload":{"a":1},"payload":{"a":1}}'],
    ['[]'],
    ['42'],
  ])('%s has no schema and payload: the FAQ of the connector', (value) => {
    const error = errorOf(() => encoding(WITH_SCHEMA).encode(value));
    expect(error.code).toBe('RECORD_INVALID');
    expect(error.message).toBe(
      'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
        'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.',
    );
    expect(error.hint).toContain('value.converter.schemas.enable=false');
    expect(error.hint).toContain('org.apache.kafka.connect.storage.StringConverter');
  });

  test('an additional field is noticed behind an opening that is known', () => {
    const { encode, lines } = encoding(WITH_SCHEMA);
    encode(envelope(USER_SCHEMA, '{"user_id":1}'));
    expect(errorOf(() => encode(envelope(USER_SCHEMA, '{"user_id":1},"x":{}'))).message).toContain('additional fields');
    expect(errorOf(() => encode(envelope(USER_SCHEMA, '{"user_id":1}').slice(0, -1))).message).toContain(
      'not valid JSON',
    );
    expect(errorOf(() => encode(envelope(USER_SCHEMA, ''))).message).toContain('not valid JSON');
    expect(lines()).toHaveLength(1);
  });

  test.each([
    ['{"user_id":"1"}', 'Field payload.user_id is INT64 in the schema, but its value is ""1""'],
    ['{"user_id":1.5}', 'Field payload.user_id is INT64 in the schema, but its value is "1.5"'],
    ['{"user_id":9223372036854775808}', 'Field payload.user_id is INT64'],
    ['{"user_id":1,"age":2147483648}', 'Field payload.age is INT32'],
    ['{"user_id":1,"name":{"a":1}}', 'Field payload.name is STRING'],
    ['{"name":"x"}', 'Invalid null value for required INT64 field payload.user_id.'],
    ['{"user_id":null}', 'Invalid null value for required INT64 field payload.user_id.'],
    ['[1]', 'Field payload is STRUCT (user) in the schema, but its value is "[1]"'],
    ['null', 'Invalid null value for required STRUCT field payload.'],
    ['{"user_id":1', 'not valid JSON'],
  ])('%s is not of the schema', (payload, message) => {
    const { encode, lines, explain } = encoding(WITH_SCHEMA);
    encode(envelope(USER_SCHEMA, '{"user_id":1,"name":"a","age":2}'));
    const error = errorOf(() => encode(envelope(USER_SCHEMA, payload)));
    expect(error.code).toBe('RECORD_INVALID');
    expect(error.message).toContain(message);
    expect(lines()).toHaveLength(1);
    expect(explain(envelope(USER_SCHEMA, payload))?.message).toContain(message);
  });

  test('a null schema means data without schema', () => {
    expect(linesOf(null, '{"a": 1.10}')).toEqual(['{"a": 1.10}']);
    expect(linesOf(null, '[{"a":1},{"a":2}]')).toEqual(['{"a":1}', '{"a":2}']);
    expect(linesOf(null, '"{\\"a\\":1}"')).toEqual(['{"a":1}']);
  });

  test('an array of structs is one row per element', () => {
    const rows = { type: 'array', items: USER_SCHEMA };
    expect(linesOf(rows, '[{"user_id":1,"name":"a","age":2},{"user_id":2}]')).toEqual([
      '{"user_id":1,"name":"a","age":2}',
      '{"user_id":2,"name":null,"age":18}',
    ]);
    const { encode, lines } = encoding(WITH_SCHEMA);
    expect(errorOf(() => encode(envelope(rows, '[{"user_id":1},{}]'))).message).toContain('payload[].user_id');
    expect(errorOf(() => encode(envelope(rows, '[{"user_id":1},null]'))).message).toContain('null element');
    expect(lines()).toEqual([]);
  });

  test('a map with string keys is a row', () => {
    const counts = { type: 'map', keys: { type: 'string' }, values: { type: 'int32' } };
    expect(linesOf(counts, '{"a":1,"b":2}')).toEqual(['{"a":1,"b":2}']);
  });

  test('a string holds the row', () => {
    expect(linesOf({ type: 'string' }, '"{\\"a\\":1}"')).toEqual(['{"a":1}']);
    const { encode, lines } = encoding(WITH_SCHEMA, { format: 'csv' });
    encode(envelope({ type: 'string' }, '"1,Emily\\t25"'));
    expect(lines()).toEqual(['1,Emily\t25']);
  });

  test('a default of the whole value takes the place of null', () => {
    const schema = { ...USER_SCHEMA, optional: true, default: { user_id: 7, name: null } };
    expect(linesOf(schema, 'null')).toEqual(['{"user_id":7,"name":null,"age":18}']);
    expect(
      encoding({ ...WITH_SCHEMA, replaceNullWithDefault: false }, { onNull: 'ignore' }).encode(
        envelope(schema, 'null'),
      ),
    ).toBe(0);
  });

  test('other values are no rows', () => {
    expect(errorOf(() => linesOf({ type: 'int32' }, '5')).message).toContain('has to be an object');
  });

  test('property: a record spoiled anywhere is a typed error or a row, and leaves nothing half-written', () => {
    const value = Buffer.from(envelope(USER_SCHEMA, '{"user_id":1,"name":"é","age":null}'));
    fc.assert(
      fc.property(fc.nat({ max: value.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), (at, byte, cut) => {
        const { encode, lines } = encoding(WITH_SCHEMA, { onNull: 'ignore' });
        encode(value);
        const spoiled = Buffer.from(cut ? value.subarray(0, at) : value);
        if (!cut) spoiled[at] = byte;
        let rows = 0;
        try {
          rows = encode(spoiled);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
        for (const line of lines()) JSON.parse(line);
        expect(lines()).toHaveLength(1 + rows);
      }),
      { numRuns: 1000 },
    );
  });
});

test('a signal that is thrown through the reader is no fault of the value: it is not read a second time', () => {
  let times = 0;
  const read = createEnvelopeReader(() => () => {
    times += 1;
    if (times > 1) throw new Error('not ready');
  });
  const bytes = Buffer.from(envelope(USER_SCHEMA, '{}'));
  const rows = new RowBuffer(new ChunkPool());
  read(bytes, 0, bytes.length, rows);
  expect(() => read(bytes, 0, bytes.length, rows)).toThrow('not ready');
  expect(times).toBe(2);
});
