/**
 * Prepares a batch: reads exactly its ranges, converts, routes to tables, and sends one load per table under the label
 * that the ranges determine. Rows stay here; references go back.
 */
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../connect/clock.js';
import { SluiceError } from '../connect/errors.js';
import type { Wave } from '../connect/pipeline/index.js';
import { waveLabel } from '../connectors/label.js';
import { RowsRejected } from '../connectors/rows-rejected.js';
import type { Sink, TableName } from '../connectors/sink.js';
import type { Load, LoadBody, PreparedLoad, PrepareOptions } from '../connectors/sink-driver.js';
import type { PrepareBatchInput, PrepareBatchOutput } from '../workflows/core/activities.js';
import { doubtMessage } from '../workflows/core/doubt.js';
import type { Range } from '../workflows/core/model.js';
import { byTopicAndPartition, recordsIn } from '../workflows/core/offsets.js';
import { BadRecords } from './bad-records.js';
import { abortLoads, labelIn, logRange, namedTables, possibleLoads } from './batch-loads.js';
import type { OpenConnector } from './connector-pool.js';
import type { DeadLetter } from './dead-letters.js';
import type { ActivityDeps } from './deps.js';
import { checkFence } from './fence.js';
import { intentOffsets } from './group-record.js';
import type { Lease } from './lease.js';
import { ChunkShare, type Share, shareOf } from './memory-share.js';
import { produceDeadLetters } from './produce-dead-letters.js';
import { type EncodedBatch, type EncodedRange, emptyRanges, readBatch, releaseAll } from './read-batch.js';
import { type RefusedLoad, rejectRows } from './reject-rows.js';
import { locateRejected } from './rejected-rows.js';
import { appliedOf, changesFirst } from './table-changes.js';
import { sizeOf, tablesIn } from './table-rows.js';

/** Until a batch has been measured, a record is taken to be this large. */
const ASSUMED_BYTES_PER_RECORD = 1_024;
/** And a batch at least as large as what a broker gives of every partition: one whole record batch. */
const LEAST_ASSUMED_BYTES = 1 << 20;

/** The rows of one range for one table. */
type TablePart = Pick<EncodedRange, 'range' | 'rows' | 'recordsRead'>;

/** What is loaded into a table at once. */
interface TableLoad {
  readonly table: TableName;
  readonly parts: TablePart[];
  /** Where the table has several, one after the other. */
  readonly wave?: Wave;
}

type Prepared = Extract<PrepareBatchOutput, { outcome: 'prepared' }>;

/** What a batch is prepared with. */
interface Work extends OpenConnector {
  readonly logger: Logger;
  readonly clock: Clock;
}

export async function prepareBatch(
  deps: Pick<ActivityDeps, 'connectors' | 'memory' | 'chunks' | 'logger' | 'clock'>,
  input: PrepareBatchInput,
  lease: Lease,
): Promise<PrepareBatchOutput> {
  return deps.connectors.use(input.connector, async (open) => {
    for (const table of input.changed ?? []) open.sink.tables.forget(table);
    const connector = { ...open, clock: deps.clock ?? systemClock, logger: deps.logger };
    const output = await prepareRanges(deps, connector, input, lease);
    if (output.outcome !== 'tooLarge' || input.tried !== true) return output;
    // With other ranges come other labels: what an earlier attempt has loaded under these must not be there.
    const named = await namedTables(connector, input.ranges, lease.signal);
    const { committed } = await abortLoads(connector.sink, possibleLoads(connector.sink, input, named), lease.signal);
    return committed.length === 0 ? output : prepareRanges(deps, connector, { ...input, mayCut: false }, lease);
  });
}

async function prepareRanges(
  deps: Pick<ActivityDeps, 'memory' | 'chunks'>,
  connector: Work,
  input: PrepareBatchInput,
  lease: Lease,
): Promise<PrepareBatchOutput> {
  const { memory, chunks } = deps;
  const limits = { budgetBytes: memory.limitBytes, pooledBytes: chunks.chunkSizeBytes };
  let sizeBytes = expectedBytes(connector, input);
  let isBounded = true;
  for (;;) {
    const share = shareOf(sizeBytes, input.ranges.length, limits);
    // What cannot be cut, and has the whole budget to itself, goes beyond it.
    if (share.isWhole && !input.mayCut) isBounded = false;
    const rowBytes = isBounded ? share.rowBytes : Number.POSITIVE_INFINITY;
    const own = new ChunkShare(chunks, share.chunkSizeBytes, rowBytes);
    const output = await memory.within(share.totalBytes, lease.signal, () =>
      readAndLoad(own, connector, input, share, lease),
    );
    if (output.outcome !== 'moreMemory') return output;
    // Its share was given back: no two batches hold what the other one waits for.
    sizeBytes = Math.max(2 * sizeBytes, output.neededBytes);
    if (share.isWhole) isBounded = false;
  }
}

function expectedBytes({ sink }: OpenConnector, { ranges, bytesPerRecord, mayCut }: PrepareBatchInput): number {
  const records = Number(recordsIn(ranges));
  const expected =
    bytesPerRecord === undefined
      ? Math.max(records * ASSUMED_BYTES_PER_RECORD, LEAST_ASSUMED_BYTES)
      : records * bytesPerRecord;
  return mayCut ? Math.min(expected, sink.config.batch.maxBytes) : expected;
}

/** `moreMemory` when the rows do not fit into the share and a larger one can be had. */
async function readAndLoad(
  chunks: ChunkShare,
  connector: Work,
  input: PrepareBatchInput,
  { isWhole }: Share,
  lease: Lease,
): Promise<PrepareBatchOutput | { readonly outcome: 'moreMemory'; readonly neededBytes: number }> {
  const ranges = [...input.ranges].sort(byTopicAndPartition);
  const logRanges = ranges.map((range) => logRange(range, input.topicIds));
  const encoded = emptyRanges(logRanges, chunks);
  const bad = new BadRecords(connector.sink, chunks, input.excluded, logRanges);
  try {
    const limitBytes = input.mayCut ? connector.sink.config.batch.maxBytes : Number.POSITIVE_INFINITY;
    const { log, pipelines } = connector;
    const limits = { limitBytes, applied: appliedOf(input) };
    const batch = await pipelines.use((pipeline) => readBatch({ pipeline, log }, encoded, limits, lease.signal, bad));
    if (batch.cut === undefined) {
      const output = await loadTables(connector, input, ranges, batch, lease);
      if (output.outcome !== 'prepared') return output;
      return await withDeadLetters(connector, input, output, bad.kept.letters, lease);
    }
    if (batch.changes !== undefined) {
      for (const change of batch.changes) connector.sink.tables.forget(change);
      return changesFirst(input, batch.changes, cutRanges(batch.cut));
    }
    const mustBeCut = batch.isShareUsedUp !== true || (isWhole && batch.recordsRead > 0);
    if (mustBeCut) return { outcome: 'tooLarge', ranges: cutRanges(batch.cut) };
    return { outcome: 'moreMemory', neededBytes: neededBytes(input.ranges, batch, bad) };
  } finally {
    releaseAll(encoded);
    bad.kept.release();
  }
}

/** Of all records, by those that were read. */
function neededBytes(
  ranges: readonly Range[],
  { ranges: encoded, recordsRead }: EncodedBatch,
  { sizeBytes }: BadRecords,
): number {
  const readBytes = encoded.reduce((sum, part) => sum + sizeOf(part), sizeBytes);
  return recordsRead === 0 ? 0 : (readBytes / recordsRead) * Number(recordsIn(ranges));
}

/** Dead letters are in their queue before anything is committed. */
async function withDeadLetters(
  connector: Work,
  input: PrepareBatchInput,
  output: Prepared,
  letters: readonly DeadLetter[],
  lease: Lease,
): Promise<Prepared> {
  const bad = await produceDeadLetters(connector, input, letters, lease, connector.logger);
  return bad === undefined ? output : { ...output, bad };
}

/** One load per table, each under its label; tables that an earlier commit has settled are left alone. */
async function loadTables(
  connector: Work,
  input: PrepareBatchInput,
  ranges: readonly Range[],
  batch: EncodedBatch,
  lease: Lease,
): Promise<PrepareBatchOutput> {
  const { sink, log, group, clock } = connector;
  const loads: PreparedLoad[] = [];
  const unknown: Load[] = [];
  const refused: RefusedLoad[] = [];
  const intent = { ...input, ranges };
  const { twoPhase } = sink.driver;
  const tableLoads = inOrder(byTable(sink, batch.ranges));
  const readsTable = tableLoads.some(({ wave, isFollowed }) => isFollowed || wave !== undefined);
  if (readsTable && input.isHead !== true) return { outcome: 'mustBeFirst' };
  const mustAsk = !twoPhase || input.unproven === true;
  const told = mustAsk ? await checkFence({ log, group, clock }, intent, lease.signal) : 'open';
  const isDone = told === 'done';
  // Without a second phase to commit, the load itself is what must be written down before it happens.
  const hasFinal = !twoPhase || tableLoads.some(({ isFollowed }) => isFollowed);
  if (hasFinal && !isDone) {
    lease.check();
    await log.commitGroupOffsets(group, intentOffsets(intent), lease.signal);
  }
  // What an earlier life has begun to commit is in the database where its label was forgotten, or may be.
  const mustExist = input.recovered === true || (twoPhase && told === 'begun');
  const isFirst = lease.isFirstAttempt && input.tried !== true;
  for (const { table, parts, wave, isFollowed } of tableLoads) {
    const label = waveLabel(labelIn({ ...input, ranges }, table), wave);
    const isWave = wave !== undefined || isFollowed;
    if (input.settled?.some((load) => (isWave ? load.label === label : sameTable(load, table)))) continue;
    const load: Load = { ...table, label, body: bodyOf(parts), ...waveOptions(wave, isFollowed) };
    lease.check();
    // Waves are of tables with a unique key: one that may be there already can be loaded again, for all after it are.
    const options = { parts, mustExist: mustExist && !isWave, isFirst, signal: lease.signal };
    const prepared = isDone ? unanswered(load, 'COMMITTED') : await prepareOne(connector, load, options);
    if (prepared === 'unknown') unknown.push(load);
    else if (prepared instanceof RowsRejected) {
      const refusedRanges = parts.map(({ range }) => range);
      // Which rows of a wave are left out would change the waves after it.
      if (isWave) throw await locateRejected(prepared, connector, refusedRanges, lease.signal);
      refused.push({ load, ranges: refusedRanges, refusal: prepared });
    } else loads.push(prepared);
  }
  const [first] = unknown;
  if (first !== undefined) return inDoubt(first, unknown, loads);
  if (refused.length > 0) {
    const settled = loads.filter(({ state }) => state === 'COMMITTED');
    return rejectRows(connector, input, refused, settled, lease);
  }
  return { outcome: 'prepared', loads, recordsRead: batch.recordsRead };
}

async function prepareOne(
  connector: Pick<OpenConnector, 'sink' | 'log' | 'pipelines'>,
  load: Load,
  { parts, ...options }: PrepareOptions & { parts: readonly TablePart[] },
): Promise<PreparedLoad | 'unknown' | RowsRejected> {
  try {
    return await connector.sink.driver.prepare(load, options);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    if (error.code === 'SINK_BODY_TOO_LARGE') throw tooLargeAt(error, parts);
    if (error.code === 'SINK_TABLE_UNKNOWN') throw tableGone(connector.sink, load, error);
    if (error.code !== 'SINK_ROWS_REJECTED') throw error;
    if (error instanceof RowsRejected && connector.sink.config.errorsTolerance === 'all') return error;
    throw await locateRejected(
      error,
      connector,
      parts.map(({ range }) => range),
      options.signal,
    );
  }
}

/** The table was there when its rows were made: the next attempt looks, and has it made where that is wanted. */
function tableGone(sink: Sink, load: Load, error: SluiceError): SluiceError {
  sink.tables.forget(load);
  if (!sink.tables.areCreated) return error;
  const { code, message, context } = error;
  return new SluiceError(code, message, { context, cause: error, retryable: true, hint: 'It is created again.' });
}

/** A load that the database takes for too large: where it begins. One record alone cannot be made smaller. */
function tooLargeAt(refusal: SluiceError, parts: readonly TablePart[]): SluiceError {
  const [first] = parts;
  if (first === undefined) return refusal;
  const { topic, partition, start } = first.range;
  const isOne = parts.length === 1 && first.recordsRead === 1;
  const hint =
    'Raise the limit that the message names, or move the offset past this record, then restart the connector.';
  return new SluiceError(refusal.code, refusal.message, {
    cause: refusal,
    context: { topic, partition, offset: start.toString(), ...refusal.context },
    ...(isOne ? { hint } : refusal.hint === undefined ? {} : { hint: refusal.hint }),
  });
}

/** The rows of each table in the order of the ranges; a table without rows has no load. */
function byTable(sink: Sink, encoded: readonly EncodedRange[]): TableLoad[] {
  const loads = new Map<string, TableLoad>();
  for (const part of encoded) {
    for (const { table, rows, wave } of tablesIn(sink, part)) {
      const name = JSON.stringify([table.database, table.table, wave]);
      const known = loads.get(name) ?? { table, parts: [], ...(wave === undefined ? {} : { wave }) };
      known.parts.push({ range: part.range, recordsRead: part.recordsRead, rows });
      loads.set(name, known);
    }
  }
  return [...loads.values()];
}

/** Table by table, the waves of each in their order; `isFollowed` where another one of the table comes after. */
function inOrder(loads: readonly TableLoad[]): (TableLoad & { readonly isFollowed: boolean })[] {
  const names = [...new Set(loads.map(({ table }) => JSON.stringify(table)))];
  return names.flatMap((name) => {
    const ofTable = loads
      .filter(({ table }) => JSON.stringify(table) === name)
      .sort((one, other) => (one.wave?.index ?? 0) - (other.wave?.index ?? 0));
    return ofTable.map((load, index) => ({ ...load, isFollowed: index < ofTable.length - 1 }));
  });
}

/** A wave that another one follows is committed at once: that one reads it. */
function waveOptions(wave: Wave | undefined, isFollowed: boolean): Pick<Load, 'columns' | 'isFinal'> {
  return {
    ...(wave?.columns === undefined ? {} : { columns: wave.columns }),
    ...(isFollowed ? { isFinal: true } : {}),
  };
}

function bodyOf(parts: readonly TablePart[]): LoadBody {
  return {
    chunks: parts.flatMap(({ rows }) => rows.chunks()),
    sizeBytes: parts.reduce((sum, { rows }) => sum + rows.sizeBytes, 0),
    rows: parts.reduce((sum, { rows }) => sum + rows.rows, 0),
  };
}

/** The database has forgotten labels: whether the rows are there is not to be known from it. */
function inDoubt(first: Load, unknown: readonly Load[], loads: readonly PreparedLoad[]): PrepareBatchOutput {
  const doubtful = unknown.map((load) => unanswered(load, 'PRECOMMITTED'));
  const settled = loads.filter((load) => load.state === 'COMMITTED');
  return { outcome: 'inDoubt', loads: [...settled, ...doubtful], message: doubtMessage(first) };
}

/** A load of which the database itself says nothing. */
function unanswered({ database, table, label, body }: Load, state: PreparedLoad['state']): PreparedLoad {
  return { database, table, label, state, rows: body.rows, filteredRows: 0, sizeBytes: body.sizeBytes };
}

function sameTable(load: { database: string; table: string }, { database, table }: TableName): boolean {
  return load.database === database && load.table === table;
}

function cutRanges(cut: NonNullable<EncodedBatch['cut']>): Range[] {
  return cut
    .filter(({ range, end }) => end > range.start)
    .map(({ range, end }) => ({
      topic: range.topic,
      partition: range.partition,
      start: range.start.toString(),
      end: end.toString(),
    }));
}
