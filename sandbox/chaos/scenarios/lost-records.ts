/** What the stories have in common in which Kafka loses records: who notices, what is told, how one goes on. */
import { alterOffsets, connectorStatus, resumeConnector, stopConnector } from '../../../client/connectors.js';
import type { Range } from '../../../workflows/core/model.js';
import { asAdmin } from '../kafka-admin.js';
import type { Stage } from '../stage.js';
import type { ConnectorSpec, Feed } from '../topics.js';
import { until } from '../until.js';

const FAILURE_TIMEOUT_MS = 90_000;
const LOAD_TIMEOUT_MS = 90_000;

/** Resolves when everything that was produced is loaded. */
export async function loaded(stage: Stage): Promise<void> {
  await until('everything is loaded', async () => (await stage.unfinished()).length === 0, {
    timeoutMs: LOAD_TIMEOUT_MS,
    everyMs: 100,
  });
}

/** The range of records that a partition holds. */
export async function heldBy({ world }: Stage, { topic }: Feed, partition: number): Promise<Range> {
  // While leaders move this client fails rather than ask again.
  const found = await until(
    `Kafka tells the offsets of ${topic}[${partition}]`,
    async () => {
      const offsets = await asAdmin(world.kafka, (admin) => admin.fetchTopicOffsets(topic));
      return offsets.find((one) => one.partition === partition);
    },
    { timeoutMs: 30_000 },
  );
  return { topic, partition, start: found.low, end: found.high };
}

/** Sends rows to the first partition; a broker that is away is tried again. */
export async function sendToFirst(stage: Stage, feed: Feed, rows: number): Promise<void> {
  await until(`${feed.topic} takes records`, () => stage.producer.send(feed, rows, rows).then(() => true), {
    timeoutMs: 60_000,
  });
}

/**
 * Waits until a task of the connector fails.
 *
 * @param says what the failure must tell: an error that leaves out where and what is as bad as silence.
 */
export async function fails(
  stage: Stage,
  { name }: ConnectorSpec,
  code: string,
  says: readonly string[],
): Promise<void> {
  let seen = '';
  const found = await until(
    `${name} fails with ${code}`,
    async () => {
      const { failure, tasks, retries } = await connectorStatus(stage.session, name);
      seen = JSON.stringify({ failure, failures: tasks.map((task) => task.failure), retries });
      return [failure, ...tasks.map((task) => task.failure)].find((one) => one?.code === code);
    },
    { timeoutMs: FAILURE_TIMEOUT_MS },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; last seen: ${seen}`);
  });
  stage.tally.note(`${name}: ${found.code}: ${found.message}`);
  stage.tally.count(`task failed: ${code}`);
  const missing = says.filter((words) => !found.message.includes(words));
  if (missing.length > 0) throw new Error(`"${found.message}" does not say: ${missing.join(', ')}`);
}

/** The documented way on: stop, choose positions (null: as auto.offset.reset says), resume. */
export async function moveTo(
  stage: Stage,
  { name }: ConnectorSpec,
  offsets: readonly { topic: string; partition: number; offset: string | null }[],
): Promise<void> {
  await stopConnector(stage.session, name);
  await alterOffsets(stage.session, name, { offsets });
  await resumeConnector(stage.session, name);
}
