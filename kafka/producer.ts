/** Producing records, idempotently. Transactions are in transactional-producer.ts. */
import { Partitioners, type Producer, type ProducerRecord } from 'kafkajs';
import { createKafkaJs, type KafkaLog, translated } from './kafkajs.js';
import type { RecordHeader } from './protocol/record-cursor.js';
import type { KafkaSettings } from './settings.js';

export interface OutgoingRecord {
  key: Buffer | null;
  value: Buffer | null;
  /** Chosen by the hash of the key, as Java does, when absent. */
  partition?: number;
  headers?: readonly RecordHeader[];
  /** Milliseconds since the epoch; now when absent. */
  timestamp?: bigint;
}

export interface ProducerOptions {
  log?: KafkaLog;
}

/** All in-sync replicas, as idempotence needs. */
const ACKS_ALL = -1;

/**
 * Throws SluiceError as kafka/errors.ts maps Kafka's errors, after the retries of kafkajs. After a failed `send` the
 * producer must be closed: whether the records arrived is then unknown. Connects with the first call.
 */
export class KafkaProducer {
  readonly #settings: KafkaSettings;
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(settings: KafkaSettings, options: ProducerOptions = {}) {
    this.#settings = settings;
    this.#producer = createKafkaJs(settings, options.log).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      idempotent: true,
      // One request at a time per broker keeps the order through retries.
      maxInFlightRequests: 1,
    });
  }

  /** Resolves when all in-sync replicas have the records. */
  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await this.#call((producer) => producer.send(producerRecord(topic, records)));
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #call<T>(call: (producer: Producer) => Promise<T>): Promise<T> {
    return translated(this.#settings, async () => {
      this.#connected ??= this.#producer.connect();
      try {
        await this.#connected;
      } catch (error) {
        this.#connected = undefined;
        throw error;
      }
      return call(this.#producer);
    });
  }
}

function producerRecord(topic: string, records: readonly OutgoingRecord[]): ProducerRecord {
  const messages = records.map(({ timestamp, headers, ...record }) => ({
    ...record,
    ...(headers === undefined ? {} : { headers: byName(headers) }),
    ...(timestamp === undefined ? {} : { timestamp: timestamp.toString() }),
  }));
  return { topic, acks: ACKS_ALL, messages };
}

function byName(headers: readonly RecordHeader[]): Record<string, Buffer[]> {
  const named: Record<string, Buffer[]> = {};
  for (const { key, value } of headers) named[key] = [...(named[key] ?? []), value ?? Buffer.alloc(0)];
  return named;
}
