/** What stages and stories do to topics as an admin, and waiting until it is done. */
import type { Admin, ITopicConfig, Kafka } from 'kafkajs';
import { until } from './until.js';

const CHANGE_TIMEOUT_MS = 60_000;

/** Does something as an admin. */
export async function asAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The leader of each partition of a topic, -1 where there is none. */
export async function leadersOf(kafka: Kafka, topic: string): Promise<number[]> {
  const { topics } = await asAdmin(kafka, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const partitions = [...(topics[0]?.partitions ?? [])].sort((a, b) => a.partitionId - b.partitionId);
  return partitions.map(({ leader }) => leader);
}

/** Puts the replicas of every partition on these nodes, the first of which is to lead; resolves when it does. */
export async function assign(kafka: Kafka, topic: string, replicasOf: (partition: number) => number[]): Promise<void> {
  const count = (await leadersOf(kafka, topic)).length;
  const wanted = Array.from({ length: count }, (_, partition) => ({ partition, replicas: replicasOf(partition) }));
  await asAdmin(kafka, (admin) =>
    admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: wanted }] }),
  );
  await led(kafka, topic, (leader, partition) => leader === wanted[partition]?.replicas[0]);
}

/** Waits until the leader of every partition is as it should be. */
export async function led(
  kafka: Kafka,
  topic: string,
  isGood: (leader: number, partition: number) => boolean,
): Promise<void> {
  await until(`${topic} has its leaders`, async () => (await leadersOf(kafka, topic)).every(isGood), {
    timeoutMs: CHANGE_TIMEOUT_MS,
    everyMs: 100,
  });
}

/** Creates topics; resolves when all partitions have leaders. */
export async function createTopics(kafka: Kafka, topics: ITopicConfig[]): Promise<void> {
  // Of several brokers one may not know of the topics yet: this client would fail at that one.
  await asAdmin(kafka, (admin) => admin.createTopics({ topics, waitForLeaders: false }));
  for (const { topic, numPartitions = 1 } of topics) {
    await until(
      `${topic} is there`,
      async () => (await leadersOf(kafka, topic)).filter((leader) => leader > 0).length === numPartitions,
      { timeoutMs: CHANGE_TIMEOUT_MS, everyMs: 50 },
    );
  }
}
