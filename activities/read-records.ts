import { SluiceError } from '../connect/errors.js';
import { NotReady } from '../connect/pipeline/index.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';

/** A record asks for what it needs one by one: a schema, the columns of its tables. More than this is going in circles. */
const MAX_QUESTIONS = 100;

/**
 * Reads every record of every range, each range in offset order, as `SourceLog.read` does. A visitor that throws
 * `NotReady` is shown the same record again once that is; records before it are not shown again.
 *
 * @param visit is given the offset that the record's delta counts from; a range may be read in several pieces
 */
export async function readRecords(
  log: Pick<SourceLog, 'read'>,
  ranges: readonly LogRange[],
  visit: (range: number, record: LogRecord, start: bigint) => void,
  signal: AbortSignal,
): Promise<void> {
  let pieces = ranges.map((range, index) => ({ range, index }));
  for (let questions = 0; ; questions++) {
    const starts = pieces.map(({ range }) => range.start);
    const read = pieces.map(() => 0);
    let pending: NotReady | undefined;
    try {
      await log.read(
        pieces.map(({ range }) => range),
        (piece, record) => {
          const { index } = pieces[piece] ?? { index: -1 };
          visit(index, record, starts[piece] ?? 0n);
          read[piece] = record.offsetDelta + 1;
          questions = 0;
        },
        signal,
      );
      return;
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      pending = error;
    }
    if (questions >= MAX_QUESTIONS)
      throw new SluiceError('INTERNAL', 'A record asks for the same thing again and again.');
    await pending.ready(signal);
    pieces = pieces
      .map(({ range, index }, piece) => ({ index, range: { ...range, start: range.start + BigInt(read[piece] ?? 0) } }))
      .filter(({ range }) => range.start < range.end);
  }
}
