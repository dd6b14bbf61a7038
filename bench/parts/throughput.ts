/** Rows per second of a connector over a full topic, and what the run leaves in workflow history. */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { type Run, runConnector } from '../connector.js';
import type { Samples } from '../results.js';
import type { World } from '../world.js';
import type { FullTopic } from './raw.js';

/** One run to warm the worker up, then as many as are counted. */
export async function measureRuns(
  world: World,
  topic: FullTopic,
  settings: ConnectorConfig,
  count: number,
): Promise<Run[]> {
  await runConnector(world, topic, settings);
  const runs: Run[] = [];
  for (let index = 0; index < count; index++) runs.push(await runConnector(world, topic, settings));
  return runs;
}

export function rowsPerSecond({ rows, seconds }: Run): number {
  return rows / seconds;
}

/** What a run costs in workflow history. */
export function historySamples(runs: readonly Run[]): Samples {
  return {
    events_per_batch: runs.map(({ events, batches }) => events / batches.length),
    events_per_million_rows: runs.map(({ events, rows }) => (events / rows) * 1e6),
    history_bytes_per_batch: runs.map(({ sizeBytes, batches }) => sizeBytes / batches.length),
  };
}
