/**
 * What reading does with records that cannot become rows of their table: those that no converter takes, where the
 * configuration tolerates them, and those that the database has refused before. They are kept as dead letters; the
 * others go on.
 */
import { type ErrorCode, SluiceError } from '../connect/errors.js';
import type { ChunkSource, RowMark } from '../connect/rows/index.js';
import type { Sink } from '../connectors/sink.js';
import { excludedOffsets } from '../workflows/core/excluded.js';
import type { Excluded } from '../workflows/core/model.js';
import { samePartition } from '../workflows/core/offsets.js';
import { DeadLetters, type Problem } from './dead-letters.js';
import type { LogRange, LogRecord } from './ports.js';
import type { RangeTarget, RangeWriter } from './read-batch.js';

/** Errors that are the record's own: trying again changes nothing. */
const OF_THE_RECORD: ReadonlySet<ErrorCode> = new Set(['RECORD_INVALID', 'RECORD_NULL']);
const NOT_TOLD = 'The database has refused a row of this record; why is not known any more.';
const EMPTY: RowMark = { sealedChunks: 0, sealedBytes: 0, rowStart: 0, rows: 0 };

interface LeftOut {
  readonly database: string;
  readonly table: string;
  readonly reason: string;
}

export class BadRecords {
  readonly kept: DeadLetters;
  /** By range, then by the record's place in it. */
  private readonly leftOut = new Map<string, Map<number, LeftOut[]>>();

  /**
   * @param excluded as the batch notes them
   * @param ranges of the batch
   */
  constructor(
    private readonly sink: Pick<Sink, 'config' | 'tableOf'>,
    chunks: ChunkSource,
    excluded: readonly Excluded[] = [],
    ranges: readonly LogRange[] = [],
  ) {
    this.kept = new DeadLetters(chunks);
    for (const entry of excluded) this.leaveOut(entry, ranges);
  }

  get sizeBytes(): number {
    return this.kept.sizeBytes;
  }

  /** True when records are left out that may be good by themselves. */
  get leavesOut(): boolean {
    return this.leftOut.size > 0;
  }

  /** The writer, with what is bad taken out. What it throws then is not the record's fault, or is not tolerated. */
  guard(write: RangeWriter): RangeWriter {
    const tolerant = this.tolerant(write);
    if (this.leftOut.size === 0) return tolerant;
    return (record, target, start) => {
      const delta = record.offsetDelta + Number(start - target.range.start);
      const out = this.leftOut.get(keyOf(target.range))?.get(delta);
      if (out === undefined) tolerant(record, target, start);
      else this.writeWithout({ record, target, start }, out, tolerant);
    };
  }

  private tolerant(write: RangeWriter): RangeWriter {
    if (this.sink.config.errorsTolerance === 'none') return write;
    return (record, target, start) => {
      try {
        write(record, target, start);
      } catch (error) {
        const problem = problemOf(error);
        if (problem === undefined) throw error;
        this.kept.add(record, { ...target.range, start }, problem);
      }
    };
  }

  /** The record's rows of other tables stay. */
  private writeWithout(
    { record, target, start }: { record: LogRecord; target: RangeTarget; start: bigint },
    out: readonly LeftOut[],
    write: RangeWriter,
  ): void {
    const before = this.kept.letters.length;
    const marks = new Map([target, ...target.named].map(({ rows }) => [rows, rows.mark()]));
    write(record, target, start);
    if (this.kept.letters.length > before) return;
    const own = { table: this.sink.tableOf(target.range.topic), rows: target.rows };
    for (const { table, rows } of [own, ...target.named]) {
      const isOut = out.some((other) => other.database === table.database && other.table === table.table);
      if (isOut) rows.reset(marks.get(rows) ?? EMPTY);
    }
    const [first] = out;
    const message = first?.reason ?? NOT_TOLD;
    const problem = { stage: 'TASK_PUT', code: 'SINK_ROWS_REJECTED', message } as const;
    this.kept.add(record, { ...target.range, start }, problem);
  }

  private leaveOut(entry: Excluded, ranges: readonly LogRange[]): void {
    const range = ranges.find((other) => samePartition(other, entry));
    if (range === undefined) return;
    const key = keyOf(range);
    const known = this.leftOut.get(key) ?? new Map<number, LeftOut[]>();
    this.leftOut.set(key, known);
    const { database, table, reasons } = entry;
    excludedOffsets(entry, { start: range.start.toString() }).forEach((offset, index) => {
      const delta = Number(offset - range.start);
      const reason = reasons[Math.min(index, reasons.length - 1)] ?? NOT_TOLD;
      known.set(delta, [...(known.get(delta) ?? []), { database, table, reason }]);
    });
  }
}

/** True for what a record itself is to blame for. */
export function isOfTheRecord(error: unknown): error is SluiceError {
  return error instanceof SluiceError && OF_THE_RECORD.has(error.code);
}

function problemOf(error: unknown): Problem | undefined {
  if (!isOfTheRecord(error)) return undefined;
  return { stage: error.context.stage ?? 'VALUE_CONVERTER', code: error.code, message: error.message };
}

function keyOf({ topic, partition }: LogRange): string {
  return `${partition} ${topic}`;
}
