import fc from 'fast-check';
import { quoteBackticks } from '../../../../sandbox/olap/sql/format-ddl.js';
import { splitStatements, tokenize } from '../../../../sandbox/olap/sql/lexer.js';
import { likeMatcher } from '../../../../sandbox/olap/sql/relation.js';

const kinds = (sql: string): string[] => tokenize(sql).map((token) => `${token.kind} ${token.text}`);

test('cuts a statement into tokens', () => {
  expect(kinds("SELECT `a b`.c, 'x', 1.5e-3, @@session.v, ? FROM 2pc WHERE a>=1")).toEqual([
    'word SELECT',
    'quoted a b',
    'symbol .',
    'word c',
    'symbol ,',
    'string x',
    'symbol ,',
    'number 1.5e-3',
    'symbol ,',
    'variable @@session.v',
    'symbol ,',
    'placeholder ?',
    'word FROM',
    'word 2pc',
    'word WHERE',
    'word a',
    'symbol >=',
    'number 1',
  ]);
});

test('comments are blanks, but what MySQL runs inside of them is kept', () => {
  expect(kinds('-- one\n/* two */ SELECT # three\n 1 /*!40101 + 2 */')).toEqual([
    'word SELECT',
    'number 1',
    'symbol +',
    'number 2',
  ]);
});

test('semicolons in strings and comments do not end a statement', () => {
  const statements = splitStatements(tokenize("SELECT ';' ; ; /* ; */ SELECT `;`;"));
  expect(statements.map((tokens) => tokens.length)).toEqual([2, 2]);
});

test('any text comes back from a quoted string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom("'", '"'), (text, quote) => {
      const quoted = `${quote}${text.replaceAll('\\', '\\\\').replaceAll(quote, quote + quote)}${quote}`;
      expect(kinds(quoted)).toEqual([`string ${text}`]);
    }),
  );
});

test('any name comes back from backticks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(kinds(quoteBackticks(name))).toEqual([`quoted ${name}`]);
    }),
  );
});

test('LIKE without wildcards is equality', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (pattern, text) => {
      const escaped = pattern.replace(/[\\%_]/g, '\\$&');
      expect(likeMatcher(escaped, { ignoreCase: false })(text)).toBe(pattern === text);
      expect(likeMatcher(escaped, { ignoreCase: false })(pattern)).toBe(true);
    }),
  );
});

test.each([
  ['a%', 'abc', true],
  ['%c', 'abc', true],
  ['a_c', 'abc', true],
  ['a\\_c', 'abc', false],
  ['a.c', 'abc', false],
  ['A%', 'abc', false],
])('LIKE %s on %s is %s', (pattern, text, expected) => {
  expect(likeMatcher(pattern, { ignoreCase: false })(text)).toBe(expected);
});
