import fc from 'fast-check';
import { excludedWithin } from '../../../workflows/core/excluded.js';
import { readOffsets, writeOffsets } from '../../../workflows/core/offset-list.js';

test('gaps in base 36, runs as one', () => {
  expect(writeOffsets(100n, [110n, 111n, 112n, 2_000n])).toBe('a+2.1gf');
  expect(readOffsets(100n, 'a+2.1gf')).toEqual([110n, 111n, 112n, 2_000n]);
  expect(writeOffsets(0n, [])).toBe('');
  expect(readOffsets(0n, '')).toEqual([]);
});

test('what is written is read', () => {
  const gap = fc.bigInt({ min: 0n, max: 2n ** 40n });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), fc.array(gap, { maxLength: 60 }), (start, gaps) => {
      let next = start;
      const offsets = gaps.map((each) => {
        const offset = next + (each % 3n === 0n ? 0n : each);
        next = offset + 1n;
        return offset;
      });
      expect(readOffsets(start, writeOffsets(start, offsets))).toEqual(offsets);
    }),
  );
});

test('20 offsets of 50,000 take 100 characters', () => {
  const offsets = Array.from({ length: 20 }, (_, index) => BigInt(index * 2_500 + 7));
  expect(writeOffsets(0n, offsets).length).toBeLessThan(100);
});

test('of ranges that end earlier only what lies in them is left out', () => {
  const entry = { topic: 't', partition: 0, database: 'db', table: 't', offsets: writeOffsets(5n, [6n, 9n]) };
  const excluded = [{ ...entry, reasons: ['one', 'two'] }];
  const range = (end: string) => [{ topic: 't', partition: 0, start: '5', end }];
  expect(excludedWithin(excluded, range('9'))).toEqual([{ ...entry, offsets: '1', reasons: ['one'] }]);
  expect(excludedWithin(excluded, range('6'))).toEqual([]);
});
