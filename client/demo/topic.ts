/**
 * The demo's topic: made, and filled with the walk-through's records.
 */
import { Kafka, logLevel, Partitioners } from 'kafkajs';

function connect(bootstrap: string): Kafka {
  return new Kafka({ clientId: 'sluice-demo', brokers: [bootstrap], logLevel: logLevel.NOTHING });
}

export async function createTopic(bootstrap: string, topic: string, partitions: number): Promise<void> {
  const admin = connect(bootstrap).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}

/** Produces values without keys; returns when the broker has them. */
export async function produce(bootstrap: string, topic: string, values: readonly string[]): Promise<void> {
  const producer = connect(bootstrap).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
  });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
  } finally {
    await producer.disconnect();
  }
}
