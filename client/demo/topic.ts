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

export interface ProducedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Records without keys. */
export function keyless(values: readonly string[]): ProducedRecord[] {
  return values.map((value) => ({ key: null, value: Buffer.from(value) }));
}

/** Returns when the broker has the records. */
export async function produce(bootstrap: string, topic: string, records: readonly ProducedRecord[]): Promise<void> {
  const producer = new KafkaProducer(kafkaSettings({ 'bootstrap.servers': bootstrap }));
  try {
    await producer.send(topic, records);
  } finally {
    await producer.close();
  }
}
