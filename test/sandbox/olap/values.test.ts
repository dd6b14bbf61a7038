import fc from 'fast-check';
import { type Conversion, Rejection, UNCONVERTIBLE } from '../../../sandbox/olap/conversion.js';
import type { ColumnType } from '../../../sandbox/olap/model.js';
import { converterOf } from '../../../sandbox/olap/values.js';

const convert = (type: ColumnType, text: string, timeZone = 'UTC'): Conversion =>
  converterOf(type, 'c', { timeZone })(text);

const STRING: ColumnType = { base: 'STRING' };
const INT: ColumnType = { base: 'INT' };

describe('text to cells', () => {
  it.each<[ColumnType, string, Conversion]>([
    [{ base: 'TINYINT' }, '127', 127],
    [{ base: 'TINYINT' }, '128', UNCONVERTIBLE],
    [{ base: 'SMALLINT' }, '-32768', -32768],
    [INT, '2147483648', UNCONVERTIBLE],
    [INT, ' +7 ', 7],
    [INT, '1.9', 1],
    [INT, '1e3', UNCONVERTIBLE],
    [INT, '', UNCONVERTIBLE],
    [INT, '-', UNCONVERTIBLE],
    [{ base: 'BIGINT' }, '9223372036854775807', 9223372036854775807n],
    [{ base: 'BIGINT' }, '9223372036854775808', UNCONVERTIBLE],
    [{ base: 'LARGEINT' }, '-170141183460469231731687303715884105728', -(2n ** 127n)],
    [{ base: 'BOOLEAN' }, 'TRUE', true],
    [{ base: 'BOOLEAN' }, '0', false],
    [{ base: 'BOOLEAN' }, 'maybe', UNCONVERTIBLE],
    [{ base: 'FLOAT' }, '0.1', Math.fround(0.1)],
    [{ base: 'FLOAT' }, '1e39', UNCONVERTIBLE],
    [{ base: 'DOUBLE' }, '-.5e-3', -0.0005],
    [{ base: 'DOUBLE' }, '0x10', UNCONVERTIBLE],
    [{ base: 'IPV4' }, '10.0.0.1', '10.0.0.1'],
    [{ base: 'IPV4' }, '10.0.0.256', UNCONVERTIBLE],
    [
      { base: 'JSON' },
      '{ "a": 12345678901234567890.10, "b": [1, null] }',
      '{"a":12345678901234567890.10,"b":[1,null]}',
    ],
    [{ base: 'JSON' }, 'plain', UNCONVERTIBLE],
    [{ base: 'VARIANT' }, 'plain', 'plain'],
  ])('%j takes %j as %p', (type, text, expected) => {
    expect(convert(type, text)).toEqual(expected);
  });

  it.each<[string, number, string, string | typeof UNCONVERTIBLE]>([
    ['2024-02-29', 0, 'UTC', '2024-02-29 00:00:00'],
    ['2023-02-29', 0, 'UTC', UNCONVERTIBLE],
    ['2024-12-31 23:59:59.5', 0, 'UTC', '2025-01-01 00:00:00'],
    ['2024-12-31 23:59:59.4999', 0, 'UTC', '2024-12-31 23:59:59'],
    ['2024-1-2 3:4:5', 3, 'UTC', '2024-01-02 03:04:05.000'],
    ['2024-05-01T12:00:00.123456Z', 6, '+08:00', '2024-05-01 20:00:00.123456'],
    ['2024-05-01T12:00:00+02:00', 0, 'Europe/Berlin', '2024-05-01 12:00:00'],
    ['20240501', 0, 'UTC', '2024-05-01 00:00:00'],
    ['20240501123456', 0, 'UTC', '2024-05-01 12:34:56'],
    ['1714564800000', 0, 'UTC', UNCONVERTIBLE],
    ['24-05-01', 0, 'UTC', '2024-05-01 00:00:00'],
    ['2024-05-01 24:00:00', 0, 'UTC', UNCONVERTIBLE],
    ['tomorrow', 0, 'UTC', UNCONVERTIBLE],
  ])('reads the time %s with %d digits in %s', (text, precision, timeZone, expected) => {
    expect(convert({ base: 'DATETIME', precision }, text, timeZone)).toBe(expected);
  });

  it('keeps the day of a DATE', () => {
    expect(convert({ base: 'DATE' }, '2024-05-01 23:59:59')).toBe('2024-05-01');
    expect(convert({ base: 'DATE' }, '2024-13-01')).toBe(UNCONVERTIBLE);
  });

  it.each([
    ['12.5', '12.50'],
    ['-0.005', '-0.01'],
    ['-0.004', '0.00'],
    ['1e2', '100.00'],
    ['.5', '0.50'],
    ['0012.00', '12.00'],
    ['999.994', '999.99'],
  ])('rounds the decimal %s to %s', (text, expected) => {
    expect(convert({ base: 'DECIMAL', precision: 5, scale: 2 }, text)).toBe(expected);
  });

  it('rejects a decimal that is too wide in any mode, and does not convert what is none', () => {
    const rejected = convert({ base: 'DECIMAL', precision: 5, scale: 2 }, '999.995');
    expect(rejected).toEqual(
      new Rejection('decimal value is not valid for definition, column=c, value=999.995, precision=5, scale=2'),
    );
    expect(convert({ base: 'DECIMAL', precision: 5, scale: 2 }, '1,5')).toBe(UNCONVERTIBLE);
  });

  it('counts the length of a text in bytes of UTF-8', () => {
    expect(convert({ base: 'VARCHAR', length: 4 }, 'ööö')).toBeInstanceOf(Rejection);
    expect(convert({ base: 'VARCHAR', length: 6 }, 'ööö')).toBe('ööö');
    expect(convert({ base: 'CHAR' }, 'ab')).toBeInstanceOf(Rejection);
    expect(convert(STRING, 'x'.repeat(1_048_577))).toBeInstanceOf(Rejection);
  });

  it.each<[ColumnType, string, Conversion]>([
    [{ base: 'ARRAY', element: INT }, '[1, 2, null, "x"]', '[1, 2, null, null]'],
    [{ base: 'ARRAY', element: { base: 'BOOLEAN' } }, '[true]', '[1]'],
    [{ base: 'ARRAY', element: STRING }, '["a\\"b"]', '["a\\"b"]'],
    [{ base: 'ARRAY', element: { base: 'ARRAY', element: INT } }, '[[1],[]]', '[[1], []]'],
    [{ base: 'MAP', key: STRING, value: INT }, '{"a":1,"b":null}', '{"a":1, "b":null}'],
    [
      {
        base: 'STRUCT',
        fields: [
          { name: 'x', type: INT },
          { name: 'y', type: STRING },
        ],
      },
      '{"y":"q"}',
      '{"x":null, "y":"q"}',
    ],
    [{ base: 'ARRAY', element: INT }, '{"a":1}', UNCONVERTIBLE],
    [{ base: 'ARRAY', element: INT }, 'nope', UNCONVERTIBLE],
  ])('prints %j from %s', (type, text, expected) => {
    expect(convert(type, text)).toEqual(expected);
  });

  it('keeps every 64-bit integer and every decimal exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        expect(convert({ base: 'BIGINT' }, String(value))).toBe(value);
        const digits = String(value < 0n ? -value : value).padStart(10, '0');
        const text = `${value < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
        expect(convert({ base: 'DECIMAL', precision: 38, scale: 9 }, text)).toBe(text);
      }),
    );
  });
});
