/** What waits, and how much of it a batch takes. Pure: planned by `awaitBatch`, and by a lane that knows its backlog. */

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

export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * The ranges of a batch that is due: everything that waits, up to the limits. They are divided fairly: short backlogs
 * are taken whole, what they leave goes to the longer ones.
 *
 * @param bytesPerRecord measured on earlier batches: row bytes per offset
 */
export function takeBatch(
  backlogs: readonly Backlog[],
  limits: BatchLimits,
  bytesPerRecord: number | undefined,
): PlannedRange[] {
  const waiting = backlogs.filter(({ offset, end }) => end > offset);
  const shares = new Map<Backlog, bigint>();
  let left = limitOf(limits, bytesPerRecord);
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

export function lengthOf({ offset, end }: Backlog): bigint {
  return end - offset;
}

function limitOf({ maxRecords, maxBytes }: BatchLimits, bytesPerRecord = UNMEASURED_BYTES_PER_RECORD): bigint {
  const bySize = Math.floor(maxBytes / Math.max(1, bytesPerRecord));
  return BigInt(Math.max(1, Math.min(maxRecords, bySize)));
}
