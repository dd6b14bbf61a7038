import fc from 'fast-check';
import {
  decodeString,
  JsonSyntaxError,
  MAX_DEPTH,
  skipBlanks,
  skipValue,
  validate,
  walkArray,
  walkObject,
} from '../../../connect/json/index.js';

/** Puts the text between other bytes, as a value is in a fetched buffer. */
function span(text: string | Uint8Array) {
  const bytes = Buffer.from(text as string);
  const source = Buffer.concat([Buffer.from('"}]'), bytes, Buffer.from('"}],0')]);
  return { source, start: 3, end: 3 + bytes.length };
}

function check(text: string | Uint8Array): JsonSyntaxError | undefined {
  const { source, start, end } = span(text);
  try {
    validate(source, start, end);
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error;
    throw error;
  }
}

function accepted(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('validate', () => {
  test.each([
    '{}',
    '[]',
    ' { "a" : [ 1 , 2.5e-3 , null ] } ',
    '"\\u00e9\\n\\/"',
    '-0',
    '1E+5',
    'true',
    '"\\ud800"',
    '"é€😀"',
  ])('accepts %s', (text) => expect(check(text)).toBeUndefined());

  test.each([
    ['', 0, 'the text ends where a value should be'],
    ['{"a":1', 6, "the text ends where ',' or '}' should be"],
    ['{"a" 1}', 5, "expected ':'"],
    ['{a:1}', 1, 'expected a member name in quotes'],
    ['{"a":1,}', 7, 'expected a member name in quotes'],
    ['[1 2]', 3, "expected ',' or ']'"],
    ['01', 1, 'number with a leading zero'],
    ['1.', 2, 'the text ends where a digit should be'],
    ['-', 1, 'the text ends where a digit should be'],
    ['1e+x', 3, 'expected a digit'],
    ['nul', 0, 'expected a value'],
    ['"abc', 0, 'string without a closing quote'],
    ['"a\u0000"', 2, 'control character inside a string'],
    ['"\\x"', 1, 'unknown escape'],
    ['"\\u12g4"', 5, 'expected four hexadecimal digits'],
    ['{} x', 3, 'unexpected text after the end of the value'],
  ])('tells where %j is wrong', (text, position, reason) => {
    const error = check(text);
    expect(error?.reason).toBe(reason);
    expect(error?.position).toBe(3 + position);
  });

  test.each([
    ['an overlong form', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['more than U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a continuation byte alone', [0x80]],
    ['a character cut off', [0xe2, 0x82]],
    ['a byte that never occurs', [0xff]],
  ])('refuses %s', (_what, bytes) => {
    const text = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]);
    expect(check(text)?.reason).toBe('bytes that are not UTF-8');
  });

  test('refuses nesting beyond the limit, however deep', () => {
    expect(check('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))).toBeUndefined();
    expect(check(`${'{"a":'.repeat(MAX_DEPTH)}1${'}'.repeat(MAX_DEPTH)}`)).toBeUndefined();
    expect(check('['.repeat(1_000_000))?.reason).toBe('nested deeper than 1000 levels');
    expect(check('{"a":'.repeat(1_000_000))?.reason).toBe('nested deeper than 1000 levels');
  });

  test('property: accepts what JSON.parse accepts, and nothing cut short of it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        expect(check(text)).toBeUndefined();
        const shorter = text.slice(0, cut % text.length);
        expect(check(shorter) === undefined).toBe(accepted(shorter));
      }),
    );
  });

  test('property: agrees with JSON.parse about texts with a few characters changed', () => {
    const characters = fc.constantFrom(...'{}[]",:\\ \n\t0123456789.eE+-tfnu/"\u0001aé'.split(''));
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 2 }),
      insert: fc.array(characters, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.json(), fc.array(edit, { minLength: 1, maxLength: 3 }), (json, edits) => {
        let text = json;
        for (const { at, remove, insert } of edits) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + insert.join('') + text.slice(from + remove);
        }
        // A surrogate that lost its other half becomes U+FFFD in UTF-8: compare what is really in the bytes.
        const utf8 = Buffer.from(text).toString();
        expect(check(utf8) === undefined).toBe(accepted(utf8));
      }),
      { numRuns: 2000 },
    );
  });

  test('property: agrees with a strict UTF-8 decoder about any bytes in a string', () => {
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const byte = fc.oneof(fc.integer({ min: 0x80, max: 0xff }), fc.constantFrom(0x20, 0xe0, 0xed, 0xf0, 0xf4, 0x90));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (bytes) => {
        let wellFormed = true;
        try {
          utf8.decode(Buffer.from(bytes));
        } catch {
          wellFormed = false;
        }
        expect(check(Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')])) === undefined).toBe(
          wellFormed,
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('property: any bytes at all end in an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const error = check(bytes);
        if (error !== undefined) expect(error.position).toBeLessThanOrEqual(3 + bytes.length);
      }),
    );
  });
});

describe('spans', () => {
  test('walkObject shows the members of one level, as they are written', () => {
    const { source, start, end } = span('{"id": 9007199254740993, "a\\u0062" :{"x":[1,2]},"id":1.10}');
    const members: [string, string][] = [];
    const after = walkObject(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) =>
      members.push([source.toString('utf8', nameStart, nameEnd), source.toString('utf8', valueStart, valueEnd)]),
    );
    expect(after).toBe(end);
    expect(members).toEqual([
      ['id', '9007199254740993'],
      ['a\\u0062', '{"x":[1,2]}'],
      ['id', '1.10'],
    ]);
  });

  test('property: reading by spans finds what JSON.parse finds', () => {
    function read(source: Buffer, start: number, end: number): unknown {
      const at = skipBlanks(source, start, end);
      if (source[at] === 0x5b) {
        const elements: unknown[] = [];
        walkArray(source, at, end, (from, to) => elements.push(read(source, from, to)));
        return elements;
      }
      if (source[at] === 0x7b) {
        const members: [string, unknown][] = [];
        walkObject(source, at, end, (nameStart, nameEnd, from, to) =>
          members.push([decodeString(source, nameStart, nameEnd), read(source, from, to)]),
        );
        return Object.fromEntries(members);
      }
      return JSON.parse(source.toString('utf8', at, skipValue(source, at, end)));
    }

    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat({ max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const { source, start, end } = span(text);
        expect(JSON.stringify(read(source, start, end))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
