/** Range planning: when a batch is due, and which records it takes. Pure. */
import type { BatchConfig } from '../connect/config/sink-connector.js';
import { type Backlog, lengthOf, type PlannedRange, takeBatch } from '../workflows/core/backlog.js';

export interface PlanInput {
  readonly backlogs: readonly Backlog[];
  readonly batch: BatchConfig;
  /** Measured on earlier batches: row bytes per offset. */
  readonly bytesPerRecord?: number | undefined;
  /** What waits is taken without waiting for a trigger. */
  readonly dueAtOnce: boolean;
  /** Since the first waiting record was seen, in ms. */
  readonly waitedMs: number;
}

export interface Plan {
  readonly reason: 'start' | 'records' | 'size' | 'time';
  readonly ranges: readonly PlannedRange[];
}

/**
 * The next batch, or undefined when none is due. The triggers count per partition, as Kafka Connect's buffers do; a
 * batch that is due takes everything that waits, up to `batch.max.records` and `batch.max.bytes`.
 */
export function planBatch(input: PlanInput): Plan | undefined {
  const waiting = input.backlogs.filter(({ offset, end }) => end > offset);
  if (waiting.length === 0) return undefined;
  const reason = trigger(waiting, input);
  if (reason === undefined) return undefined;
  return { reason, ranges: takeBatch(waiting, input.batch, input.bytesPerRecord) };
}

function trigger(
  waiting: readonly Backlog[],
  { batch, bytesPerRecord, dueAtOnce, waitedMs }: PlanInput,
): Plan['reason'] | undefined {
  if (dueAtOnce) return 'start';
  const longest = waiting.map(lengthOf).reduce(longer);
  if (longest >= BigInt(batch.triggerRecords)) return 'records';
  if (
    bytesPerRecord !== undefined &&
    longest * BigInt(Math.max(1, Math.round(bytesPerRecord))) >= BigInt(batch.triggerBytes)
  ) {
    return 'size';
  }
  return waitedMs >= batch.triggerMs ? 'time' : undefined;
}

function longer(one: bigint, other: bigint): bigint {
  if (one > other) return one;
  return other;
}
