/**
 * What becomes of a batch whose rows the database has refused: the records behind them are found and told, so that the
 * workflow writes them down before the batch is prepared again without them.
 *
 * Trials need loads that can be taken back. Where there is only one phase, what the database quotes is left out, and
 * where it quotes nothing the batch is cut in two: its own loads, each final and under its own label, are the halves.
 */
import { ChunkPool } from '../connect/rows/index.js';
import { trialLabel } from '../connectors/label.js';
import { RowsRejected } from '../connectors/rows-rejected.js';
import type { TableName } from '../connectors/sink.js';
import type { Load, PreparedLoad } from '../connectors/sink-driver.js';
import type { PrepareBatchInput, PrepareBatchOutput } from '../workflows/core/activities.js';
import { excludedOffsets } from '../workflows/core/excluded.js';
import type { Excluded, Range } from '../workflows/core/model.js';
import { writeOffsets } from '../workflows/core/offset-list.js';
import { recordsIn, samePartition } from '../workflows/core/offsets.js';
import { BadRecords } from './bad-records.js';
import type { OpenConnector } from './connector-pool.js';
import { RejectedSearch, TooManyTrials, type Trial } from './find-rejected.js';
import { batchHash, excludedCharacters, MAX_EXCLUDED_CHARACTERS } from './group-record.js';
import type { Lease } from './lease.js';
import type { LogRange } from './ports.js';
import { emptyRanges, type RangeWriter, releaseAll, writerOf } from './read-batch.js';
import { type RecordTaker, readRecords } from './read-records.js';
import { locateRejected } from './rejected-rows.js';
import { type SentRecord, SentRows } from './sent-rows.js';
import { appliedOf } from './table-changes.js';
import { tablesIn } from './table-rows.js';

/** Reasons of so many records of a batch are kept apart; the others share the last of them. */
const MAX_REASONS = 100;

/** A load into one table that was refused. */
export interface RefusedLoad {
  readonly load: Load;
  /** Those that its rows are of, in their order. */
  readonly ranges: readonly LogRange[];
  readonly refusal: RowsRejected;
}

/** Found records of one table. */
interface Found extends TableName {
  readonly records: readonly { readonly record: SentRecord; readonly reason: string }[];
}

/**
 * `rejected` with everything that is to be left out; `tooLarge` where a smaller batch is what finds it.
 *
 * @throws SluiceError SINK_ROWS_REJECTED when the records behind the refusal cannot be told
 */
export async function rejectRows(
  connector: OpenConnector,
  input: PrepareBatchInput,
  refused: readonly RefusedLoad[],
  settled: readonly PreparedLoad[],
  lease: Lease,
): Promise<PrepareBatchOutput> {
  const found: Found[] = [];
  const smaller = async ({ ranges, refusal }: RefusedLoad): Promise<PrepareBatchOutput> => {
    const cut = halved(input.ranges);
    // What is in another table already is there for these ranges, and no others.
    const mayCut = input.mayCut && settled.length === 0 && recordsIn(cut) < recordsIn(input.ranges);
    if (mayCut) return { outcome: 'tooLarge', ranges: cut, refused: batchHash(input) };
    throw await locateRejected(refusal, connector, ranges, lease.signal);
  };
  for (const one of refused) {
    const records = await recordsBehind(connector, input, one, lease);
    if (records.length === 0) return smaller(one);
    found.push({ database: one.load.database, table: one.load.table, records });
  }
  const excluded = merged(input, found);
  const fits = input.ranges.every((range) => excludedCharacters(excluded, range) <= MAX_EXCLUDED_CHARACTERS);
  const [first] = refused;
  if (!fits && first !== undefined) return smaller(first);
  return { outcome: 'rejected', excluded, refused: batchHash(input), settled };
}

/** None where they cannot be told from the others, or where it takes too many trials. */
async function recordsBehind(
  connector: OpenConnector,
  input: PrepareBatchInput,
  { load, ranges, refusal }: RefusedLoad,
  lease: Lease,
): Promise<Found['records']> {
  const { sink } = connector;
  const records = await sentRecords(connector, input, load, ranges, lease.signal);
  const delimiter = (sink.csv?.lineDelimiter ?? sink.lineDelimiter ?? '\n').toString();
  const sent = new SentRows(records, load.body.chunks, delimiter);
  if (sent.sizeBytes !== load.body.sizeBytes) return [];
  let trials = 0;
  const tryLoad: Trial = async (body) => {
    lease.check();
    trials += 1;
    const trial = { ...load, label: trialLabel(load.label, trials), body, isTrial: true };
    try {
      const prepared = await sink.driver.prepare(trial, { mustExist: false, signal: lease.signal });
      if (prepared !== 'unknown') await sink.driver.abort(prepared, lease.signal);
      return undefined;
    } catch (error) {
      if (error instanceof RowsRejected) return error;
      throw error;
    }
  };
  const search = new RejectedSearch(
    sent,
    sink.driver.twoPhase ? tryLoad : undefined,
    input.mayCut ? undefined : Number.POSITIVE_INFINITY,
  );
  try {
    const rejected = await search.find(refusal);
    return [...rejected]
      .sort(([one], [other]) => one - other)
      .flatMap(([number, reason]) => {
        const record = sent.records[number];
        return record === undefined ? [] : [{ record, reason }];
      });
  } catch (error) {
    if (error instanceof TooManyTrials) return [];
    throw error;
  }
}

/** The records of the load in the order of their rows: the ranges are read once more. */
async function sentRecords(
  { sink, log, pipelines }: Pick<OpenConnector, 'sink' | 'log' | 'pipelines'>,
  input: PrepareBatchInput,
  { database, table }: TableName,
  ranges: readonly LogRange[],
  signal: AbortSignal,
): Promise<SentRecord[]> {
  const chunks = new ChunkPool();
  const targets = emptyRanges(ranges, chunks);
  const bad = new BadRecords(sink, chunks, input.excluded, ranges);
  const byRange: SentRecord[][] = ranges.map(() => []);
  const visitorOf =
    (write: RangeWriter): RecordTaker['visit'] =>
    (index, record, start) => {
      const target = targets[index];
      if (target === undefined) return;
      const { topic, partition } = target.range;
      write(record, target, start);
      const own = tablesIn(sink, target).find((part) => part.table.database === database && part.table.table === table);
      if (own !== undefined) {
        const { sizeBytes, rows } = own.rows;
        const offset = start + BigInt(record.offsetDelta);
        byRange[index]?.push({ topic, partition, offset, sizeBytes, rows });
      }
      releaseAll([target]);
      target.named.length = 0;
      bad.kept.release();
    };
  await pipelines.use((pipeline) => {
    const visit = visitorOf(bad.guard(writerOf(pipeline, appliedOf(input))));
    return readRecords(log, ranges, { visit }, signal);
  });
  return byRange.flat();
}

function merged(input: PrepareBatchInput, found: readonly Found[]): Excluded[] {
  const { ranges, excluded = [] } = input;
  let reasonsLeft = MAX_REASONS;
  const entries: Excluded[] = [];
  const tables = new Map(
    [...excluded, ...found].map(({ database, table }) => [JSON.stringify([database, table]), { database, table }]),
  );
  for (const { database, table } of tables.values()) {
    for (const range of ranges) {
      const isHere = (other: TableName) => other.database === database && other.table === table;
      const known = excluded.find((entry) => isHere(entry) && samePartition(entry, range));
      const before = known === undefined ? [] : excludedOffsets(known, range);
      const added = (found.find(isHere)?.records ?? []).filter(({ record }) => samePartition(record, range));
      if (before.length + added.length === 0) continue;
      const all = [
        ...before.map((offset, index) => ({ offset, reason: known?.reasons[index] })),
        ...added.map(({ record, reason }) => ({ offset: record.offset, reason })),
      ].sort((one, other) => (one.offset < other.offset ? -1 : 1));
      const reasons = all.slice(0, reasonsLeft).map(({ reason }) => reason ?? '');
      reasonsLeft -= reasons.length;
      entries.push({
        topic: range.topic,
        partition: range.partition,
        database,
        table,
        offsets: offsetsOf(
          range,
          all.map(({ offset }) => offset),
        ),
        reasons,
      });
    }
  }
  return entries;
}

function offsetsOf({ start }: Range, offsets: readonly bigint[]): string {
  return writeOffsets(BigInt(start), offsets);
}

/** Each range to its middle; of ranges that are as short as can be the first half of them. */
function halved(ranges: readonly Range[]): Range[] {
  const isShort = ranges.every(({ start, end }) => BigInt(end) - BigInt(start) <= 1n);
  if (isShort) return ranges.slice(0, Math.ceil(ranges.length / 2));
  return ranges.map((range) => {
    const records = BigInt(range.end) - BigInt(range.start);
    return { ...range, end: (BigInt(range.start) + (records + 1n) / 2n).toString() };
  });
}
