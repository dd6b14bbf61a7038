import fc from 'fast-check';
import { type PlanInput, planBatch } from '../../activities/plan.js';
import type { Backlog } from '../../workflows/core/backlog.js';

const batch = {
  triggerRecords: 100,
  triggerBytes: 10_000,
  triggerMs: 1_000,
  maxRecords: 1_000,
  maxBytes: 100_000,
  pipelineDepth: 2,
};

function backlog(partition: number, offset: bigint, end: bigint): Backlog {
  return { topic: 'orders', partition, offset, end };
}

function plan(backlogs: Backlog[], more: Partial<PlanInput> = {}) {
  return planBatch({ backlogs, batch, dueAtOnce: false, waitedMs: 0, ...more });
}

describe('when a batch is due', () => {
  test('nothing waits: no batch, however long', () => {
    expect(plan([backlog(0, 5n, 5n)], { waitedMs: 1e9, dueAtOnce: true })).toBeUndefined();
  });

  test('buffer.count.records in one partition, as a Connect buffer counts', () => {
    expect(plan([backlog(0, 0n, 99n), backlog(1, 0n, 99n)])).toBeUndefined();
    expect(plan([backlog(0, 0n, 100n), backlog(1, 0n, 1n)])?.reason).toBe('records');
  });

  test('buffer.size.bytes by the measured size of a record', () => {
    expect(plan([backlog(0, 0n, 50n)], { bytesPerRecord: 199 })).toBeUndefined();
    expect(plan([backlog(0, 0n, 50n)], { bytesPerRecord: 200 })?.reason).toBe('size');
  });

  test('buffer.flush.time since the first waiting record', () => {
    expect(plan([backlog(0, 0n, 1n)], { waitedMs: 999 })).toBeUndefined();
    expect(plan([backlog(0, 0n, 1n)], { waitedMs: 1_000 })?.reason).toBe('time');
  });

  test('what waited at the start is due at once', () => {
    expect(plan([backlog(0, 0n, 1n)], { dueAtOnce: true })?.reason).toBe('start');
  });
});

describe('what a batch takes', () => {
  test('everything that waits, in every partition', () => {
    const backlogs = [backlog(0, 10n, 110n), backlog(1, 7n, 8n), backlog(2, 3n, 3n)];
    expect(plan(backlogs, { bytesPerRecord: 10 })?.ranges).toEqual([
      { topic: 'orders', partition: 0, start: 10n, end: 110n },
      { topic: 'orders', partition: 1, start: 7n, end: 8n },
    ]);
  });

  test('offsets beyond 2^53 stay exact', () => {
    const start = 2n ** 62n + 1n;
    const planned = plan([backlog(0, start, start + 100n)], { bytesPerRecord: 10 });
    expect(planned?.ranges[0]).toMatchObject({ start, end: start + 100n });
  });

  test('never more than batch.max.records and batch.max.bytes, shared fairly, and always something', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 200_000 }), (sizes, bytesPerRecord) => {
        const backlogs = sizes.map((size, partition) => backlog(partition, 7n, 7n + BigInt(size)));
        const planned = plan(backlogs, { dueAtOnce: true, bytesPerRecord });
        const waiting = sizes.filter((size) => size > 0);
        if (waiting.length === 0) return expect(planned).toBeUndefined();
        const taken = (planned?.ranges ?? []).map((range) => Number(range.end - range.start));
        const total = taken.reduce((sum, records) => sum + records, 0);
        const limit = Math.max(1, Math.min(batch.maxRecords, Math.floor(batch.maxBytes / bytesPerRecord)));
        expect(total).toBe(
          Math.min(
            limit,
            waiting.reduce((sum, size) => sum + size, 0),
          ),
        );
        for (const range of planned?.ranges ?? []) {
          const size = sizes[range.partition] ?? 0;
          expect(range.start).toBe(7n);
          expect(range.end - range.start).toBeGreaterThan(0n);
          expect(range.end - range.start).toBeLessThanOrEqual(BigInt(size));
        }
      }),
    );
  });
});
