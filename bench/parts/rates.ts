/**
 * Rows per second over full topics, in rounds: every round measures each thing once, so that what else the machine does
 * meets all of them alike, and a rate is compared with the raw limit of its own minute.
 */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { type Run, runConnector } from '../connector.js';
import { type MeasureName, measureOf } from '../measures.js';
import { type KindName, WITH_GZIP, WITH_TRANSFORMS } from '../records/index.js';
import type { Samples } from '../results.js';
import type { FullTopic } from '../topic.js';
import type { MeasuredWorker } from '../worker.js';
import type { World } from '../world.js';
import { measureKafkajs } from './kafkajs.js';
import { bestRawBatch, measureRaw } from './raw.js';

/** What a connector is measured with. */
interface Workload {
  readonly kind: KindName;
  readonly settings: ConnectorConfig;
}

export const WORKLOADS = {
  passthrough: { kind: 'plain', settings: {} },
  passthrough_gzip: { kind: 'plain', settings: WITH_GZIP },
  json_schema: { kind: 'json_schema', settings: {} },
  debezium: { kind: 'debezium', settings: {} },
  avro: { kind: 'avro', settings: {} },
  protobuf: { kind: 'protobuf', settings: {} },
  transforms: { kind: 'plain', settings: WITH_TRANSFORMS },
} as const satisfies Partial<Record<MeasureName, Workload>>;

export type WorkloadName = keyof typeof WORKLOADS;

export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as readonly WorkloadName[];

/** Where rows per second of processor time are told too. */
const PER_CORE: Partial<Record<WorkloadName, MeasureName>> = {
  passthrough: 'passthrough_per_core',
  json_schema: 'json_schema_per_core',
  debezium: 'debezium_per_core',
  avro: 'avro_per_core',
  protobuf: 'protobuf_per_core',
  transforms: 'transforms_per_core',
};

export type RateTopics = Readonly<Record<KindName, FullTopic>>;

export interface MeasuredRun extends Run {
  /** Processor time that the worker took for it. */
  readonly cpuSeconds: number;
}

export interface RateOptions {
  /** The one that runs. */
  readonly worker: MeasuredWorker;
  readonly topics: RateTopics;
  readonly rounds: number;
  /** Told of a workload that fails; the others go on without it. */
  onFailure(name: WorkloadName, error: unknown): void;
}

/** The first round warms broker, sink and worker up and does not count. */
export async function measureRates(world: World, options: RateOptions): Promise<Samples> {
  const { worker, topics, rounds, onFailure } = options;
  const rawBatch = await bestRawBatch(world, topics.plain);
  const baselines = {
    raw: () => measureRaw(world, topics.plain, rawBatch),
    kafkajs_loop: () => measureKafkajs(world, topics.plain),
  };
  const rates: Partial<Record<MeasureName, number[]>> = {};
  const passthroughs: Run[] = [];
  const take = (round: number, name: MeasureName, rate: number) => {
    const { unit } = measureOf(name);
    world.progress.report(`  ${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${Math.round(rate)} ${unit}`);
    if (round > 0) rates[name] = [...(rates[name] ?? []), rate];
  };
  const failed = new Set<WorkloadName>();
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['raw', 'kafkajs_loop'] as const) take(round, name, await baselines[name]());
    for (const name of WORKLOAD_NAMES) {
      if (failed.has(name)) continue;
      const { kind, settings } = WORKLOADS[name];
      try {
        const run = await measureRun(world, worker, topics[kind], settings);
        take(round, name, rowsPerSecond(run));
        const perCore = PER_CORE[name];
        if (perCore !== undefined) take(round, perCore, run.rows / run.cpuSeconds);
        if (round > 0 && name === 'passthrough') passthroughs.push(run);
      } catch (error) {
        world.signal.throwIfAborted();
        failed.add(name);
        onFailure(name, error);
      }
    }
  }
  return { ...rates, ...historySamples(passthroughs) };
}

/** A connector over a full topic, and what it takes of the worker's processor time. */
export async function measureRun(
  world: World,
  worker: MeasuredWorker,
  topic: FullTopic,
  settings: ConnectorConfig,
): Promise<MeasuredRun> {
  const before = worker.usage();
  const run = await runConnector(world, topic, settings);
  return { ...run, cpuSeconds: (worker.usage().cpuMs - before.cpuMs) / 1_000 };
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
