import fc from 'fast-check';
import { ChunkShare, ShareUsedUp, shareOf } from '../../activities/memory-share.js';
import { ChunkPool, RowBuffer } from '../../connect/rows/index.js';

const KIB = 1 << 10;
const MIB = 1 << 20;
const limits = { budgetBytes: 512 * MIB, pooledBytes: MIB };

describe('what is asked of the budget', () => {
  test('a large batch of a few ranges: its rows in chunks of the pool, and two responses of the log', () => {
    const share = shareOf(64 * MIB, 4, limits);
    expect(share).toEqual({
      totalBytes: (72 + 4 + 8) * MIB,
      rowBytes: (72 + 4) * MIB,
      chunkSizeBytes: MIB,
      isWhole: false,
    });
  });

  test('a few rows of many ranges: chunks that are as small', () => {
    const share = shareOf(100 * KIB, 1_000, limits);
    expect(share.chunkSizeBytes).toBe(16 * KIB);
    expect(share.totalBytes).toBeLessThan(17 * MIB);
  });

  test('never more than all of it, and always some for rows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 2 ** 50, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        (size, ranges) => {
          const share = shareOf(size, ranges, limits);
          expect(share.totalBytes).toBeLessThanOrEqual(limits.budgetBytes);
          expect(share.rowBytes).toBeGreaterThan(0);
          expect(share.isWhole).toBe(share.totalBytes === limits.budgetBytes);
        },
      ),
    );
  });

  test('a larger batch asks for more, until it has all', () => {
    let sizeBytes = 1;
    let before = 0;
    for (let share = shareOf(sizeBytes, 7, limits); !share.isWhole; share = shareOf(sizeBytes, 7, limits)) {
      expect(share.rowBytes).toBeGreaterThanOrEqual(before);
      before = share.rowBytes;
      sizeBytes *= 2;
    }
    expect(sizeBytes).toBeLessThanOrEqual(512 * MIB);
  });
});

describe('the chunks of a batch', () => {
  test('end with its share; what was given back can be taken again', () => {
    const chunks = new ChunkShare(new ChunkPool(), 16 * KIB, 40 * KIB);
    const [first] = [chunks.take(10), chunks.take(20 * KIB)];
    expect(() => chunks.take(10)).toThrow(ShareUsedUp);
    if (first !== undefined) chunks.give(first);
    expect(chunks.take(10).bytes.length).toBe(16 * KIB);
  });

  test('come from the pool, and go back to it, where they are of its size', () => {
    const pool = new ChunkPool();
    const rows = new RowBuffer(new ChunkShare(pool, MIB, 4 * MIB));
    rows.appendLine(Buffer.from('{}'), 0, 2);
    rows.release();
    expect(pool.idleBytes).toBe(MIB);
  });
});
