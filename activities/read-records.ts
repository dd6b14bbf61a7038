import { SluiceError } from '../connect/errors.js';
import { NotReady } from '../connect/pipeline/index.js';
import type { LineRules, LineSink, Lines } from '../connect/rows/index.js';
import type { LogRange, LogRecord, SourceLog } from './ports.js';

/** A record asks for what it needs one by one: a schema, the columns of its tables. More than this is going in circles. */
const MAX_QUESTIONS = 100;

/** Takes records. A range may be read in several pieces: deltas count from the `start` that is given. */
export interface RecordTaker {
  visit(range: number, record: LogRecord, start: bigint): void;
  readonly lines?: RecordLines;
}

/** As `LineSink`. */
export interface RecordLines {
  readonly rules: LineRules;
  room(range: number): number;
  give(range: number, lines: Lines, start: bigint): void;
}

/**
 * Reads every record of every range, each range in offset order, as `SourceLog.read` does. A visitor that throws
 * `NotReady` is shown the same record again once that is; records before it are not shown again.
 */
export async function readRecords(
  log: Pick<SourceLog, 'read'>,
  ranges: readonly LogRange[],
  { visit, lines }: RecordTaker,
  signal: AbortSignal,
): Promise<void> {
  let pieces = ranges.map((range, index) => ({ range, index }));
  for (let questions = 0; ; questions++) {
    const starts = pieces.map(({ range }) => range.start);
    const read = pieces.map(() => 0);
    const placeOf = (piece: number) => ({ index: pieces[piece]?.index ?? -1, start: starts[piece] ?? 0n });
    const sink: LineSink | undefined = lines && {
      rules: lines.rules,
      room: (piece) => lines.room(placeOf(piece).index),
      give: (piece, given) => {
        const { index, start } = placeOf(piece);
        lines.give(index, given, start);
        read[piece] = given.nextDelta;
      },
    };
    let pending: NotReady | undefined;
    try {
      await log.read(
        pieces.map(({ range }) => range),
        (piece, record) => {
          const { index, start } = placeOf(piece);
          visit(index, record, start);
          read[piece] = record.offsetDelta + 1;
          questions = 0;
        },
        signal,
        sink,
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
