/** The most memory that a worker takes, by the size of its batches, and whether it stays so. */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { runConnector } from '../connector.js';
import { median } from '../statistics.js';
import type { FullTopic } from '../topic.js';
import type { MeasuredWorker } from '../worker.js';
import { type World, withWorker } from '../world.js';

/** Connect's own default, and no growing beyond it. */
export const SMALL_BATCHES = batchesOf(5_000_000);
export const LARGE_BATCHES = batchesOf(100_000_000);

function batchesOf(sizeBytes: number): ConnectorConfig {
  const size = String(sizeBytes);
  // By their bytes alone: without this, records would end a batch first.
  return { 'buffer.size.bytes': size, 'batch.max.bytes': size, 'buffer.count.records': '10000000' };
}

const SAMPLE_INTERVAL_MS = 200;

/** Peak resident memory, in MiB, of a new worker that loads the topic twice. */
export async function measureMemory(world: World, topic: FullTopic, batches: ConnectorConfig): Promise<number> {
  return withWorker(world, async (worker) => {
    await runConnector(world, topic, batches);
    await runConnector(world, topic, batches);
    return worker.usage().peakMiB;
  });
}

/** How a new worker's memory changes while it loads the topic again and again for so long; see `growthOf`. */
export async function measureMemoryGrowth(world: World, topic: FullTopic, durationMs: number): Promise<number> {
  return withWorker(world, async (worker) => {
    const endMs = Date.now() + durationMs;
    const samplesMiB = await watchingMemory(worker, async () => {
      while (Date.now() < endMs) await runConnector(world, topic, SMALL_BATCHES);
    });
    return growthOf(samplesMiB);
  });
}

/** The worker's resident memory in MiB, taken several times a second while `work` lasts. */
export async function watchingMemory(worker: MeasuredWorker, work: () => Promise<void>): Promise<number[]> {
  const samplesMiB: number[] = [];
  const sampler = setInterval(() => samplesMiB.push(worker.usage().residentMiB), SAMPLE_INTERVAL_MS);
  try {
    await work();
  } finally {
    clearInterval(sampler);
  }
  return samplesMiB;
}

/**
 * The median of the last third of the samples over that of the third before it; the first third, in which buffers and
 * caches are filled, does not count. 1 when there are too few to tell.
 */
export function growthOf(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return 1;
  return median(samples.slice(-third)) / median(samples.slice(-2 * third, -third));
}
