/** What a worker costs while next to nothing comes in. */
import { randomUUID } from 'node:crypto';
import { finish, launch } from '../connector.js';
import { plainRow } from '../rows.js';
import { resetSink } from '../sink.js';
import { createTopic, produceSteadily } from '../topic.js';
import type { MeasuredWorker } from '../worker.js';
import type { World } from '../world.js';

const PARTITIONS = 4;
const ROWS_PER_SECOND = 10;
const WARM_UP_MS = 3_000;

/** Processor time of the worker over the time that passed, in percent of one core. */
export async function measureTrickle(world: World, worker: MeasuredWorker, durationMs: number): Promise<number> {
  const topic = `trickle-${randomUUID().slice(0, 8)}`;
  await createTopic(world.kafka, topic, PARTITIONS);
  await resetSink(world.feUrl);
  const connector = await launch(world, topic, { 'tasks.max': '1', 'buffer.flush.time': '1' });
  const produce = async (forMs: number) => {
    const pace = { topic, partitions: PARTITIONS, rowsPerSecond: ROWS_PER_SECOND, row: plainRow, durationMs: forMs };
    const sent = await produceSteadily(world.kafka, pace, world.signal);
    return sent.reduce((sum, { count }) => sum + count, 0);
  };
  const warmUpRows = await produce(WARM_UP_MS);
  const before = worker.usage();
  const startedAtMs = performance.now();
  const rows = await produce(durationMs);
  const usedMs = worker.usage().cpuMs - before.cpuMs;
  const percent = (usedMs / (performance.now() - startedAtMs)) * 100;
  await finish(world, connector, warmUpRows + rows);
  return percent;
}
