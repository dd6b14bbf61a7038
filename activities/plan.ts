/** Range planning: when a batch is due, and which records it takes. Pure. */
import type { BatchConfig } from '../connect/config/sink-connector.js';

/** Assumed until a batch has been measured. */
const UNMEASURED_BYTES_PER_RECORD = 1_024;

export interface Backlog {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The last stable offset. */
  readonly end: bigint;
}

export interface PlannedRange {
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

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
  return { reason, ranges: share(waiting, limitOf(input)) };
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

function limitOf({ batch, bytesPerRecord }: PlanInput): bigint {
  const bySize = Math.floor(batch.maxBytes / Math.max(1, bytesPerRecord ?? UNMEASURED_BYTES_PER_RECORD));
  return BigInt(Math.max(1, Math.min(batch.maxRecords, bySize)));
}

/** Divides the limit fairly: short backlogs are taken whole, what they leave goes to the longer ones. */
function share(waiting: readonly Backlog[], limit: bigint): PlannedRange[] {
  const shares = new Map<Backlog, bigint>();
  let left = limit;
  const shortestFirst = [...waiting].sort((a, b) =>
    lengthOf(a) < lengthOf(b) ? -1 : lengthOf(a) > lengthOf(b) ? 1 : 0,
  );
  shortestFirst.forEach((backlog, index) => {
    const fair = left / BigInt(shortestFirst.length - index);
    const taken = lengthOf(backlog) < fair ? lengthOf(backlog) : fair;
    shares.set(backlog, taken);
    left -= taken;
  });
  return waiting.flatMap((backlog) => {
    const records = shares.get(backlog) ?? 0n;
    const { topic, partition, offset } = backlog;
    return records > 0n ? [{ topic, partition, start: offset, end: offset + records }] : [];
  });
}

function longer(one: bigint, other: bigint): bigint {
  if (one > other) return one;
  return other;
}

function lengthOf({ offset, end }: Backlog): bigint {
  return end - offset;
}
