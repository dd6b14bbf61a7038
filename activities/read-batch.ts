/** Reads a batch's ranges and encodes them: the rows of every range, in order, ready to be loaded. */
import {
  createCsvRowWriter,
  createRowEncoder,
  delimiting,
  type RowEncoder,
  rewriting,
} from '../connect/converters/index.js';
import { SluiceError } from '../connect/errors.js';
import { SchemaChangeNeeded, type TableChange } from '../connect/pipeline/index.js';
import { type ChunkSource, type LineRules, type LineSink, RowBuffer } from '../connect/rows/index.js';
import type { Sink } from '../connectors/sink.js';
import type { BadRecords, RangeWriter } from './bad-records.js';
import { ShareUsedUp } from './memory-share.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';
import { type RangeRows, type RecordWriter, routingWriter, sizeOf } from './table-rows.js';

export interface EncodedRange extends RangeRows {
  readonly range: LogRange;
  recordsRead: number;
}

/** What of a sink says how records become rows. */
export type RowsOfSink = Pick<Sink, 'config' | 'rowFormat' | 'csv' | 'lineDelimiter' | 'tableField' | 'tableOf'>;

export interface EncodedBatch {
  readonly ranges: readonly EncodedRange[];
  readonly recordsRead: number;
  /** Set when the reading stopped at a limit: where each range is to end so that it does not. */
  readonly cut?: readonly { readonly range: LogRange; readonly end: bigint }[];
  /** True when that limit was the batch's share of the memory. */
  readonly isShareUsedUp?: boolean;
  /** What the record at which the reading stopped needs changed of its tables first. */
  readonly changes?: readonly TableChange[];
}

/** Thrown through the reader to stop it: not an error. */
class LimitReached extends Error {}

/** Makes the rows of a record as they are sent. */
export function encoderOf(sink: Pick<RowsOfSink, 'config' | 'rowFormat' | 'csv' | 'lineDelimiter'>): RowEncoder {
  const { csv, lineDelimiter } = sink;
  const encoder = baseEncoder(sink);
  if (csv !== undefined) return rewriting(encoder, createCsvRowWriter(csv));
  return lineDelimiter === undefined ? encoder : delimiting(encoder, lineDelimiter);
}

function baseEncoder({ config, rowFormat, csv }: Pick<RowsOfSink, 'config' | 'rowFormat' | 'csv'>): RowEncoder {
  const { kind, schemasEnable, replaceNullWithDefault } = config.valueConverter;
  return createRowEncoder({
    value: { converter: kind, schemasEnable, replaceNullWithDefault },
    format: csv === undefined ? rowFormat : 'json',
    onNull: config.onNullValue,
  });
}

interface RowsWriter {
  readonly write: RecordWriter;
  /** Values that keep these rules are rows of the topic's own table as they stand. */
  readonly lineRules?: LineRules;
}

export function writerOf(sink: RowsOfSink): RowsWriter {
  const { tableField, csv } = sink;
  if (tableField !== undefined) {
    return { write: routingWriter(sink, tableField, baseEncoder(sink), csv && createCsvRowWriter(csv)) };
  }
  const { encode, lineRules } = encoderOf(sink);
  const write: RecordWriter = (record, { rows }) => {
    encode(record, rows);
  };
  return { write, ...(lineRules === undefined ? {} : { lineRules }) };
}

/**
 * Reads and encodes. `limitBytes` bounds the batch; the record that would go beyond it is left out, so that one record
 * at least is always taken. The buffers belong to the caller, also when this throws: see `releaseAll`.
 */
export async function readBatch(
  { sink, log }: { sink: RowsOfSink; log: SourceLog },
  encoded: readonly EncodedRange[],
  limitBytes: number,
  signal: AbortSignal,
  bad?: BadRecords,
): Promise<EncodedBatch> {
  const writer = writerOf(sink);
  const write: RangeWriter = bad === undefined ? writer.write : bad.guard(writer.write);
  // Lines are not looked at one by one: none of them can be left out.
  const lineRules = bad?.leavesOut === true ? undefined : writer.lineRules;
  const nextDelta = encoded.map(() => 0);
  let sizeBytes = 0;
  let records = 0;
  const visit = (index: number, record: LogRecord) => {
    const target = targetOf(index);
    // A record that is larger than a batch is a batch of its own: should it be refused, it is known which one it was.
    const isLarge = record.valueEnd - record.valueStart > limitBytes;
    const keptBytes = bad === undefined ? 0 : bad.sizeBytes;
    if ((sizeBytes + keptBytes >= limitBytes || isLarge) && records > 0) throw new LimitReached();
    const before = sizeOf(target);
    try {
      write(record, target);
    } catch (error) {
      throw placed(error, target.range, record);
    }
    sizeBytes += sizeOf(target) - before;
    records += 1;
    target.recordsRead += 1;
    nextDelta[index] = record.offsetDelta + 1;
  };
  const targetOf = (index: number) => {
    const target = encoded[index];
    if (target === undefined) throw new RangeError(`a record of an unknown range ${index}`);
    return target;
  };
  const lines: LineSink | undefined = lineRules && {
    rules: lineRules,
    room: (index) => Math.min(targetOf(index).rows.room, limitBytes - sizeBytes - (bad?.sizeBytes ?? 0)),
    give: (index, { lines, count, nextDelta: next }) => {
      const target = targetOf(index);
      target.rows.appendRows(lines, count);
      sizeBytes += lines.length;
      records += count;
      target.recordsRead += count;
      nextDelta[index] = next;
    },
  };
  try {
    await log.read(
      encoded.map(({ range }) => range),
      visit,
      signal,
      lines,
    );
    return { ranges: encoded, recordsRead: records };
  } catch (error) {
    const isShareUsedUp = error instanceof ShareUsedUp;
    const changes = error instanceof SchemaChangeNeeded ? { changes: error.changes } : {};
    if (!isShareUsedUp && !(error instanceof LimitReached) && !('changes' in changes)) throw error;
    const cut = encoded.map(({ range }, index) => ({ range, end: range.start + BigInt(nextDelta[index] ?? 0) }));
    return { ranges: encoded, recordsRead: records, cut, isShareUsedUp, ...changes };
  }
}

export function emptyRanges(ranges: readonly LogRange[], chunks: ChunkSource): EncodedRange[] {
  return ranges.map((range) => ({ range, rows: new RowBuffer(chunks), named: [], chunks, recordsRead: 0 }));
}

export function releaseAll(encoded: readonly EncodedRange[]): void {
  for (const { rows, named } of encoded) for (const part of [{ rows }, ...named]) part.rows.release();
}

function placed(error: unknown, range: LogRange, record: LogRecord): unknown {
  if (!(error instanceof SluiceError)) return error;
  return error.within({
    topic: range.topic,
    partition: range.partition,
    offset: (range.start + BigInt(record.offsetDelta)).toString(),
  });
}
