/**
 * Topics of the sandbox: made, and filled with records.
 */
import { KafkaAdmin } from '../../kafka/admin.js';
import { KafkaProducer } from '../../kafka/producer.js';
import { kafkaSettings } from '../../kafka/settings.js';

/** Creates a topic unless it exists. */
export async function createTopic(bootstrap: string, topic: string, partitions: number): Promise<void> {
  const admin = new KafkaAdmin(kafkaSettings({ 'bootstrap.servers': bootstrap }));
  try {
    await admin.createTopics([{ topic, partitions }]);
  } finally {
    await admin.close();
  }
}

/** Produces values without keys; returns when the broker has them. */
export async function produce(bootstrap: string, topic: string, values: readonly string[]): Promise<void> {
  const producer = new KafkaProducer(kafkaSettings({ 'bootstrap.servers': bootstrap }));
  try {
    await producer.send(
      topic,
      values.map((value) => ({ key: null, value: Buffer.from(value) })),
    );
  } finally {
    await producer.close();
  }
}
