/** A cluster of brokers: leaders that move, connections that are reset, records and topics that are deleted. */
import { alterOffsets, resumeConnector, stopConnector } from '../../../client/connectors.js';
import type { Range } from '../../../workflows/core/model.js';
import { asAdmin, assign, createTopics, led } from '../kafka-admin.js';
import { clusterOf, type NodeId } from '../kafka-cluster/index.js';
import type { Stage } from '../stage.js';
import type { Feed } from '../topics.js';
import { until } from '../until.js';
import { fails, heldBy, loaded, moveTo, sendToFirst } from './lost-records.js';
import type { Scenario } from './scenario.js';

const ORDERS: readonly (readonly NodeId[])[] = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];

const leaderChange: Scenario = {
  name: 'leader-change',
  what: 'While it loads, every partition gets another leader, again and again: by reassignment, and by killing a broker.',
  onCluster: true,
  run: async (stage) => {
    const { brokers } = clusterOf(stage);
    const { events } = stage.feeds;
    const { kafka } = stage.world;
    stage.producer.start();
    for (const turn of [1, 2, 3]) {
      await assign(kafka, events.topic, (partition) => [...(ORDERS[(partition + turn) % ORDERS.length] ?? [])]);
      await sendToFirst(stage, events, 500);
      stage.tally.count('Kafka: leaders moved');
    }
    for (const id of [2, 3] as const) {
      // Records that are on their way to a broker that dies have an unknown outcome.
      await stage.producer.quietWhile(() => brokers.kill(id));
      await led(kafka, events.topic, (leader) => leader > 0 && leader !== id);
      await sendToFirst(stage, events, 500);
      await brokers.start(id);
      stage.tally.count('Kafka: broker killed');
    }
  },
};

const CUTS = 12;

const connectionResets: Scenario = {
  name: 'connection-resets',
  what: 'Connections to the brokers are reset in the middle of Fetch responses.',
  onCluster: true,
  run: async (stage) => {
    const { cutter } = clusterOf(stage).brokers;
    const before = cutter.cuts;
    cutter.arm(CUTS);
    await until(
      `${CUTS} responses are cut`,
      async () => {
        await stage.producer.send(stage.feeds.events, 400, 100);
        return cutter.cuts - before === CUTS;
      },
      { timeoutMs: 90_000, everyMs: 300 },
    );
    stage.tally.count('Kafka: connection reset in a response', CUTS);
  },
};

const retention: Scenario = {
  name: 'retention-passes-position',
  what: 'Records are deleted by retention while the connector is stopped before them: the task fails, counting them, and goes on from the first that is left.',
  onCluster: true,
  run: async (stage) => {
    const { events } = stage.feeds;
    const connector = stage.connectorOf(events);
    await stage.operator.aside(connector, async () => {
      await loaded(stage);
      await stopConnector(stage.session, connector.name);
      const { topic, partition, end: position } = await heldBy(stage, events, 0);
      await sendToFirst(stage, events, 300);
      const lost: Range = { topic, partition, start: position, end: String(BigInt(position) + 200n) };
      await asAdmin(stage.world.kafka, async (admin) => {
        // Without it this client does not know who leads the partition.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: lost.end }] });
      });
      stage.truth.lost(lost);
      stage.tally.count('Kafka: records deleted before they were read', 200);
      await resumeConnector(stage.session, connector.name);
      await fails(stage, connector, 'KAFKA_OFFSET_OUT_OF_RANGE', [
        `topic ${topic}, partition ${partition}, offset ${position}`,
        'up to 200 records',
        `begins at ${lost.end}`,
        'sluice connector offsets set',
      ]);
      await moveTo(stage, connector, [{ topic, partition, offset: null }]);
      await loaded(stage);
    });
  },
};

/** The same name, other records: more of them than the old topic had on its first partition. */
async function recreate(stage: Stage, feed: Feed): Promise<void> {
  const { topic, partitions } = feed;
  const { kafka } = stage.world;
  const old = await heldBy(stage, feed, 0);
  for (let partition = 0; partition < partitions; partition++) stage.truth.gone(await heldBy(stage, feed, partition));
  await asAdmin(kafka, async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await until(`${topic} is gone`, async () => !(await admin.listTopics()).includes(topic), { timeoutMs: 30_000 });
  });
  await createTopics(kafka, [{ topic, numPartitions: partitions }]);
  stage.tally.count('Kafka: topic deleted and created again');
  await sendToFirst(stage, feed, Number(BigInt(old.end)) + 100);
}

/** Fails, refuses to move a part of the partitions, goes on from the start of all. */
async function goOnWithNewTopic(stage: Stage, { topic, partitions }: Feed): Promise<void> {
  const connector = stage.connectorOf(stage.feeds.events);
  await fails(stage, connector, 'KAFKA_TOPIC_RECREATED', [topic, 'sluice connector offsets reset']);
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: null }));
  await stopConnector(stage.session, connector.name);
  await refuses('give an offset for each of its partitions', () =>
    alterOffsets(stage.session, connector.name, { offsets: all.slice(0, 1) }),
  );
  await moveTo(stage, connector, all);
  await loaded(stage);
}

async function refuses(words: string, ask: () => Promise<unknown>): Promise<void> {
  const outcome = await ask().then(() => 'it was taken', String);
  if (!outcome.includes(words)) throw new Error(`to be refused with "${words}": ${outcome}`);
}

const recreatedWhileStopped: Scenario = {
  name: 'topic-recreated-while-stopped',
  what: 'A topic is deleted and created again while the connector is stopped, and has more records than before.',
  onCluster: true,
  run: async (stage) => {
    const { events } = stage.feeds;
    const connector = stage.connectorOf(events);
    await stage.operator.aside(connector, async () => {
      await sendToFirst(stage, events, 100);
      await loaded(stage);
      await stopConnector(stage.session, connector.name);
      await recreate(stage, events);
      await resumeConnector(stage.session, connector.name);
      await goOnWithNewTopic(stage, events);
    });
  },
};

const recreatedWhileRunning: Scenario = {
  name: 'topic-recreated-while-running',
  what: 'A topic is deleted and created again while the connector waits for its records.',
  onCluster: true,
  run: async (stage) => {
    const { events } = stage.feeds;
    await stage.operator.aside(stage.connectorOf(events), async () => {
      await sendToFirst(stage, events, 100);
      await loaded(stage);
      await recreate(stage, events);
      await goOnWithNewTopic(stage, events);
    });
  },
};

export const CLUSTER_SCENARIOS: readonly Scenario[] = [
  leaderChange,
  connectionResets,
  retention,
  recreatedWhileStopped,
  recreatedWhileRunning,
];
