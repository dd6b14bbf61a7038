import fc from 'fast-check';
import { parseProperties } from '../../../connect/config/properties.js';

test.each<[string, string, Record<string, string>]>([
  ['comments and blank lines', '# a\n  ! b\n\n \t\nk=v\n', { k: 'v' }],
  ['the three separators', 'a=1\nb:2\nc 3\nd = 4\ne : 5\nf\t6', { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6' }],
  ['one separator only', 'a==b\nc=:d\ne = = f', { a: '=b', c: ':d', e: '= f' }],
  ['a key without a value', 'doris.password=\nalone', { 'doris.password': '', alone: '' }],
  ['blanks at the end of a value stay', 'a=b  ', { a: 'b  ' }],
  ['escapes', 'a\\ b\\=c=\\t\\n\\r\\f\\\\ \\x \\#', { 'a b=c': '\t\n\r\f\\ x #' }],
  ['Unicode escapes', 'k=\\u4e2d\\u6587 \\uD83D\\uDE00', { k: '中文 😀' }],
  ['UTF-8 as it is', '# 修改 broker 地址\nk=地址', { k: '地址' }],
  ['continued lines', 'fruits=apple, \\\n   pear, \\\r\n\tplum\nx=y', { fruits: 'apple, pear, plum', x: 'y' }],
  ['a comment sign in a continued line', 'a=b\\\n#c', { a: 'b#c' }],
  ['two backslashes continue nothing', 'a=b\\\\\nc=d', { a: 'b\\', c: 'd' }],
  ['a comment cannot be continued', '# a \\\nb=c', { b: 'c' }],
  ['a continuation at the end of the file', 'a=b\\', { a: 'b' }],
  ['the last of two', 'a=1\na=2', { a: '2' }],
  ['all line ends', 'a=1\r\nb=2\rc=3\n', { a: '1', b: '2', c: '3' }],
  ['a byte order mark', '\uFEFFa=1', { a: '1' }],
  [
    'values with equals signs and colons',
    'sasl.jaas.config=x required username="u" password="p=:";',
    {
      'sasl.jaas.config': 'x required username="u" password="p=:";',
    },
  ],
])('%s', (_title, text, expected) => {
  expect(parseProperties(text)).toEqual(expected);
});

test('a malformed Unicode escape', () => {
  expect(() => parseProperties('k=\\u12G4')).toThrow('Malformed \\uxxxx encoding.');
});

/** Writes a pair as java.util.Properties.store does. */
function write(key: string, value: string): string {
  const escapeAll = (text: string) =>
    text.replace(
      /[\\=:#!\t\n\r\f]/g,
      (char) => ({ '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f' })[char] ?? `\\${char}`,
    );
  return `${escapeAll(key).replaceAll(' ', '\\ ')}=${escapeAll(value).replace(/^ /, '\\ ')}`;
}

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' })), (pairs) => {
      const entries = Object.entries(pairs).map(([key, value]) => [key.replaceAll('\uFEFF', ''), value] as const);
      const expected = Object.fromEntries(entries.filter(([key]) => key !== ''));
      const text = Object.entries(expected)
        .map(([key, value]) => write(key, value))
        .join('\n');
      expect(parseProperties(`# written\n${text}\n`)).toEqual(expected);
    }),
  );
});

test('no text makes the reader fail other than by its own error', () => {
  const piece = fc.oneof(fc.constantFrom('\\', '=', ':', ' ', '\n', '\r', '#', 'u', '\\u00e9'), fc.string());
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        parseProperties(pieces.join(''));
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      }
    }),
  );
});
