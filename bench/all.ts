/** Everything that is measured, one after the other in one sandbox: Sluice and the baselines on the same topics. */
import { randomUUID } from 'node:crypto';
import type { ConnectorConfig } from '../workflows/core/model.js';
import { WITH_GZIP, WITH_SCHEMA } from './connector.js';
import { type Machine, type Versions, versions } from './machine.js';
import { measureKafkajs } from './parts/kafkajs.js';
import { measureLatency } from './parts/latency.js';
import { LARGE_BATCHES, measureMemory, SMALL_BATCHES } from './parts/memory.js';
import { type FullTopic, measureRaw, RAW_BATCHES } from './parts/raw.js';
import { measureStart } from './parts/start.js';
import { historySamples, measureRuns, rowsPerSecond } from './parts/throughput.js';
import { measureTrickle } from './parts/trickle.js';
import { type Results, resultsOf, type Samples } from './results.js';
import { orderWithSchema, plainRow } from './rows.js';
import type { Sizes } from './sizes.js';
import { median } from './statistics.js';
import { fillTopic } from './topic.js';
import type { MeasuredWorker } from './worker.js';
import { type World, withWorker } from './world.js';

/** A part of the run: what it measures, and the samples that come of it. */
interface Part {
  readonly title: string;
  measure(): Promise<Samples>;
}

/** Measures everything. `machine` was looked at before anything was started. */
export async function measureAll(world: World, sizes: Sizes, machine: Machine): Promise<Results> {
  const plain = await fullTopic(world, sizes, plainRow);
  const samples: Samples = {};
  const measure = async (parts: readonly Part[]) => {
    for (const part of parts) Object.assign(samples, await reported(world, part));
  };
  await measure(baselines(world, plain, sizes));
  await withWorker(world, async (worker) => measure([...rates(world, plain, sizes), ...steady(world, worker, sizes)]));
  await measure(freshWorkers(world, plain, sizes));
  return {
    takenAt: new Date().toISOString(),
    machine,
    versions: await versionsOf(world),
    rows: sizes.rows,
    results: resultsOf(samples),
  };
}

async function versionsOf(world: World): Promise<Versions> {
  const { client } = await world.session();
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return versions({ temporalServer: serverVersion ?? 'unknown', ownBroker: world.ownBroker });
}

export async function fullTopic(
  world: World,
  { rows, partitions }: Sizes,
  row: (index: number) => string,
): Promise<FullTopic> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  world.progress.report(`Producing ${rows} rows to ${topic}`);
  await fillTopic(world.kafka, { topic, partitions, rows, row });
  return { topic, partitions, rows };
}

async function reported({ progress }: World, { title, measure }: Part): Promise<Samples> {
  progress.report(title);
  const samples = await measure();
  for (const { name, value, unit } of resultsOf(samples)) progress.report(`  ${name} ${value} ${unit}`);
  return samples;
}

function baselines(world: World, topic: FullTopic, { samples }: Sizes): Part[] {
  return [
    { title: 'The raw limit', measure: async () => ({ raw: await bestRaw(world, topic, samples) }) },
    {
      title: 'A kafkajs loop',
      measure: async () => {
        await measureKafkajs(world, topic);
        return { kafkajs_loop: await repeated(samples, () => measureKafkajs(world, topic)) };
      },
    },
  ];
}

/** The samples of the batch size with the highest median. */
export async function bestRaw(world: World, topic: FullTopic, samples: number): Promise<readonly number[]> {
  let best: readonly number[] = [];
  for (const batch of RAW_BATCHES) {
    await measureRaw(world, topic, batch);
    const taken = await repeated(samples, () => measureRaw(world, topic, batch));
    world.progress.report(`  ${batch} rows per load: ${Math.round(median(taken))} rows/s`);
    if (best.length === 0 || median(taken) > median(best)) best = taken;
  }
  return best;
}

function rates(world: World, plain: FullTopic, sizes: Sizes): Part[] {
  const rate = async (topic: FullTopic, settings: ConnectorConfig) =>
    measureRuns(world, topic, settings, sizes.samples);
  return [
    {
      title: 'Pass-through',
      measure: async () => {
        const runs = await rate(plain, {});
        return { passthrough: runs.map(rowsPerSecond), ...historySamples(runs) };
      },
    },
    {
      title: 'Pass-through, compressed',
      measure: async () => ({ passthrough_gzip: (await rate(plain, WITH_GZIP)).map(rowsPerSecond) }),
    },
    {
      title: 'JSON with schema',
      measure: async () => {
        const topic = await fullTopic(world, { ...sizes, rows: sizes.rows / 5 }, orderWithSchema);
        return { json_schema: (await rate(topic, WITH_SCHEMA)).map(rowsPerSecond) };
      },
    },
  ];
}

function steady(world: World, worker: MeasuredWorker, { samples, steadyMs: durationMs }: Sizes): Part[] {
  const p99 = (flushSeconds: number) =>
    repeated(samples, async () => (await measureLatency(world, { flushSeconds, durationMs })).p99Ms);
  return [
    { title: 'Latency, flush time 1 s', measure: async () => ({ latency_flush_1s_p99: await p99(1) }) },
    { title: 'Latency, flush time 0.2 s', measure: async () => ({ latency_low_p99: await p99(0.2) }) },
    {
      title: 'A trickle of rows',
      measure: async () => ({ trickle_cpu: [await measureTrickle(world, worker, durationMs)] }),
    },
  ];
}

/** Each of these begins with a worker of its own, once. */
function freshWorkers(world: World, topic: FullTopic, { samples }: Sizes): Part[] {
  return [
    {
      title: 'Memory with small batches',
      measure: async () => ({ rss_mib_small: [await measureMemory(world, topic, SMALL_BATCHES)] }),
    },
    {
      title: 'Memory with large batches',
      measure: async () => ({ rss_mib_large: [await measureMemory(world, topic, LARGE_BATCHES)] }),
    },
    {
      title: 'Start',
      measure: async () => ({ start_seconds: await repeated(samples, () => measureStart(world, topic)) }),
    },
  ];
}

async function repeated(count: number, measure: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index++) samples.push(await measure());
  return samples;
}
