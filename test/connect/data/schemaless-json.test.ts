import fc from 'fast-check';
import { readSchemaless } from '../../../connect/data/schemaless-json.js';
import { JsonNumber, type Value } from '../../../connect/data/value.js';
import { JsonSyntaxError, validate } from '../../../connect/json/index.js';

const read = (text: string) => {
  // As in a fetched batch: other bytes before and behind.
  const source = Buffer.from(`7"${text}"7`);
  return readSchemaless(source, 2, source.length - 2);
};

/** What the value of `JSON.parse` is in Connect, for numbers that it has exactly. */
function connectValue(parsed: unknown): Value {
  if (typeof parsed === 'number') return Number.isInteger(parsed) ? BigInt(parsed) : new JsonNumber(String(parsed));
  if (Array.isArray(parsed)) return parsed.map(connectValue);
  if (typeof parsed !== 'object' || parsed === null) return parsed as string | boolean | null;
  return new Map(Object.entries(parsed).map(([name, value]) => [name, connectValue(value)]));
}

test('every JSON is read as JSON.parse reads it, whatever blanks are in it', () => {
  const numbers = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.001, max: 9.5 }),
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme' }),
      numbers,
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('json'), { maxLength: 4 }),
    // Names that are numbers come first in an object of JavaScript, wherever they are written.
    object: fc.dictionary(
      fc.string({ unit: 'grapheme' }).map((name) => `_${name}`),
      tie('json'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  }));
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, blanks) => {
      const text = JSON.stringify(value, null, blanks);
      expect(read(text)).toEqual(connectValue(JSON.parse(text)));
    }),
  );
});

test.each([
  ['0', 0n],
  ['-0', 0n],
  ['999999999999999', 999_999_999_999_999n],
  ['-9223372036854775808', -9_223_372_036_854_775_808n],
  ['9223372036854775808', new JsonNumber('9223372036854775808')],
  ['1e2', new JsonNumber('1e2')],
  ['-0.50', new JsonNumber('-0.50')],
  [' \n[ ] ', []],
  [
    '{"a":1,"b":2,"a":3}',
    new Map([
      ['a', 3n],
      ['b', 2n],
    ]),
  ],
  [
    '{"":1,"\\u0061":2}',
    new Map([
      ['', 1n],
      ['a', 2n],
    ]),
  ],
])('%s', (text, value) => expect(read(text)).toEqual(value));

test('names whose bytes look alike from outside are told apart', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `n${String(index).padStart(6, '0')}n`);
  const text = (reversed: boolean) =>
    `{${(reversed ? [...names].reverse() : names).map((name) => `"${name}":true`).join(',')}}`;
  expect([...(read(text(false)) as Map<string, Value>).keys()]).toEqual(names);
  expect([...(read(text(true)) as Map<string, Value>).keys()].reverse()).toEqual(names);
});

test('what is no JSON is refused in the words of the scan', () => {
  const wrong = [
    '',
    '{',
    '{"a"}',
    '{"a":1,}',
    '[1,]',
    '[1 2]',
    '01',
    '-',
    '"a',
    '"\t"',
    'nul',
    '1 1',
    '{a:1}',
    '['.repeat(1_001),
  ];
  for (const text of wrong) {
    const bytes = Buffer.from(text);
    const errorOf = (act: () => unknown) => {
      try {
        act();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const refused = errorOf(() => readSchemaless(bytes, 0, bytes.length));
    expect(refused).toBeInstanceOf(JsonSyntaxError);
    expect(refused).toEqual(errorOf(() => validate(bytes, 0, bytes.length)));
  }
});

test('any bytes are read, or refused as the scan refuses them', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', 'a', '\\', '1', '-', '.', 'e', 'true', 'null', ' ');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const bytes = Buffer.from(parts.join(''));
      const isValid = (act: () => unknown) => {
        try {
          act();
          return true;
        } catch (error) {
          expect(error).toBeInstanceOf(JsonSyntaxError);
          return false;
        }
      };
      expect(isValid(() => readSchemaless(bytes, 0, bytes.length))).toBe(
        isValid(() => validate(bytes, 0, bytes.length)),
      );
    }),
    { numRuns: 2_000 },
  );
});
