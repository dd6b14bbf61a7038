/** The most memory that a worker takes, by the size of its batches. */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { runConnector } from '../connector.js';
import { type World, withWorker } from '../world.js';
import type { FullTopic } from './raw.js';

/** Connect's own default, and no growing beyond it. */
export const SMALL_BATCHES: ConnectorConfig = { 'buffer.size.bytes': '5000000', 'batch.max.bytes': '5000000' };
/** The largest that batches grow to by themselves. */
export const LARGE_BATCHES: ConnectorConfig = { 'batch.max.bytes': String(64 << 20) };

/** Peak resident memory, in MiB, of a new worker that loads the topic twice. */
export async function measureMemory(world: World, topic: FullTopic, batches: ConnectorConfig): Promise<number> {
  return withWorker(world, async (worker) => {
    await runConnector(world, topic, batches);
    await runConnector(world, topic, batches);
    return worker.usage().peakMiB;
  });
}
