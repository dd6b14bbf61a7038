import fc from 'fast-check';
import { RejectedSearch, TooManyTrials } from '../../activities/find-rejected.js';
import { SentRows } from '../../activities/sent-rows.js';
import { SluiceError } from '../../connect/errors.js';
import { RowsRejected } from '../../connectors/rows-rejected.js';
import type { LoadBody } from '../../connectors/sink-driver.js';

interface Habits {
  /** So many rows are quoted by an error log. */
  readonly quotes: number;
  readonly tellsCounts: boolean;
}

/** A database that refuses loads with some lines. */
class Database {
  trials = 0;
  sizeBytes = 0;

  constructor(
    private readonly bad: ReadonlySet<string>,
    private readonly habits: Habits,
  ) {}

  refusalOf(text: string): RowsRejected | undefined {
    const lines = text.split('\n').slice(0, -1);
    const refused = lines.filter((line) => this.bad.has(line));
    if (refused.length === 0) return undefined;
    const log = refused.slice(0, this.habits.quotes).map((line) => `Reason: bad ${line}. src line [${line}]; `);
    const counts = this.habits.tellsCounts ? { totalRows: lines.length, filteredRows: refused.length } : NO_COUNTS;
    return new RowsRejected(new SluiceError('SINK_ROWS_REJECTED', 'refused'), { ...counts, errorLog: log.join('\n') });
  }

  readonly tryLoad = async ({ chunks, sizeBytes }: LoadBody) => {
    this.trials += 1;
    this.sizeBytes += sizeBytes;
    return this.refusalOf(Buffer.concat(chunks).toString());
  };
}

const NO_COUNTS = { totalRows: 0, filteredRows: 0 };

/** Records of one row each, their bytes in chunks of some size. */
function sent(lines: readonly string[], chunkBytes = 64): { rows: SentRows; text: string } {
  const text = lines.map((line) => `${line}\n`).join('');
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const records = lines.map((line, offset) => ({
    topic: 't',
    partition: 0,
    offset: BigInt(offset),
    sizeBytes: Buffer.byteLength(line) + 1,
    rows: 1,
  }));
  return { rows: new SentRows(records, chunks, '\n'), text };
}

async function found(lines: readonly string[], bad: ReadonlySet<string>, habits: Habits, maxTrials?: number) {
  const database = new Database(bad, habits);
  const { rows, text } = sent(lines);
  const refusal = database.refusalOf(text);
  if (refusal === undefined) throw new Error('nothing is refused');
  const rejected = await new RejectedSearch(rows, database.tryLoad, maxTrials).find(refusal);
  return { lines: [...rejected.keys()].sort((a, b) => a - b).map((number) => lines[number]), database, rejected };
}

const many = Array.from({ length: 50_000 }, (_, id) => `{"id":${id}}`);
const twenty = new Set(Array.from({ length: 20 }, (_, index) => `{"id":${index * 2_411 + 5}}`));

test('an error log that quotes all of them: not one trial', async () => {
  const { lines, database, rejected } = await found(many, twenty, { quotes: 50, tellsCounts: true });
  expect(lines).toEqual([...twenty]);
  expect(database.trials).toBe(0);
  expect(rejected.get(5)).toBe('bad {"id":5}');
});

test('an error log that quotes some of them: a trial for each time that it is read', async () => {
  const { lines, database } = await found(many, twenty, { quotes: 6, tellsCounts: true });
  expect(lines).toEqual([...twenty]);
  expect(database.trials).toBe(3);
});

test('nothing quoted: by halves, and a half is not tried where the other accounts for all', async () => {
  const { lines, database } = await found(many, twenty, { quotes: 0, tellsCounts: true });
  expect(lines).toEqual([...twenty]);
  expect(database.trials).toBeLessThan(20 * Math.ceil(Math.log2(50_000)));
});

test('all of them are bad: that is told at once', async () => {
  const lines = many.slice(0, 1_000);
  const { rejected, database } = await found(lines, new Set(lines), { quotes: 0, tellsCounts: true });
  expect(rejected.size).toBe(1_000);
  expect(database.trials).toBe(0);
});

test('a smaller batch is asked for where there would be too many trials', async () => {
  const every = new Set(many.filter((_, id) => id % 3 === 0));
  await expect(found(many, every, { quotes: 0, tellsCounts: false }, 100)).rejects.toThrow(TooManyTrials);
});

test('whatever the database tells: exactly the bad ones are found', async () => {
  const habits = fc.record({ quotes: fc.integer({ min: 0, max: 4 }), tellsCounts: fc.boolean() });
  const scripts = fc.record({
    count: fc.integer({ min: 1, max: 60 }),
    seed: fc.array(fc.nat(59), { minLength: 1 }),
    habits,
  });
  await fc.assert(
    fc.asyncProperty(scripts, async ({ count, seed, habits: told }) => {
      // Some rows are the same: what is bad of one is bad of the other.
      const lines = Array.from({ length: count }, (_, id) => `{"id":${id % 37}}`);
      const bad = new Set(seed.map((number) => lines[number % count] ?? ''));
      const { lines: rejected } = await found(lines, bad, told);
      expect(rejected).toEqual(lines.filter((line) => bad.has(line)));
    }),
    { numRuns: 200 },
  );
});

test('without trials only what is quoted is found', async () => {
  const database = new Database(twenty, { quotes: 3, tellsCounts: true });
  const { rows, text } = sent(many.slice(0, 10_000));
  const refusal = database.refusalOf(text);
  if (refusal === undefined) throw new Error('nothing is refused');
  expect((await new RejectedSearch(rows, undefined).find(refusal)).size).toBe(3);
});
