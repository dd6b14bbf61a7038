import fc from 'fast-check';
import { compileJavaRegex, RegexRefused } from '../../../connect/transforms/java/regex.js';
import { compileReplacement } from '../../../connect/transforms/java/replacement.js';

test.each([
  ['a*+', 'Possessive quantifiers are not available'],
  ['(?>a|ab)c', 'Atomic groups are not available'],
  ['(a)\\1', 'Back references are not available'],
  ['(?<x>a)\\k<x>', 'Back references are not available'],
  ['a(?i)b', 'Flags are available at the beginning only'],
  ['(?i:a)b', 'Flags are available at the beginning only'],
  ['(?x)a b', 'The flag x is not available'],
  ['\\Ga', 'Illegal/unsupported escape sequence'],
  ['\\X', 'Illegal/unsupported escape sequence'],
  ['\\b{g}', '\\b{g} is not available'],
  ['\\p{javaLowerCase}', 'The property {javaLowerCase} is not available'],
])('%s is refused: %s', (pattern, reason) => {
  expect(() => compileJavaRegex(pattern)).toThrow(RegexRefused);
  expect(() => compileJavaRegex(pattern)).toThrow(reason);
});

test('a replacement must not name a group whose text Java keeps from turn to turn', () => {
  const regex = compileJavaRegex('((a)b?)*(c)');
  expect(compileReplacement(regex, '$1$3')('abc')).toBe('abc');
  expect(() => compileReplacement(regex, '$2')).toThrow(
    'References to groups inside a repeated group are not available',
  );
});

test('a group may be repeated itself', () => {
  const regex = compileJavaRegex('([a-z]+)(\\.[a-z]+)*');
  expect(compileReplacement(regex, '$1$2')('a.b.c')).toBe('a.c');
});

test('any pattern is translated or refused', () => {
  const signs = fc.constantFrom(...'abAZ09\\[](){}?*+|^$.-&<>=!:,QEpdRz \n');
  fc.assert(
    fc.property(fc.array(signs, { maxLength: 14 }), (characters) => {
      try {
        compileJavaRegex(characters.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(RegexRefused);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a text matches itself when it is quoted or its signs are escaped', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 10 }), (text) => {
      const escaped = [...text].map((each) => (/[A-Za-z0-9]/.test(each) ? each : `\\${each}`)).join('');
      expect(compileJavaRegex(escaped).whole.test(text)).toBe(true);
      if (!text.includes('\\E')) expect(compileJavaRegex(`\\Q${text}\\E`).whole.test(text)).toBe(true);
    }),
  );
});
