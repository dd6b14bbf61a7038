/**
 * Finds the records behind a refused load, so that the message names their offsets: the ranges are read once more, and
 * each record is held against what the database said of the rows it refused.
 */
import { SluiceError } from '../connect/errors.js';
import type { Sink } from '../connectors/sink.js';
import type { LogRange, SourceLog } from './ports.js';
import { encoderOf } from './read-batch.js';

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
  { sink, log }: { sink: Pick<Sink, 'config' | 'rowFormat'>; log: SourceLog },
  ranges: readonly LogRange[],
  signal: AbortSignal,
): Promise<SluiceError> {
  const quoted = quotedRows(refusal.message);
  const encoder = encoderOf(sink);
  const places: Place[] = [];
  let count = 0;
  await log.read(
    ranges,
    (index, record) => {
      const range = ranges[index];
      if (range === undefined || record.valueStart < 0) return;
      const invalid = encoder.explainInvalid(record);
      const value = record.buffer.subarray(record.valueStart, record.valueEnd);
      if (invalid === undefined && !quoted.some((row) => value.includes(row))) return;
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

/** The rows that an error log quotes: `… src line [row]; `, of which long ones may be cut short. */
function quotedRows(message: string): Buffer[] {
  const rows = [...message.matchAll(/src line:? \[(.*?)\]\s*(?:;|$)/g)].map((match) => (match[1] ?? '').trim());
  return rows.filter((row) => row.length > 1).map((row) => Buffer.from(row));
}
