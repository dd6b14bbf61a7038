import fc from 'fast-check';
import { compileDateWriter } from '../../../connect/transforms/java/date-format.js';
import { compileDateReader, unreadableLetter } from '../../../connect/transforms/java/date-parse.js';
import { DatePatternRefused, parseDatePattern } from '../../../connect/transforms/java/date-pattern.js';
import { parseString } from '../../../connect/transforms/values/parse-string.js';

const ANY_MOMENT = fc.bigInt({ min: -62_135_596_800_000n, max: 253_402_300_799_999n });

test.each([
  "yyyy-MM-dd'T'HH:mm:ss.SSSX",
  'yyyyMMddHHmmssSSS',
  'EEEE, d MMMM yyyy h:mm:ss.SSS a z',
  'D/yyyy HH-mm-ss.SSS',
])('what %s writes it reads back', (pattern) => {
  const parts = parseDatePattern(pattern);
  const [write, read] = [compileDateWriter(parts), compileDateReader(parts)];
  fc.assert(fc.property(ANY_MOMENT, (epochMs) => expect(read(write(epochMs))).toBe(epochMs)));
});

test('any pattern is read or refused, and any text fits it or does not', () => {
  const letters = fc.constantFrom(..."GyMdkHmsSEDFwWahKzZYuXLbq'-: /,");
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 12 }), fc.string(), ANY_MOMENT, (characters, text, epochMs) => {
      try {
        const parts = parseDatePattern(characters.join(''));
        const written = compileDateWriter(parts)(epochMs);
        for (const each of [text, written]) compileDateReader(parts)(each);
      } catch (error) {
        expect(error).toBeInstanceOf(DatePatternRefused);
      }
    }),
    { numRuns: 1000 },
  );
});

test('patterns whose dates are told by weeks are for writing only', () => {
  expect(unreadableLetter(parseDatePattern('YYYY-ww'))).toBe('Y');
  expect(unreadableLetter(parseDatePattern('EEE'))).toBe('E');
  expect(unreadableLetter(parseDatePattern('EEE, d MMM yyyy'))).toBeUndefined();
});

test('any text is a value', () => {
  const signs = fc.constantFrom(...'[]{}:,"\\ 0123456789.eE+-TZtruefalsn');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(signs).map((each) => each.join('')),
      ),
      (text) => {
        parseString(text);
      },
    ),
    { numRuns: 2000 },
  );
});

test('deep nesting is text, not a stack overflow', () => {
  const deep = '['.repeat(100_000);
  expect(parseString(deep)).toEqual({ schema: { type: 'STRING', optional: false }, value: deep });
});
