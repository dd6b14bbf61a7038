/** Reads a batch's ranges and encodes them: the rows of every range, in order, ready to be loaded. */
import { createRowEncoder, type RowEncoder } from '../connect/converters/index.js';
import { SluiceError } from '../connect/errors.js';
import { type ChunkSource, RowBuffer } from '../connect/rows/index.js';
import type { Sink } from '../connectors/sink.js';
import { ShareUsedUp } from './memory-share.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';

export interface EncodedRange {
  readonly range: LogRange;
  readonly rows: RowBuffer;
  recordsRead: number;
}

export interface EncodedBatch {
  readonly ranges: readonly EncodedRange[];
  readonly recordsRead: number;
  /** Set when the reading stopped at a limit: where each range is to end so that it does not. */
  readonly cut?: readonly { readonly range: LogRange; readonly end: bigint }[];
  /** True when that limit was the batch's share of the memory. */
  readonly isShareUsedUp?: boolean;
}

/** Thrown through the reader to stop it: not an error. */
class LimitReached extends Error {}

export function encoderOf({ config, rowFormat }: Pick<Sink, 'config' | 'rowFormat'>): RowEncoder {
  const { kind, schemasEnable, replaceNullWithDefault } = config.valueConverter;
  return createRowEncoder({
    value: { converter: kind, schemasEnable, replaceNullWithDefault },
    format: rowFormat,
    onNull: config.onNullValue,
  });
}

/**
 * Reads and encodes. `limitBytes` bounds the batch; the record that would go beyond it is left out, so that one record
 * at least is always taken. The buffers belong to the caller, also when this throws: see `releaseAll`.
 */
export async function readBatch(
  { sink, log }: { sink: Pick<Sink, 'config' | 'rowFormat'>; log: SourceLog },
  encoded: readonly EncodedRange[],
  limitBytes: number,
  signal: AbortSignal,
): Promise<EncodedBatch> {
  const encoder = encoderOf(sink);
  const nextDelta = encoded.map(() => 0);
  let sizeBytes = 0;
  let records = 0;
  const visit = (index: number, record: LogRecord) => {
    const target = encoded[index];
    if (target === undefined) throw new RangeError(`a record of an unknown range ${index}`);
    // A record that is larger than a batch is a batch of its own: should it be refused, it is known which one it was.
    const isLarge = record.valueEnd - record.valueStart > limitBytes;
    if ((sizeBytes >= limitBytes || isLarge) && records > 0) throw new LimitReached();
    const before = target.rows.sizeBytes;
    try {
      encoder.encode(record, target.rows);
    } catch (error) {
      throw placed(error, target.range, record);
    }
    sizeBytes += target.rows.sizeBytes - before;
    records += 1;
    target.recordsRead += 1;
    nextDelta[index] = record.offsetDelta + 1;
  };
  try {
    await log.read(
      encoded.map(({ range }) => range),
      visit,
      signal,
    );
    return { ranges: encoded, recordsRead: records };
  } catch (error) {
    const isShareUsedUp = error instanceof ShareUsedUp;
    if (!isShareUsedUp && !(error instanceof LimitReached)) throw error;
    const cut = encoded.map(({ range }, index) => ({ range, end: range.start + BigInt(nextDelta[index] ?? 0) }));
    return { ranges: encoded, recordsRead: records, cut, isShareUsedUp };
  }
}

export function emptyRanges(ranges: readonly LogRange[], chunks: ChunkSource): EncodedRange[] {
  return ranges.map((range) => ({ range, rows: new RowBuffer(chunks), recordsRead: 0 }));
}

export function releaseAll(encoded: readonly EncodedRange[]): void {
  for (const { rows } of encoded) rows.release();
}

function placed(error: unknown, range: LogRange, record: LogRecord): unknown {
  if (!(error instanceof SluiceError)) return error;
  return error.within({
    topic: range.topic,
    partition: range.partition,
    offset: (range.start + BigInt(record.offsetDelta)).toString(),
  });
}
