/** Producing records: idempotent, or in transactions that can carry consumer offsets along. */
import { Partitioners, type Producer, type ProducerRecord, type Transaction } from 'kafkajs';
import type { GroupOffset } from './groups.js';
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
  /** Needed for transactions. A second producer with the same id shuts out the first. */
  transactionalId?: string;
  /** How long a transaction may stay open before Kafka aborts it. Default 60 s. */
  transactionTimeoutMs?: number;
  log?: KafkaLog;
}

/** What a transaction may do; all of it takes effect together, or none. */
export interface KafkaTransaction {
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  /** Commits offsets of a consumer group with the transaction. */
  sendOffsets(groupId: string, offsets: readonly GroupOffset[]): Promise<void>;
}

const DEFAULT_TRANSACTION_TIMEOUT_MS = 60_000;
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
    const { transactionalId, transactionTimeoutMs = DEFAULT_TRANSACTION_TIMEOUT_MS, log } = options;
    this.#settings = settings;
    this.#producer = createKafkaJs(settings, log).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      idempotent: true,
      // One request at a time per broker keeps the order through retries.
      maxInFlightRequests: 1,
      transactionTimeout: transactionTimeoutMs,
      ...(transactionalId === undefined ? {} : { transactionalId }),
    });
  }

  /** Resolves when all in-sync replicas have the records. */
  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await this.#call((producer) => producer.send(producerRecord(topic, records)));
  }

  /** Runs `work` in a transaction: committed when it resolves, aborted when it rejects (and its error thrown on). */
  async transaction<T>(work: (transaction: KafkaTransaction) => Promise<T>): Promise<T> {
    const transaction = await this.#call((producer) => producer.transaction());
    let result: T;
    try {
      result = await work(this.#wrap(transaction));
    } catch (error) {
      // Kafka aborts it after its time-out in any case; the error of the work says more.
      await transaction.abort().catch(() => {});
      throw error;
    }
    await translated(this.#settings, () => transaction.commit());
    return result;
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  #wrap(transaction: Transaction): KafkaTransaction {
    return {
      send: async (topic, records) => {
        await translated(this.#settings, () => transaction.send(producerRecord(topic, records)));
      },
      sendOffsets: (groupId, offsets) =>
        translated(this.#settings, () =>
          transaction.sendOffsets({ consumerGroupId: groupId, topics: byTopic(offsets) }),
        ),
    };
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

function byTopic(offsets: readonly GroupOffset[]) {
  const topics = new Map<string, { partition: number; offset: string; metadata: string }[]>();
  for (const { topic, partition, offset, metadata } of offsets) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({ partition, offset: offset.toString(), metadata });
    topics.set(topic, partitions);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
