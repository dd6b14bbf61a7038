/** The baseline that people write themselves: a kafkajs consumer, one load per fetched batch, offsets after it. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { Pool } from 'undici';
import { DATABASE, TABLE } from '../sink.js';
import type { FullTopic } from '../topic.js';
import type { LoadingWorld } from './raw.js';
import { putRows } from './stream-load.js';

/** Consumes and loads the whole topic once; rows per second from `run` to the last load. */
export async function measureKafkajs(world: LoadingWorld, { topic, rows }: FullTopic): Promise<number> {
  const kafka = new Kafka({ clientId: 'loop', brokers: world.kafka.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `loop-${randomUUID()}` });
  const pool = new Pool(`http://${world.backend}`, { connections: 4 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const startedAtMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      let left = rows;
      const eachBatch = async ({ batch }: { batch: { messages: readonly { value: Buffer | null }[] } }) => {
        const lines = batch.messages.map(({ value }) => value?.toString() ?? '');
        await putRows(pool, `/api/${DATABASE}/${TABLE}/_stream_load`, lines.join('\n'), false);
        left -= lines.length;
        if (left <= 0) resolve();
      };
      world.signal.addEventListener('abort', () => reject(world.signal.reason), { once: true });
      // A consumer that goes on by itself, after a broker that was not ready yet, has not crashed.
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer.run({ eachBatch }).catch(reject);
    });
    return rows / ((performance.now() - startedAtMs) / 1_000);
  } finally {
    await consumer.disconnect();
    await pool.close();
  }
}
