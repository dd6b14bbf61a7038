/**
 * Finds the records behind a refused load, so that the message names their offsets: the ranges are read once more, and
 * the rows of each record are held against those that the database quotes.
 */
import type { RowEncoder } from '../connect/converters/index.js';
import { SluiceError } from '../connect/errors.js';
import { ChunkPool, RowBuffer } from '../connect/rows/index.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';
import { type QuotedRow, quotedRows } from './quoted-rows.js';
import { encoderOf, type RowsOfSink } from './read-batch.js';

/** So many are named; the rest is counted. */
const NAMED = 5;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly reason: string | undefined;
}

/** The same refusal, with the offsets of the rows that it is about, as far as they can be found. */
export async function locateRejected(
  refusal: SluiceError,
  { sink, log }: { sink: RowsOfSink; log: SourceLog },
  ranges: readonly LogRange[],
  signal: AbortSignal,
): Promise<SluiceError> {
  const quoted = quotedRows(refusal.message);
  const encoder = encoderOf(sink);
  const delimiter = (sink.csv?.lineDelimiter ?? sink.lineDelimiter ?? '\n').toString();
  const chunks = new ChunkPool();
  const places: Place[] = [];
  let count = 0;
  await log.read(
    ranges,
    (index, record) => {
      const range = ranges[index];
      if (range === undefined || record.valueStart < 0) return;
      const invalid = encoder.explainInvalid(record);
      if (
        invalid === undefined &&
        (quoted.length === 0 || !isQuoted(linesOf(record, encoder, chunks, delimiter), quoted))
      )
        return;
      count += 1;
      if (places.length >= NAMED) return;
      const offset = (range.start + BigInt(record.offsetDelta)).toString();
      places.push({ topic: range.topic, partition: range.partition, offset, reason: invalid?.message });
    },
    signal,
  );
  const [first] = places;
  if (first === undefined) return refusal;
  const named = places.map(
    ({ topic, partition, offset, reason }) =>
      `${topic}[${partition}] offset ${offset}${reason === undefined ? '' : ` (${reason})`}`,
  );
  const more = count > places.length ? ` and ${count - places.length} more` : '';
  return new SluiceError(refusal.code, `${refusal.message} Rejected: ${named.join(', ')}${more}.`, {
    retryable: refusal.retryable,
    cause: refusal,
    context: { topic: first.topic, partition: first.partition, offset: first.offset, ...refusal.context },
    ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
  });
}

function isQuoted(lines: readonly string[], quoted: readonly QuotedRow[]): boolean {
  return quoted.some(({ text, whole }) => lines.some((line) => (whole ? line === text : line.startsWith(text))));
}

/** The rows of a record as they were sent. */
function linesOf(record: LogRecord, encoder: RowEncoder, chunks: ChunkPool, delimiter: string): string[] {
  const rows = new RowBuffer(chunks);
  try {
    encoder.encode(record, rows);
    const text = Buffer.concat(rows.chunks()).toString();
    return text.split(delimiter).map((line) => line.trim());
  } finally {
    rows.release();
  }
}
