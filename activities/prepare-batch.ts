/**
 * Prepares a batch: reads exactly its ranges, converts, routes to tables, and sends one load per table under the label
 * that the ranges determine. Rows stay here; references go back.
 */
import { SluiceError } from '../connect/errors.js';
import { labelOf } from '../connectors/label.js';
import type { Sink, TableName } from '../connectors/sink.js';
import type { Load, LoadBody, PreparedLoad } from '../connectors/sink-driver.js';
import type { PrepareBatchInput, PrepareBatchOutput } from '../workflows/core/activities.js';
import { doubtMessage } from '../workflows/core/doubt.js';
import type { Range } from '../workflows/core/model.js';
import { byTopicAndPartition, recordsIn } from '../workflows/core/offsets.js';
import { abortLoads, possibleLoads } from './batch-loads.js';
import type { OpenConnector } from './connector-pool.js';
import type { ActivityDeps } from './deps.js';
import { intentOffsets } from './group-record.js';
import type { Lease } from './lease.js';
import type { LogRange } from './ports.js';
import { type EncodedBatch, type EncodedRange, emptyRanges, readBatch, releaseAll } from './read-batch.js';
import { locateRejected } from './rejected-rows.js';

/** Until a batch has been measured, a record is taken to be this large. */
const ASSUMED_BYTES_PER_RECORD = 1_024;

export async function prepareBatch(
  deps: Pick<ActivityDeps, 'connectors' | 'memory' | 'chunks' | 'logger'>,
  input: PrepareBatchInput,
  lease: Lease,
): Promise<PrepareBatchOutput> {
  return deps.connectors.use(input.connector, async (connector) => {
    const output = await prepareRanges(deps, connector, input, lease);
    if (output.outcome !== 'tooLarge' || input.tried !== true) return output;
    // With other ranges come other labels: what an earlier attempt has loaded under these must not be there.
    const { committed } = await abortLoads(connector.sink, possibleLoads(connector.sink, input), lease.signal);
    return committed.length === 0 ? output : prepareRanges(deps, connector, { ...input, mayCut: false }, lease);
  });
}

async function prepareRanges(
  deps: Pick<ActivityDeps, 'memory' | 'chunks'>,
  connector: OpenConnector,
  input: PrepareBatchInput,
  lease: Lease,
): Promise<PrepareBatchOutput> {
  const limitBytes = connector.sink.config.batch.maxBytes;
  const expected = Number(recordsIn(input.ranges)) * (input.bytesPerRecord ?? ASSUMED_BYTES_PER_RECORD);
  return deps.memory.within(Math.min(expected, limitBytes), lease.signal, async () => {
    const ranges = [...input.ranges].sort(byTopicAndPartition);
    const encoded = emptyRanges(
      ranges.map((range) => logRange(range, input.topicIds)),
      deps.chunks,
    );
    try {
      const limit = input.mayCut ? limitBytes : Number.POSITIVE_INFINITY;
      const batch = await readBatch(connector, encoded, limit, lease.signal);
      if (batch.cut !== undefined) return { outcome: 'tooLarge', ranges: cutRanges(batch.cut) };
      return await loadTables(connector, input, ranges, batch, lease);
    } finally {
      releaseAll(encoded);
    }
  });
}

/** One load per table, each under its label; tables that an earlier commit has settled are left alone. */
async function loadTables(
  { sink, log, group }: OpenConnector,
  input: PrepareBatchInput,
  ranges: readonly Range[],
  batch: EncodedBatch,
  lease: Lease,
): Promise<PrepareBatchOutput> {
  const loads: PreparedLoad[] = [];
  const unknown: Load[] = [];
  // Without a second phase to commit, the load itself is what must be written down before it happens.
  if (!sink.driver.twoPhase) {
    lease.check();
    await log.commitGroupOffsets(group, intentOffsets({ ...input, ranges }), lease.signal);
  }
  for (const [table, parts] of byTable(sink, batch.ranges)) {
    const label = labelOf({ prefix: input.labelPrefix, ...table, ranges, identity: input.identity });
    if (input.settled?.some((load) => sameTable(load, table))) continue;
    const load: Load = { ...table, label, body: bodyOf(parts) };
    lease.check();
    const prepared = await prepareOne(sink, load, input, { log, parts, signal: lease.signal });
    if (prepared === 'unknown') unknown.push(load);
    else loads.push(prepared);
  }
  const [first] = unknown;
  if (first !== undefined) return inDoubt(first, unknown, loads);
  return { outcome: 'prepared', loads, recordsRead: batch.recordsRead };
}

async function prepareOne(
  sink: Sink,
  load: Load,
  { recovered }: PrepareBatchInput,
  { log, parts, signal }: { log: OpenConnector['log']; parts: readonly EncodedRange[]; signal: AbortSignal },
): Promise<PreparedLoad | 'unknown'> {
  try {
    return await sink.driver.prepare(load, { mustExist: recovered === true, signal });
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'SINK_ROWS_REJECTED') throw error;
    throw await locateRejected(
      error,
      { sink, log },
      parts.map(({ range }) => range),
      signal,
    );
  }
}

/** The rows of each table in the order of the ranges; a table without rows has no load. */
function byTable(sink: Sink, encoded: readonly EncodedRange[]): [TableName, EncodedRange[]][] {
  const tables = new Map<string, [TableName, EncodedRange[]]>();
  for (const part of encoded) {
    if (part.rows.rows === 0) continue;
    const table = sink.tableOf(part.range.topic);
    const name = JSON.stringify([table.database, table.table]);
    const known = tables.get(name);
    if (known === undefined) tables.set(name, [table, [part]]);
    else known[1].push(part);
  }
  return [...tables.values()];
}

function bodyOf(parts: readonly EncodedRange[]): LoadBody {
  return {
    chunks: parts.flatMap(({ rows }) => rows.chunks()),
    sizeBytes: parts.reduce((sum, { rows }) => sum + rows.sizeBytes, 0),
    rows: parts.reduce((sum, { rows }) => sum + rows.rows, 0),
  };
}

/** The database has forgotten labels: whether the rows are there is not to be known from it. */
function inDoubt(first: Load, unknown: readonly Load[], loads: readonly PreparedLoad[]): PrepareBatchOutput {
  const doubtful = unknown.map(
    ({ database, table, label, body }): PreparedLoad => ({
      database,
      table,
      label,
      state: 'PRECOMMITTED',
      rows: body.rows,
      filteredRows: 0,
      sizeBytes: body.sizeBytes,
    }),
  );
  const settled = loads.filter((load) => load.state === 'COMMITTED');
  return { outcome: 'inDoubt', loads: [...settled, ...doubtful], message: doubtMessage(first) };
}

function sameTable(load: { database: string; table: string }, { database, table }: TableName): boolean {
  return load.database === database && load.table === table;
}

function logRange({ topic, partition, start, end }: Range, topicIds: Readonly<Record<string, string>>): LogRange {
  const topicId = topicIds[topic];
  return { topic, partition, start: BigInt(start), end: BigInt(end), ...(topicId === undefined ? {} : { topicId }) };
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
