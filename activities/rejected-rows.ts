/**
 * Finds the records behind a refused load, so that the message names their offsets: the ranges are read once more, and
 * the rows of each record are held against those that the database quotes.
 */
import { SluiceError } from '../connect/errors.js';
import { explainInvalid, type Pipeline, SchemaChangeNeeded, withRowsOf } from '../connect/pipeline/index.js';
import type { OpenConnector } from './connector-pool.js';
import type { LogRange, LogRecord } from './ports.js';
import { type QuotedRow, quotedRows } from './quoted-rows.js';
import { readRecords } from './read-records.js';

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
  { sink, log, pipelines }: Pick<OpenConnector, 'sink' | 'log' | 'pipelines'>,
  ranges: readonly LogRange[],
  signal: AbortSignal,
): Promise<SluiceError> {
  const quoted = quotedRows(refusal.message);
  const delimiter = (sink.csv?.lineDelimiter ?? sink.lineDelimiter ?? '\n').toString();
  const places: Place[] = [];
  let count = 0;
  const visit = (pipeline: Pipeline, index: number, record: LogRecord, start: bigint): void => {
    const range = ranges[index];
    if (range === undefined || record.valueStart < 0) return;
    const invalid = explainInvalid(pipeline, sink, record, range, start);
    const lines = () => linesOf(pipeline, record, range, start, delimiter);
    if (invalid === undefined && (quoted.length === 0 || !isQuoted(lines(), quoted))) return;
    count += 1;
    if (places.length >= NAMED) return;
    const offset = (start + BigInt(record.offsetDelta)).toString();
    places.push({ topic: range.topic, partition: range.partition, offset, reason: invalid?.message });
  };
  await pipelines.use((pipeline) =>
    readRecords(
      log,
      ranges,
      {
        visit: (index, record, start) => {
          try {
            visit(pipeline, index, record, start);
          } catch (error) {
            // An event whose change was made before the load; it has no rows.
            if (!(error instanceof SchemaChangeNeeded)) throw error;
          }
        },
      },
      signal,
    ),
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
function linesOf(pipeline: Pipeline, record: LogRecord, range: LogRange, start: bigint, delimiter: string): string[] {
  const lines: string[] = [];
  withRowsOf(pipeline, record, range, start, (rows) => {
    const text = Buffer.concat(rows.chunks()).toString();
    lines.push(...text.split(delimiter).map((line) => line.trim()));
  });
  return lines;
}
