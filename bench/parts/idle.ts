/** What a connector that has nothing to do adds to its history. It waits in a worker of its own beside all the rest. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteConnector } from '../../client/connectors.js';
import { launch } from '../connector.js';
import { readHistory } from '../history.js';
import { createTopic } from '../topic.js';
import { type World, withWorker } from '../world.js';

const PARTITIONS = 4;
/** Until the connector waits for its first records. */
const SETTLE_MS = 10_000;

/**
 * Runs `work` beside an idle connector, and tells the events that the connector has added, counted up to an hour. It is
 * watched for `leastMs` at least: a wait is renewed every ten minutes.
 */
export async function besideIdleConnector<T>(
  { aside }: World,
  leastMs: number,
  work: () => Promise<T>,
): Promise<{ result: T; eventsPerHour: number }> {
  const world = aside();
  return withWorker(world, async () => {
    const topic = `idle-${randomUUID().slice(0, 8)}`;
    await createTopic(world.kafka, topic, PARTITIONS);
    const { name, runId } = await launch(world, { topic }, { 'tasks.max': '1' });
    const session = await world.session();
    const eventsSoFar = async () => (await readHistory(session, name, runId)).events;
    await sleep(SETTLE_MS, undefined, { signal: world.signal });
    const before = await eventsSoFar();
    const startedAtMs = Date.now();
    const result = await work();
    await sleep(Math.max(0, startedAtMs + leastMs - Date.now()), undefined, { signal: world.signal });
    const hours = (Date.now() - startedAtMs) / 3_600_000;
    const events = (await eventsSoFar()) - before;
    await deleteConnector(session, name);
    return { result, eventsPerHour: events / hours };
  });
}
