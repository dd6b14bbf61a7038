/** Everything that is measured, one after the other in one sandbox: Sluice and the baselines on the same topics. */
import { randomUUID } from 'node:crypto';
import { type Machine, type Versions, versions } from './machine.js';
import { measureLatency } from './parts/latency.js';
import { LARGE_BATCHES, measureMemory, SMALL_BATCHES } from './parts/memory.js';
import { measureRates } from './parts/rates.js';
import type { FullTopic } from './parts/raw.js';
import { measureStart } from './parts/start.js';
import { measureTrickle } from './parts/trickle.js';
import { type Results, resultsOf, type Samples } from './results.js';
import { orderWithSchema, plainRow } from './rows.js';
import type { Sizes } from './sizes.js';
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
  const withSchema = await fullTopic(world, { ...sizes, rows: Math.ceil(sizes.rows / 5) }, orderWithSchema);
  const rates = { title: 'Rates', measure: () => measureRates(world, { plain, withSchema }, sizes.samples) };
  const warm = await withWorker(world, (worker) => measureParts(world, [rates, ...steadyParts(world, worker, sizes)]));
  const fresh = await measureParts(world, freshWorkerParts(world, plain, sizes));
  return {
    takenAt: new Date().toISOString(),
    machine,
    versions: await versionsOf(world),
    rows: sizes.rows,
    results: resultsOf({ ...warm, ...fresh }),
  };
}

/** Makes a topic and fills it. */
export async function fullTopic(
  world: World,
  { rows, partitions }: Pick<Sizes, 'rows' | 'partitions'>,
  row: (index: number) => string,
): Promise<FullTopic> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  world.progress.report(`Producing ${rows} rows of ${row(0).length} bytes to ${topic}`);
  await fillTopic(world.kafka, { topic, partitions, rows, row });
  return { topic, partitions, rows };
}

async function versionsOf(world: World): Promise<Versions> {
  const { client } = await world.session();
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return versions({ temporalServer: serverVersion ?? 'unknown', ownBroker: world.ownBroker });
}

async function measureParts({ progress }: World, parts: readonly Part[]): Promise<Samples> {
  const all: Samples = {};
  for (const { title, measure } of parts) {
    progress.report(title);
    const samples = await measure();
    for (const { name, value, unit } of resultsOf(samples)) progress.report(`  ${name} ${value} ${unit}`);
    Object.assign(all, samples);
  }
  return all;
}

function steadyParts(world: World, worker: MeasuredWorker, { samples, steadyMs: durationMs }: Sizes): Part[] {
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

/** Each of these begins with a worker of its own. */
function freshWorkerParts(world: World, topic: FullTopic, { samples }: Sizes): Part[] {
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
