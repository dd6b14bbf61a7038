/** Everything that is measured, one after the other in one sandbox: Sluice and the baselines on the same topics. */
import { describeError } from '../connect/errors.js';
import { CONVERSION_NAMES } from './convert/index.js';
import { convertInOwnProcess } from './convert/own-process.js';
import { fullTopic } from './full-topic.js';
import { type Machine, type Versions, versions } from './machine.js';
import { besideIdleConnector } from './parts/idle.js';
import { type Latency, measureLatency } from './parts/latency.js';
import { LARGE_BATCHES, measureMemory, measureMemoryGrowth, SMALL_BATCHES } from './parts/memory.js';
import { measureRates, type RateTopics } from './parts/rates.js';
import { measureScaling } from './parts/scaling.js';
import { measureStart } from './parts/start.js';
import { measureTrickle, TRICKLE_PARTITIONS } from './parts/trickle.js';
import { KIND_NAMES, type KindName } from './records/index.js';
import { type Notes, type Results, resultsOf, type Samples } from './results.js';
import { rowsOf, type Sizes } from './sizes.js';
import type { FullTopic } from './topic.js';
import type { MeasuredWorker } from './worker.js';
import { type World, withWorker } from './world.js';

/** How many of the functions that take most of the time the report names. */
const COSTS_TOLD = 2;

/** A part of the run: what it measures, and the samples that come of it. */
interface Part {
  readonly title: string;
  measure(): Promise<Samples>;
}

/** Takes parts one after the other. One that fails is told of, and the others go on. */
class Measuring {
  readonly samples: Samples = {};
  readonly notes: Notes = {};
  readonly failures: string[] = [];
  readonly #startedAtMs = Date.now();

  constructor(readonly world: World) {}

  async take({ title, measure }: Part): Promise<void> {
    const { progress, signal } = this.world;
    progress.report(`${Math.round((Date.now() - this.#startedAtMs) / 1_000)} s: ${title}`);
    try {
      const samples = await measure();
      for (const { name, value, unit } of resultsOf(samples)) progress.report(`  ${name} ${value} ${unit}`);
      Object.assign(this.samples, samples);
    } catch (error) {
      signal.throwIfAborted();
      this.fail(title, error);
    }
  }

  fail(title: string, error: unknown): void {
    const failure = `${title}: ${describeError(error)}`;
    this.world.progress.report(`  FAILED ${failure}`);
    this.failures.push(failure);
  }
}

/** Measures everything. `machine` was looked at before anything was started. */
export async function measureAll(world: World, sizes: Sizes, machine: Machine): Promise<Results> {
  const measuring = new Measuring(world);
  const topics = await fullTopics(world, sizes);
  const everything = async () => {
    await withWorker(world, async (worker) => {
      const onFailure = (title: string, error: unknown) => measuring.fail(title, error);
      await measuring.take({
        title: 'Rates',
        measure: () => measureRates(world, { worker, topics, rounds: sizes.samples, onFailure }),
      });
      for (const part of steadyParts(world, worker, topics.plain, sizes)) await measuring.take(part);
    });
    for (const part of freshWorkerParts(world, topics, sizes)) await measuring.take(part);
    for (const part of conversionParts(measuring, sizes)) await measuring.take(part);
  };
  if (sizes.idleMs === 0) await everything();
  else {
    const { eventsPerHour } = await besideIdleConnector(world, sizes.idleMs, everything);
    measuring.samples.idle_events_per_hour = [eventsPerHour];
  }
  const { samples, notes, failures } = measuring;
  return {
    takenAt: new Date().toISOString(),
    machine,
    versions: await versionsOf(world),
    rows: sizes.rows,
    results: resultsOf(samples, notes),
    ...(failures.length === 0 ? {} : { failures }),
  };
}

async function fullTopics(world: World, sizes: Sizes): Promise<RateTopics> {
  const topics: Partial<Record<KindName, FullTopic>> = {};
  const { partitions } = sizes;
  for (const kind of KIND_NAMES) topics[kind] = await fullTopic(world, { kind, partitions, rows: rowsOf(kind, sizes) });
  return topics as RateTopics;
}

async function versionsOf(world: World): Promise<Versions> {
  const { client } = await world.session();
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return versions({ temporalServer: serverVersion ?? 'unknown', ownBroker: world.ownBroker });
}

/** These share one worker, which is warm. */
function steadyParts(world: World, worker: MeasuredWorker, topic: FullTopic, sizes: Sizes): Part[] {
  const { samples, steadyMs: durationMs } = sizes;
  const latencies = (flushSeconds: number) =>
    repeated(samples, () => measureLatency(world, { flushSeconds, durationMs }));
  const p50 = (taken: readonly Latency[]) => taken.map(({ p50Ms }) => p50Ms);
  const p99 = (taken: readonly Latency[]) => taken.map(({ p99Ms }) => p99Ms);
  return [
    {
      title: 'Latency, flush time 1 s',
      measure: async () => {
        const taken = await latencies(1);
        return { latency_flush_1s_p50: p50(taken), latency_flush_1s_p99: p99(taken) };
      },
    },
    {
      title: 'Latency, flush time 0.2 s',
      measure: async () => {
        const taken = await latencies(0.2);
        return { latency_low_p50: p50(taken), latency_low_p99: p99(taken) };
      },
    },
    {
      title: 'Start of a connector',
      measure: async () => ({ start_seconds: await repeated(samples, () => measureStart(world, topic)) }),
    },
    {
      title: `A trickle of rows to ${TRICKLE_PARTITIONS} partitions`,
      measure: async () => {
        const trickle = { partitions: TRICKLE_PARTITIONS, durationMs: 2 * durationMs };
        const { percentOfCore, loadsPerMinute } = await measureTrickle(world, worker, trickle);
        return { trickle_cpu: [percentOfCore], trickle_loads_per_minute: [loadsPerMinute] };
      },
    },
  ];
}

/** Each of these begins with a worker of its own. */
function freshWorkerParts(world: World, { plain, debezium }: RateTopics, sizes: Sizes): Part[] {
  const { samples, growthMs } = sizes;
  return [
    {
      title: 'Memory with small batches',
      measure: async () => ({ rss_mib_small: [await measureMemory(world, plain, SMALL_BATCHES)] }),
    },
    {
      title: 'Memory with large batches',
      measure: async () => ({ rss_mib_large: [await measureMemory(world, plain, LARGE_BATCHES)] }),
    },
    {
      title: 'Memory over time',
      measure: async () => ({ rss_growth: [await measureMemoryGrowth(world, plain, growthMs)] }),
    },
    {
      title: 'Start of a worker',
      measure: async () => ({
        worker_start_seconds: await repeated(samples, () => withWorker(world, async ({ startMs }) => startMs / 1_000)),
      }),
    },
    {
      title: 'Two worker processes',
      measure: async () => ({
        scaling_2_processes: await repeated(samples, () => measureScaling(world, debezium, 2)),
      }),
    },
  ];
}

function conversionParts({ world, notes }: Measuring, { samples, convertMs: durationMs }: Sizes): Part[] {
  return CONVERSION_NAMES.map((name) => ({
    title: `Conversion alone: ${name}`,
    measure: async () => {
      const run = await convertInOwnProcess(name, { durationMs, samples, signal: world.signal });
      const told = run.costs.slice(0, COSTS_TOLD).map(({ what, percent }) => `\`${what}\` ${Math.round(percent)} %`);
      notes[name] = told.join(', ');
      return { [name]: run.rowsPerCpuSecond };
    },
  }));
}

async function repeated<T>(count: number, measure: () => Promise<T>): Promise<T[]> {
  const taken: T[] = [];
  for (let index = 0; index < count; index++) taken.push(await measure());
  return taken;
}
