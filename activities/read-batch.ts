/** Reads a batch's ranges and encodes them: the rows of every range, in order, ready to be loaded. */
import { SluiceError } from '../connect/errors.js';
import { type Pipeline, type RangeRows, SchemaChangeNeeded, type TableChange } from '../connect/pipeline/index.js';
import { type ChunkSource, RowBuffer } from '../connect/rows/index.js';
import type { LogPlace } from '../workflows/core/model.js';
import { ShareUsedUp } from './memory-share.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';
import { readRecords } from './read-records.js';
import { sizeOf } from './table-rows.js';

export interface EncodedRange extends RangeRows {
  readonly range: LogRange;
  recordsRead: number;
}

export interface ReadLimits {
  /** Bounds the batch; the record that would go beyond it is left out, so that one record at least is always taken. */
  readonly limitBytes: number;
  /** Events whose change of a table has been made already; `all` where no other can be among the records. */
  readonly applied?: readonly LogPlace[] | 'all' | undefined;
}

export interface EncodedBatch {
  readonly ranges: readonly EncodedRange[];
  readonly recordsRead: number;
  /** Set when the reading stopped before the end: where each range is to end so that it does not. */
  readonly cut?: readonly { readonly range: LogRange; readonly end: bigint }[];
  /** True when that limit was the batch's share of the memory. */
  readonly isShareUsedUp?: boolean;
  /** What the record at which the reading stopped needs changed of its tables first. */
  readonly changes?: readonly TableChange[];
}

/** Thrown through the reader to stop it: not an error. */
class LimitReached extends Error {}

/**
 * Reads and encodes. A record whose table has to be changed first ends the reading. The buffers belong to the caller,
 * also when this throws: see `releaseAll`.
 */
export async function readBatch(
  { pipeline, log }: { pipeline: Pipeline; log: Pick<SourceLog, 'read'> },
  encoded: readonly EncodedRange[],
  { limitBytes, applied = [] }: ReadLimits,
  signal: AbortSignal,
): Promise<EncodedBatch> {
  const ends = encoded.map(({ range }) => range.start);
  const nextDelta = encoded.map(() => 0);
  let sizeBytes = 0;
  let records = 0;

  function write(record: LogRecord, target: EncodedRange, start: bigint): void {
    try {
      pipeline.write(record, target, start);
    } catch (error) {
      if (!(error instanceof SchemaChangeNeeded)) throw placed(error, target.range, record, start);
      if (error.changes.every((change) => isApplied(change, applied))) return;
      throw error;
    }
  }

  const visit = (index: number, record: LogRecord, start: bigint) => {
    const target = encoded[index];
    if (target === undefined) throw new RangeError(`a record of an unknown range ${index}`);
    // A record that is larger than a batch is a batch of its own: should it be refused, it is known which one it was.
    const isLarge = record.valueEnd - record.valueStart > limitBytes;
    if ((sizeBytes >= limitBytes || isLarge) && records > 0) throw new LimitReached();
    const before = sizeOf(target);
    write(record, target, start);
    sizeBytes += sizeOf(target) - before;
    records += 1;
    target.recordsRead += 1;
    ends[index] = start;
    nextDelta[index] = record.offsetDelta + 1;
  };
  try {
    await readRecords(
      log,
      encoded.map(({ range }) => range),
      visit,
      signal,
    );
    return { ranges: encoded, recordsRead: records };
  } catch (error) {
    const isShareUsedUp = error instanceof ShareUsedUp;
    const changes = error instanceof SchemaChangeNeeded ? { changes: error.changes } : {};
    if (!isShareUsedUp && !(error instanceof LimitReached) && !('changes' in changes)) throw error;
    const cut = encoded.map(({ range }, index) => ({
      range,
      end: (ends[index] ?? range.start) + BigInt(nextDelta[index] ?? 0),
    }));
    return { ranges: encoded, recordsRead: records, cut, isShareUsedUp, ...changes };
  }
}

export function emptyRanges(ranges: readonly LogRange[], chunks: ChunkSource): EncodedRange[] {
  return ranges.map((range) => ({ range, rows: new RowBuffer(chunks), named: [], chunks, recordsRead: 0 }));
}

export function releaseAll(encoded: readonly EncodedRange[]): void {
  for (const { rows, named } of encoded) for (const part of [{ rows }, ...named]) part.rows.release();
}

function isApplied(change: TableChange, applied: readonly LogPlace[] | 'all'): boolean {
  if (change.kind !== 'truncate') return false;
  if (applied === 'all') return true;
  return applied.some(
    ({ topic, partition, offset }) =>
      topic === change.topic && partition === change.partition && offset === change.offset,
  );
}

function placed(error: unknown, range: LogRange, record: LogRecord, start: bigint): unknown {
  if (!(error instanceof SluiceError)) return error;
  return error.within({
    topic: range.topic,
    partition: range.partition,
    offset: (start + BigInt(record.offsetDelta)).toString(),
  });
}
