/** Records that one replica alone has are lost when another one, which has not got them, becomes the leader. */
import kafkajs from 'kafkajs';
import { resumeConnector, stopConnector } from '../../../client/connectors.js';
import type { Range } from '../../../workflows/core/model.js';
import { asAdmin, assign, led } from '../kafka-admin.js';
import { clusterOf } from '../kafka-cluster/index.js';
import type { Stage } from '../stage.js';
import { fails, heldBy, loaded, moveTo, sendToFirst } from './lost-records.js';
import type { Scenario } from './scenario.js';

const DOOMED_ROWS = 400;
/** More than were lost: the log is longer than before, and offsets that were read have other records. */
const REFILL_ROWS = 700;

/** Two replicas, and an election that prefers being there over being complete. */
async function makeFragile({ world, feeds: { events } }: Stage): Promise<void> {
  await assign(world.kafka, events.topic, () => [2, 3]);
  const entry = { name: 'unclean.leader.election.enable', value: 'true' };
  await asAdmin(world.kafka, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: events.topic, configEntries: [entry] }],
    }),
  );
}

/** Broker 3 is away while records are written, broker 2 when it comes back. Gives back what was lost. */
async function loseTail(stage: Stage, whileOnOneReplica: () => Promise<void>): Promise<Range> {
  const { brokers } = clusterOf(stage);
  const { events } = stage.feeds;
  const { kafka } = stage.world;
  await brokers.stop(3);
  const kept = await heldBy(stage, events, 0);
  await sendToFirst(stage, events, DOOMED_ROWS);
  const doomed = await heldBy(stage, events, 0);
  await whileOnOneReplica();
  await brokers.stop(2);
  await brokers.start(3);
  await led(kafka, events.topic, (leader) => leader === 3);
  await brokers.start(2);
  const left = await heldBy(stage, events, 0);
  if (left.end !== kept.end) throw new Error(`the log was to end at ${kept.end}, it ends at ${left.end}`);
  stage.tally.count('Kafka: unclean election');
  return { ...doomed, start: kept.end };
}

const unread: Scenario = {
  name: 'unclean-election-unread',
  what: 'An unclean election takes records away that the connector, stopped meanwhile, has not read: it goes on where it was.',
  onCluster: true,
  run: async (stage) => {
    const { events } = stage.feeds;
    const connector = stage.connectorOf(events);
    await stage.operator.aside(connector, async () => {
      await makeFragile(stage);
      await sendToFirst(stage, events, 100);
      await loaded(stage);
      await stopConnector(stage.session, connector.name);
      stage.truth.lost(await loseTail(stage, async () => {}));
      await sendToFirst(stage, events, REFILL_ROWS);
      await resumeConnector(stage.session, connector.name);
      await loaded(stage);
    });
  },
};

const alreadyLoaded: Scenario = {
  name: 'unclean-election-loaded',
  what: 'An unclean election takes records away that are in the table, and others take their offsets: the task fails, saying so, and goes on from the offset it is given.',
  onCluster: true,
  run: async (stage) => {
    const { events } = stage.feeds;
    const connector = stage.connectorOf(events);
    await stage.operator.aside(connector, async () => {
      await makeFragile(stage);
      const lost = await loseTail(stage, async () => {
        await loaded(stage);
        await stopConnector(stage.session, connector.name);
      });
      stage.truth.gone(lost);
      await sendToFirst(stage, events, REFILL_ROWS);
      await resumeConnector(stage.session, connector.name);
      await fails(stage, connector, 'KAFKA_OFFSET_OUT_OF_RANGE', [
        `topic ${events.topic}, partition 0, offset ${lost.end}`,
        `truncated to ${lost.start}`,
        'sluice connector offsets set',
      ]);
      await moveTo(stage, connector, [{ topic: events.topic, partition: 0, offset: lost.start }]);
      await loaded(stage);
    });
  },
};

export const UNCLEAN_ELECTIONS: readonly Scenario[] = [unread, alreadyLoaded];
