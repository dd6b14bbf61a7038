/** Records that are left out of loads, as a batch notes them: pure, for the workflow and for activities. */
import type { Excluded, Range } from './model.js';
import { readOffsets, writeOffsets } from './offset-list.js';
import { samePartition } from './offsets.js';

export function excludedOffsets({ offsets }: Pick<Excluded, 'offsets'>, { start }: Pick<Range, 'start'>): bigint[] {
  return readOffsets(BigInt(start), offsets);
}

/** What of them lies in the ranges, which begin where they did and may end earlier. */
export function excludedWithin(excluded: readonly Excluded[], ranges: readonly Range[]): Excluded[] {
  return excluded.flatMap((entry) => {
    const range = ranges.find((other) => samePartition(other, entry));
    if (range === undefined) return [];
    const left = excludedOffsets(entry, range).filter((offset) => offset < BigInt(range.end));
    if (left.length === 0) return [];
    const offsets = writeOffsets(BigInt(range.start), left);
    return [{ ...entry, offsets, reasons: entry.reasons.slice(0, left.length) }];
  });
}
