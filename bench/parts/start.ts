/** How long it takes from nothing to the first commit: a worker process that starts, a connector that starts. */
import { finish, launch } from '../connector.js';
import { resetSink } from '../sink.js';
import { type World, withWorker } from '../world.js';
import type { FullTopic } from './raw.js';

/** Seconds. The connector is started first, so that it waits for the worker and not the other way round. */
export async function measureStart(world: World, { topic, rows }: FullTopic): Promise<number> {
  await resetSink(world.feUrl);
  const connector = await launch(world, topic, {});
  return withWorker(world, async () => {
    const { batches } = await finish(world, connector, rows);
    const firstCommitMs = Math.min(...batches.map(({ committedAtMs }) => committedAtMs));
    return (firstCommitMs - connector.startedAtMs) / 1_000;
  });
}
