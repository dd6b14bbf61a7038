/** What a worker costs, and how often it loads, while next to nothing comes in on very many partitions. */
import { randomUUID } from 'node:crypto';
import { finish, launch } from '../connector.js';
import { plainRow } from '../records/json.js';
import { createTopic, produceSteadily } from '../topic.js';
import type { MeasuredWorker } from '../worker.js';
import type { World } from '../world.js';

export const TRICKLE_PARTITIONS = 1_000;
const ROWS_PER_SECOND = 200;
const FLUSH_SECONDS = 10;
const WARM_UP_MS = 12_000;

export interface Trickle {
  /** Processor time of the worker over the time that passed. */
  readonly percentOfCore: number;
  readonly loadsPerMinute: number;
}

/** Measured over `durationMs`, after a warm-up. */
export async function measureTrickle(
  world: World,
  worker: MeasuredWorker,
  { partitions, durationMs }: { partitions: number; durationMs: number },
): Promise<Trickle> {
  const topic = `trickle-${randomUUID().slice(0, 8)}`;
  await createTopic(world.kafka, topic, partitions);
  const connector = await launch(world, { topic }, { 'tasks.max': '4', 'buffer.flush.time': String(FLUSH_SECONDS) });
  const produce = async (forMs: number) => {
    const pace = { topic, partitions, rowsPerSecond: ROWS_PER_SECOND, row: plainRow, durationMs: forMs };
    const sent = await produceSteadily(world.kafka, pace, world.signal);
    return sent.reduce((sum, { count }) => sum + count, 0);
  };
  const warmUpRows = await produce(WARM_UP_MS);
  const before = worker.usage();
  const startedAtMs = Date.now();
  const rows = await produce(durationMs);
  const usedMs = worker.usage().cpuMs - before.cpuMs;
  const endedAtMs = Date.now();
  const { batches } = await finish(world, connector, warmUpRows + rows);
  const loads = batches.filter(({ committedAtMs }) => committedAtMs >= startedAtMs && committedAtMs < endedAtMs).length;
  const elapsedMs = endedAtMs - startedAtMs;
  return { percentOfCore: (usedMs / elapsedMs) * 100, loadsPerMinute: (loads / elapsedMs) * 60_000 };
}
