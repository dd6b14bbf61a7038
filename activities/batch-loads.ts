/** The loads that a batch can have in the database: what an attempt that is gone has left. */

import { type Pipeline, SchemaChangeNeeded } from '../connect/pipeline/index.js';
import { ChunkPool } from '../connect/rows/index.js';
import { labelOf } from '../connectors/label.js';
import type { Sink, TableName } from '../connectors/sink.js';
import type { Excluded, Identity, LoadReference, Range } from '../workflows/core/model.js';
import { byTopicAndPartition } from '../workflows/core/offsets.js';
import { isOfTheRecord } from './bad-records.js';
import type { OpenConnector } from './connector-pool.js';
import type { LogRange, LogRecord } from './ports.js';
import { type EncodedRange, emptyRanges, releaseAll } from './read-batch.js';
import { readRecords } from './read-records.js';

interface BatchOfRanges {
  readonly identity: Identity;
  readonly labelPrefix: string;
  readonly ranges: readonly Range[];
  readonly excluded?: readonly Excluded[];
}

/** The label of a batch's load into a table: it stands for the ranges without what is left out of that table. */
export function labelIn(batch: BatchOfRanges, { database, table }: TableName): string {
  return labelOf({
    prefix: batch.labelPrefix,
    database,
    table,
    ranges: [...batch.ranges].sort(byTopicAndPartition),
    identity: batch.identity,
    excluded: (batch.excluded ?? [])
      .filter((entry) => entry.database === database && entry.table === table)
      .sort(byTopicAndPartition),
  });
}

/** One for each table of the ranges' topics, and for each that their records name, under its label. */
export function possibleLoads(
  sink: Pick<Sink, 'tableOf'>,
  batch: BatchOfRanges,
  named: readonly TableName[] = [],
): LoadReference[] {
  const all = [...batch.ranges.map(({ topic }) => sink.tableOf(topic)), ...named];
  const tables = new Map(all.map((table) => [JSON.stringify(table), table]));
  return [...tables.values()].map(({ database, table }) => ({
    database,
    table,
    label: labelIn(batch, { database, table }),
    state: 'PRECOMMITTED',
    rows: 0,
    filteredRows: 0,
    sizeBytes: 0,
  }));
}

/**
 * The tables that rows of the ranges go to besides those of their topics: they are read once more, where records name
 * tables or transforms may change topics.
 */
export async function namedTables(
  { sink, log, pipelines }: Pick<OpenConnector, 'sink' | 'log' | 'pipelines'>,
  ranges: readonly Range[],
  signal: AbortSignal,
): Promise<TableName[]> {
  if (sink.tableField === undefined && !sink.config.records.changesTopics) return [];
  const tables = new Map<string, TableName>();
  const wanted = ranges.map((range) => logRange(range));
  const scratch = emptyRanges(wanted, new ChunkPool());
  await pipelines.use((pipeline) =>
    readRecords(
      log,
      wanted,
      {
        visit: (index, record, start) => {
          const target = scratch[index];
          if (target === undefined) return;
          for (const table of tablesOf(pipeline, record, target, start)) tables.set(JSON.stringify(table), table);
          // Nothing is kept of the rows but the names of their tables.
          releaseAll([target]);
          target.named.length = 0;
        },
      },
      signal,
    ),
  );
  return [...tables.values()];
}

/** A record that is bad has no rows; one whose table is to be changed first names it. */
function tablesOf(pipeline: Pipeline, record: LogRecord, target: EncodedRange, start: bigint): readonly TableName[] {
  try {
    pipeline.write(record, target, start);
    return target.named.map(({ table }) => table);
  } catch (error) {
    if (error instanceof SchemaChangeNeeded) return error.changes.map(({ database, table }) => ({ database, table }));
    if (isOfTheRecord(error)) return [];
    throw error;
  }
}

/** Aborts whatever of the loads can be. Those that are committed cannot be taken back. */
export async function abortLoads(
  { driver }: Pick<Sink, 'driver'>,
  loads: readonly LoadReference[],
  signal: AbortSignal,
): Promise<{ committed: LoadReference[]; unknown: LoadReference[] }> {
  const committed: LoadReference[] = [];
  const unknown: LoadReference[] = [];
  for (const load of loads) {
    const result = await driver.abort(load, signal);
    if (result === 'committed') committed.push({ ...load, state: 'COMMITTED' });
    if (result === 'unknown') unknown.push(load);
  }
  return { committed, unknown };
}

/** A range of the workflow as the log reads it. */
export function logRange(
  { topic, partition, start, end }: Range,
  topicIds: Readonly<Record<string, string>> = {},
): LogRange {
  const topicId = topicIds[topic];
  return { topic, partition, start: BigInt(start), end: BigInt(end), ...(topicId === undefined ? {} : { topicId }) };
}
