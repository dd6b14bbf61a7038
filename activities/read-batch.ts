/** Reads a batch's ranges and encodes them: the rows of every range, in order, ready to be loaded. */
import { SluiceError } from '../connect/errors.js';
import { type Pipeline, type RangeRows, SchemaChangeNeeded, type TableChange } from '../connect/pipeline/index.js';
import { type ChunkSource, type LineRules, RowBuffer } from '../connect/rows/index.js';
import type { LogPlace } from '../workflows/core/model.js';
import type { BadRecords } from './bad-records.js';
import { ShareUsedUp } from './memory-share.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';
import { type RecordLines, readRecords } from './read-records.js';
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

/** Writes a record of a range that is read from `start` on. */
export type RangeWriter = (record: LogRecord, target: RangeTarget, start: bigint) => void;

/** Where rows of a range are gathered, with the range. */
export interface RangeTarget extends RangeRows {
  readonly range: LogRange;
}

/**
 * Reads and encodes. A record whose table has to be changed first ends the reading. The buffers belong to the caller,
 * also when this throws: see `releaseAll`.
 */
export async function readBatch(
  { pipeline, log }: { pipeline: Pipeline; log: Pick<SourceLog, 'read'> },
  encoded: readonly EncodedRange[],
  { limitBytes, applied }: ReadLimits,
  signal: AbortSignal,
  bad?: BadRecords,
): Promise<EncodedBatch> {
  const ranges = encoded.map(({ range }) => range);
  const write = writerOf(pipeline, applied);
  const reading = new Reading(encoded, limitBytes, bad, bad === undefined ? write : bad.guard(write));
  // Lines are not looked at one by one: none of them can be left out.
  const rules = bad?.leavesOut === true ? undefined : pipeline.lineRules;
  try {
    await readRecords(log, ranges, { visit: reading.visit, ...(rules && { lines: reading.lines(rules) }) }, signal);
    return { ranges: encoded, recordsRead: reading.records };
  } catch (error) {
    const isShareUsedUp = error instanceof ShareUsedUp;
    const changes = error instanceof SchemaChangeNeeded ? { changes: error.changes } : {};
    if (!isShareUsedUp && !(error instanceof LimitReached) && !('changes' in changes)) throw error;
    return { ranges: encoded, recordsRead: reading.records, cut: reading.cut(), isShareUsedUp, ...changes };
  }
}

/** How far a reading has come, and the bounds that it keeps. */
class Reading {
  records = 0;
  private sizeBytes = 0;
  private readonly starts: bigint[];
  private readonly nextDelta: number[];

  constructor(
    private readonly encoded: readonly EncodedRange[],
    private readonly limitBytes: number,
    private readonly bad: Pick<BadRecords, 'sizeBytes'> | undefined,
    private readonly write: RangeWriter,
  ) {
    this.starts = encoded.map(({ range }) => range.start);
    this.nextDelta = encoded.map(() => 0);
  }

  readonly visit = (index: number, record: LogRecord, start: bigint): void => {
    const target = this.targetOf(index);
    // A record that is larger than a batch is a batch of its own: should it be refused, it is known which one it was.
    const isLarge = record.valueEnd - record.valueStart > this.limitBytes;
    if ((this.roomBytes <= 0 || isLarge) && this.records > 0) throw new LimitReached();
    const before = sizeOf(target);
    try {
      this.write(record, target, start);
    } catch (error) {
      throw placed(error, target.range, record, start);
    }
    this.sizeBytes += sizeOf(target) - before;
    this.reached(index, 1, start, record.offsetDelta + 1);
  };

  lines(rules: LineRules): RecordLines {
    return {
      rules,
      room: (index) => Math.min(this.targetOf(index).rows.room, this.roomBytes),
      give: (index, { lines, count, nextDelta }, start) => {
        this.targetOf(index).rows.appendRows(lines, count);
        this.sizeBytes += lines.length;
        this.reached(index, count, start, nextDelta);
      },
    };
  }

  /** Where each range is to end so that it holds what was read. */
  cut(): { readonly range: LogRange; readonly end: bigint }[] {
    return this.encoded.map(({ range }, index) => ({
      range,
      end: (this.starts[index] ?? range.start) + BigInt(this.nextDelta[index] ?? 0),
    }));
  }

  private get roomBytes(): number {
    return this.limitBytes - this.sizeBytes - (this.bad?.sizeBytes ?? 0);
  }

  private reached(index: number, records: number, start: bigint, nextDelta: number): void {
    this.records += records;
    this.targetOf(index).recordsRead += records;
    this.starts[index] = start;
    this.nextDelta[index] = nextDelta;
  }

  private targetOf(index: number): EncodedRange {
    const target = this.encoded[index];
    if (target === undefined) throw new RangeError(`a record of an unknown range ${index}`);
    return target;
  }
}

/** Writes records by the pipeline, and passes over events whose change of a table has been made already. */
export function writerOf(pipeline: Pipeline, applied: ReadLimits['applied'] = []): RangeWriter {
  return (record, target, start) => {
    try {
      pipeline.write(record, target, start);
    } catch (error) {
      const isDone = error instanceof SchemaChangeNeeded && error.changes.every((change) => isApplied(change, applied));
      if (!isDone) throw error;
    }
  };
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
