import fc from 'fast-check';
import type { RowEncoderOptions } from '../../../connect/converters/index.js';
import { SluiceError } from '../../../connect/errors.js';
import { encoding, errorOf } from './encoding.js';

const STRING = { converter: 'string' } as const;
const JSON_CONVERTER = { converter: 'json', schemasEnable: false } as const;

describe.each([
  ['StringConverter', STRING],
  ['JsonConverter without schema', JSON_CONVERTER],
] as const)('%s', (_name, converter) => {
  test("the documents' users are loaded as they were produced", () => {
    const users = ['{"user_id":1,"name":"Emily","age":25}', '{"user_id":10,"name":"Liam","age":64}'];
    const { encode, lines, rows } = encoding(converter);
    expect(users.map(encode)).toEqual([1, 1]);
    expect(lines()).toEqual(users);
    expect(rows()).toBe(2);
  });

  test('no digit is lost, no member is reordered or merged', () => {
    const value = '{"b":9223372036854775807,"a":0.10000000000000000000000001,"a":1E400}';
    const { encode, lines } = encoding(converter);
    encode(value);
    expect(lines()).toEqual([value]);
  });

  test('newlines inside an object are white space and stay inside the row', () => {
    const { encode, lines } = encoding(converter);
    expect(encode('\n{\r\n  "a": 1,\n\t"b": "x\\ny"\n}\r\n')).toBe(1);
    expect(lines()).toEqual(['{    "a": 1,  "b": "x\\ny" }']);
  });

  test('several objects on lines of their own are several rows', () => {
    const { encode, lines } = encoding(converter);
    expect(encode('{"a":1}\n{"a":\n2}\n\n{"a":3}')).toBe(3);
    expect(lines()).toEqual(['{"a":1}', '{"a": 2}', '{"a":3}']);
  });

  test('an array is one row per element', () => {
    const { encode, lines } = encoding(converter);
    expect(encode(' [{"a":1},\n {"a":[2,\n3]} ] ')).toBe(2);
    expect(encode('[]')).toBe(0);
    expect(lines()).toEqual(['{"a":1}', '{"a":[2, 3]}']);
  });

  test('a byte order mark is no part of the row', () => {
    const { encode, lines } = encoding(converter);
    encode('\ufeff{"a":1}');
    expect(lines()).toEqual(['{"a":1}']);
  });

  test.each([
    ['', 'A JSON row has to be an object, but the value is empty.'],
    [' \n ', 'A JSON row has to be an object, but the value is empty.'],
    ['42', 'A JSON row has to be an object, but the value is "42".'],
    ['Emily,25', 'A JSON row has to be an object, but the value is "Emily,25".'],
    ['\u0001\u2028', 'A JSON row has to be an object, but the value is "\\u{1}\\u{2028}".'],
    ['[{"a":1},7]', 'A JSON row has to be an object, but the value is an array whose element 1 is "7".'],
    ['{"a":1', `The value is not valid JSON: the text ends where ',' or '}' should be at byte 6, near "{"a":1".`],
    [
      '{"a":"x\ny"}',
      'The value is not valid JSON: control character inside a string at byte 7, near "{"a":"x\\u{a}y"}".',
    ],
    ['[{"a":1}', `The value is not valid JSON: the text ends where ',' or ']' should be at byte 8, near "[{"a":1}".`],
    [
      '{"a":1} x',
      'The value is not valid JSON: unexpected text after the end of the object at byte 8, near "{"a":1} x".',
    ],
  ])('%j is no row', (value, message) => {
    const { encode, lines, explain } = encoding(converter);
    encode('{"before":1}');
    const error = errorOf(() => encode(value));
    expect(error.code).toBe('RECORD_INVALID');
    expect(error.message).toBe(message);
    expect(error.retryable).toBe(false);
    expect(error.hint).toBeDefined();
    expect(lines()).toEqual(['{"before":1}']);
    expect(explain(value)?.message).toBe(message);
  });

  test('an excerpt is short', () => {
    const { encode } = encoding(converter);
    expect(errorOf(() => encode('x'.repeat(100_000))).message.length).toBeLessThan(200);
  });

  test('what passes as bytes is explained when the database does not take it', () => {
    const { encode, explain } = encoding(converter);
    expect(encode('{"a":01}')).toBe(1);
    expect(explain('{"a":01}')?.message).toBe(
      'The value is not valid JSON: number with a leading zero at byte 6, near "{"a":01}".',
    );
    expect(explain('{"a":1}{"a":2}')?.message).toContain('unexpected text after the end of the value at byte 7');
    expect(explain('{"a":10}')).toBeUndefined();
  });

  test('property: any bytes make rows or a typed error, and a failed record leaves nothing behind', () => {
    const soup = fc.array(
      fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\n', ' ', '1', '\\', 'null', '\u00e9', '{"a":1}'),
    );
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      soup.map((parts) => Buffer.from(parts.join(''))),
    );
    fc.assert(
      fc.property(value, (bytes) => {
        const { encode, explain, lines, rows } = encoding(converter, { onNull: 'ignore' });
        let written = 0;
        try {
          written = encode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
        expect(rows()).toBe(written);
        expect(lines()).toHaveLength(written);
        explain(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('property: objects, arrays of them and lines of them, however laid out, are these objects', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true });
    const layout = fc.constantFrom('array' as const, 'lines' as const);
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 1, maxLength: 5 }),
        layout,
        fc.nat({ max: 2 }),
        (objects, form, indent) => {
          const value =
            form === 'array'
              ? JSON.stringify(objects, undefined, indent)
              : objects.map((it) => JSON.stringify(it, undefined, indent)).join('\n');
          const { encode, lines } = encoding(converter);
          expect(encode(value)).toBe(objects.length);
          expect(lines().map((line) => JSON.stringify(JSON.parse(line)))).toEqual(
            objects.map((it) => JSON.stringify(JSON.parse(JSON.stringify(it)))),
          );
        },
      ),
    );
  });
});

describe('null values', () => {
  test.each([
    ['a tombstone', STRING, null],
    ['a tombstone', JSON_CONVERTER, null],
    ['a tombstone', { converter: 'json' }, null],
    ['JSON null', JSON_CONVERTER, ' null '],
    ['a null payload', { converter: 'json' }, '{"schema":null,"payload":null}'],
    [
      'a null payload',
      { converter: 'json' },
      '{"schema":{"type":"struct","fields":[],"optional":true},"payload":null}',
    ],
  ] as [string, RowEncoderOptions['value'], string | null][])(
    '%s is ignored or fails (%j)',
    (_what, converter, value) => {
      expect(encoding(converter, { onNull: 'ignore' }).encode(value)).toBe(0);
      const error = errorOf(() => encoding(converter, { onNull: 'fail' }).encode(value));
      expect(error.code).toBe('RECORD_NULL');
      expect(error.message).toBe(
        "Null valued record was failed (the configuration property 'behavior.on.null.values' is 'FAIL').",
      );
    },
  );

  test('the text null is no JSON null to the StringConverter', () => {
    expect(errorOf(() => encoding(STRING, { onNull: 'ignore' }).encode('null')).code).toBe('RECORD_INVALID');
  });

  test('a JSON null with more behind it is no null', () => {
    expect(errorOf(() => encoding(JSON_CONVERTER, { onNull: 'ignore' }).encode('null,')).code).toBe('RECORD_INVALID');
  });
});

describe('JSON inside a JSON string', () => {
  test('is taken for what it holds', () => {
    const { encode, lines } = encoding(JSON_CONVERTER);
    expect(encode('"{\\"a\\":\\"\\u00e9\\"}"')).toBe(1);
    expect(lines()).toEqual(['{"a":"é"}']);
  });

  test('and refused when it holds no object', () => {
    expect(errorOf(() => encoding(JSON_CONVERTER).encode('"abc"')).message).toContain('has to be an object');
    expect(errorOf(() => encoding(JSON_CONVERTER).encode('"abc" 1')).message).toContain(
      'unexpected text after the end',
    );
  });
});

describe('CSV', () => {
  const csv = () => encoding(STRING, { format: 'csv' });

  test('is taken verbatim, a record a line', () => {
    const { encode, lines } = csv();
    expect(['1,Emily,25', '2\tBenjamin\t35', '"3",é,'].map(encode)).toEqual([1, 1, 1]);
    expect(lines()).toEqual(['1,Emily,25', '2\tBenjamin\t35', '"3",é,']);
  });

  test('of several lines makes several rows, and a newline at its end none', () => {
    const { encode, lines, rows } = csv();
    expect(encode('1,a\n2,b\n')).toBe(2);
    expect(encode('3,c\n')).toBe(1);
    expect(lines()).toEqual(['1,a', '2,b', '3,c']);
    expect(rows()).toBe(3);
  });

  test('without text makes no row, as the database skips empty lines', () => {
    const { encode, rows } = csv();
    expect(encode('')).toBe(0);
    expect(encode('\n')).toBe(0);
    expect(rows()).toBe(0);
  });

  test('is not explained: only the table knows', () => {
    expect(csv().explain('a"b\u0000')).toBeUndefined();
  });
});
