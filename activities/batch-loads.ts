/** The loads that a batch can have in the database, told from its ranges alone: what an attempt that is gone has left. */
import { labelOf } from '../connectors/label.js';
import type { Sink } from '../connectors/sink.js';
import type { Identity, LoadReference, Range } from '../workflows/core/model.js';
import { byTopicAndPartition } from '../workflows/core/offsets.js';

interface BatchOfRanges {
  readonly identity: Identity;
  readonly labelPrefix: string;
  readonly ranges: readonly Range[];
}

/** One for each table of the ranges' topics, under its label. */
export function possibleLoads(sink: Pick<Sink, 'tableOf'>, batch: BatchOfRanges): LoadReference[] {
  const ranges = [...batch.ranges].sort(byTopicAndPartition);
  const tables = new Map(ranges.map(({ topic }) => [JSON.stringify(sink.tableOf(topic)), sink.tableOf(topic)]));
  return [...tables.values()].map(({ database, table }) => ({
    database,
    table,
    label: labelOf({ prefix: batch.labelPrefix, database, table, ranges, identity: batch.identity }),
    state: 'PRECOMMITTED',
    rows: 0,
    filteredRows: 0,
    sizeBytes: 0,
  }));
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
