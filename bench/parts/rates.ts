/**
 * Rows per second over full topics, in rounds: every round measures each thing once, so that what else the machine does
 * meets all of them alike, and a rate is compared with the raw limit of its own minute.
 */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { type Run, runConnector, WITH_GZIP, WITH_SCHEMA } from '../connector.js';
import type { MeasureName } from '../measures.js';
import type { Samples } from '../results.js';
import type { World } from '../world.js';
import { measureKafkajs } from './kafkajs.js';
import { bestRawBatch, type FullTopic, measureRaw } from './raw.js';

export interface RateTopics {
  readonly plain: FullTopic;
  readonly withSchema: FullTopic;
}

type RateName = Extract<MeasureName, 'raw' | 'kafkajs_loop' | 'passthrough' | 'passthrough_gzip' | 'json_schema'>;

/** The first round warms broker, sink and worker up and does not count. A worker is to be running. */
export async function measureRates(world: World, { plain, withSchema }: RateTopics, rounds: number): Promise<Samples> {
  const rawBatch = await bestRawBatch(world, plain);
  const passthroughRuns: Run[] = [];
  const connector = async (topic: FullTopic, settings: ConnectorConfig) =>
    rowsPerSecond(await runConnector(world, topic, settings));
  const rates: Record<RateName, () => Promise<number>> = {
    raw: () => measureRaw(world, plain, rawBatch),
    kafkajs_loop: () => measureKafkajs(world, plain),
    passthrough: async () => {
      const run = await runConnector(world, plain, {});
      passthroughRuns.push(run);
      return rowsPerSecond(run);
    },
    passthrough_gzip: () => connector(plain, WITH_GZIP),
    json_schema: () => connector(withSchema, WITH_SCHEMA),
  };
  const samples: Record<RateName, number[]> = {
    raw: [],
    kafkajs_loop: [],
    passthrough: [],
    passthrough_gzip: [],
    json_schema: [],
  };
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(rates) as RateName[]) {
      const rate = await rates[name]();
      world.progress.report(`  ${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${Math.round(rate)} rows/s`);
      if (round > 0) samples[name].push(rate);
    }
  }
  return { ...samples, ...historySamples(passthroughRuns.slice(1)) };
}

export function rowsPerSecond({ rows, seconds }: Run): number {
  return rows / seconds;
}

/** What a run costs in workflow history. */
function historySamples(runs: readonly Run[]): Samples {
  return {
    events_per_batch: runs.map(({ events, batches }) => events / batches.length),
    events_per_million_rows: runs.map(({ events, rows }) => (events / rows) * 1e6),
    history_bytes_per_batch: runs.map(({ sizeBytes, batches }) => sizeBytes / batches.length),
  };
}
