import { defaultValue, fromJsonForm, toJsonForm } from '../../../connect/data/json-form.js';
import type { Schema } from '../../../connect/data/schema.js';
import { Decimal, Instant, JsonNumber, Struct } from '../../../connect/data/value.js';

const decimal: Schema = {
  type: 'BYTES',
  optional: true,
  name: 'org.apache.kafka.connect.data.Decimal',
  parameters: { scale: '2' },
};
const date: Schema = { type: 'INT32', optional: true, name: 'org.apache.kafka.connect.data.Date' };
const struct: Schema = {
  type: 'STRUCT',
  optional: true,
  fields: [
    { name: 'id', schema: { type: 'INT64', optional: false } },
    { name: 'qty', schema: { type: 'INT32', optional: true, defaultJson: '7' } },
    { name: 'price', schema: decimal },
    { name: 'day', schema: date },
    { name: 'tags', schema: { type: 'ARRAY', optional: true, items: { type: 'STRING', optional: true } } },
    {
      name: 'stock',
      schema: {
        type: 'MAP',
        optional: true,
        keys: { type: 'STRING', optional: false },
        values: { type: 'BOOLEAN', optional: false },
      },
    },
    {
      name: 'byNumber',
      schema: {
        type: 'MAP',
        optional: true,
        keys: { type: 'INT32', optional: false },
        values: { type: 'BYTES', optional: false },
      },
    },
  ],
};

test('a default is read with every digit, and once', () => {
  const schema: Schema = { type: 'INT64', optional: true, defaultJson: '9223372036854775807' };
  expect(defaultValue(schema)).toBe(9223372036854775807n);
  expect(defaultValue({ ...struct, defaultJson: '{"id":1}' } as Schema)).toEqual(
    new Struct({ ...struct, defaultJson: '{"id":1}' } as typeof struct, [1n, null, null, null, null, null, null]),
  );
  expect(defaultValue({ type: 'STRING', optional: true })).toBeNull();
});

test('values of every type go to the JSON form and back', () => {
  const json =
    '{"id":-9223372036854775808,"qty":-1,"price":"/w==","day":19844,"tags":["a \\" b",null],"stock":{"a b":true},"byNumber":[[1,"AAE="]]}';
  const value = fromJsonForm(struct, json);
  expect(value).toEqual(
    new Struct(struct, [
      -9223372036854775808n,
      -1,
      new Decimal(-1n, 2),
      new Instant(1_714_521_600_000n),
      ['a " b', null],
      new Map([['a b', true]]),
      new Map([[1, Buffer.from([0, 1])]]),
    ]),
  );
  expect(toJsonForm(struct, value)).toBe(json);
});

test('decimals may be numbers', () => expect(fromJsonForm(decimal, '-12.50')).toEqual(new Decimal(-1250n, 2)));

test('without a schema numbers keep their digits', () =>
  expect(fromJsonForm(undefined, ' {"a":[1,0.10,9223372036854775808,"x",true,null]} ')).toEqual(
    new Map([['a', [1n, new JsonNumber('0.10'), new JsonNumber('9223372036854775808'), 'x', true, null]]]),
  ));

test.each([
  [struct, '[1]', 'An object is expected'],
  [{ type: 'STRING', optional: false } as Schema, '5', '5 is no STRING'],
  [{ type: 'INT32', optional: false } as Schema, '1.5', '1.5 is no whole number'],
  [{ type: 'BOOLEAN', optional: false } as Schema, '"true"', '"true" is no BOOLEAN'],
])('what is no value of its schema is refused', (schema, json, message) =>
  expect(() => fromJsonForm(schema, json)).toThrow(message),
);
