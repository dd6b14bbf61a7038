import { compileDateWriter } from '../../../connect/transforms/java/date-format.js';
import { compileDateReader } from '../../../connect/transforms/java/date-parse.js';
import { DatePatternRefused, parseDatePattern } from '../../../connect/transforms/java/date-pattern.js';
import {
  bigDecimalText,
  decimalToDouble,
  decimalToLong,
  doubleText,
  floatText,
  parseDecimal,
} from '../../../connect/transforms/java/numbers.js';
import { compileJavaRegex, RegexRefused } from '../../../connect/transforms/java/regex.js';
import { compileReplacement } from '../../../connect/transforms/java/replacement.js';
import { parseString } from '../../../connect/transforms/values/parse-string.js';
import { dumpSchema, dumpValue, javaTexts } from './fixtures.js';

const { formatted, parsed, regexes, strings, doubles, decimals } = javaTexts();

test.each(formatted)('%s writes %d as %s', (pattern, epochMs, text) => {
  const write = (): string => compileDateWriter(parseDatePattern(pattern))(BigInt(epochMs));
  if (text.startsWith('!')) expect(write).toThrow(new DatePatternRefused(text.slice(1)));
  else expect(write()).toBe(text);
});

test.each(parsed)('%s reads %s as %s', (pattern, text, epochMs) => {
  const read = compileDateReader(parseDatePattern(pattern), new Date('2026-11-21T00:00:00Z'));
  expect(read(text)?.toString() ?? null).toBe(epochMs);
});

test.each(regexes)('$pattern on $text', ({ pattern, text, replacement, matches, replaced, error }) => {
  const compile = () => {
    const regex = compileJavaRegex(pattern);
    return { regex, replace: compileReplacement(regex, replacement) };
  };
  if (error !== undefined) expect(compile).toThrow(RegexRefused);
  else {
    const { regex, replace } = compile();
    expect({ matches: regex.whole.test(text), replaced: replace(text) }).toEqual({ matches, replaced });
  }
});

test.each(strings)('the text $text becomes $value', ({ text, schema, value }) => {
  const parsedString = parseString(text);
  expect({
    schema: parsedString.schema === undefined ? null : dumpSchema(parsedString.schema),
    value: dumpValue(parsedString.schema, parsedString.value),
  }).toEqual({ schema, value });
});

test.each(doubles)('%s is printed as %s and as the float %s', (text, double, float) => {
  expect(doubleText(Number(text))).toBe(double);
  expect(floatText(Math.fround(Number(text)))).toBe(float);
});

test.each(decimals.map((row) => [row[0], row] as const))('the decimal %s', (text, [, decimal, long, double]) => {
  const number = parseDecimal(text);
  if (number === undefined) expect(decimal).toBeUndefined();
  else {
    expect(bigDecimalText(number)).toBe(decimal);
    expect(decimalToLong(number).toString()).toBe(long);
    expect(doubleText(decimalToDouble(number))).toBe(double);
  }
});
