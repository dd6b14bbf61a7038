/** Faults of Temporal and of Kafka. */
import { type ChaosFault, pause } from './fault.js';

export const SERVER_FAULTS: readonly ChaosFault[] = [
  {
    name: 'Temporal: killed and started again',
    heavy: true,
    strike: async (stage, random) => {
      await stage.world.restart('temporal', random.between(0, 2_000));
      await stage.reconnect();
      return 1;
    },
  },
  {
    name: 'Temporal: lost with everything in it',
    heavy: true,
    strike: async (stage) => {
      await stage.loseTemporal();
      return 1;
    },
  },
  {
    name: 'Temporal: slow',
    strike: async ({ slowness }, random) => {
      slowness.delayMs = random.between(100, 600);
      await pause(random.between(1_000, 4_000));
      slowness.delayMs = 0;
      return 1;
    },
  },
  {
    name: 'Kafka: killed and started again',
    heavy: true,
    strike: async (stage, random) => {
      await stage.producer.quietWhile(() => stage.world.restart('kafka', random.between(0, 1_000)));
      return 1;
    },
  },
  {
    name: 'Kafka: transactions aborted',
    strike: async ({ producer, feeds }, random) => {
      for (let index = 0; index < 3; index++) {
        await producer.transaction(random.pick(Object.values(feeds)), random.between(1, 60), 'abort');
      }
      return 3;
    },
  },
  {
    name: 'Kafka: gaps in the offsets',
    strike: async ({ producer, feeds }, random) => {
      for (let index = 0; index < 4; index++) await producer.transaction(feeds.events, random.between(1, 3), 'commit');
      return 4;
    },
  },
  {
    name: 'Kafka: new partitions',
    strike: async ({ world, producer, feeds: { events } }) => {
      const count = producer.partitionsOf(events) + 1;
      const admin = world.kafka.admin();
      await admin.connect();
      try {
        await admin.createPartitions({ topicPartitions: [{ topic: events.topic, count }] });
      } finally {
        await admin.disconnect();
      }
      // Until its leader is known a producer would be refused.
      await pause(500);
      producer.grown(events, count);
      return 1;
    },
  },
];
