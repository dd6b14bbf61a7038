/** The Kafka broker of the test run, and topics of one's own on it. */
import { randomUUID } from 'node:crypto';
import { KafkaAdmin } from '../../../kafka/admin.js';
import { KafkaCluster } from '../../../kafka/cluster.js';
import { KafkaProducer, type OutgoingRecord } from '../../../kafka/producer.js';
import { type OffsetRange, type RangeSummary, type ReadOptions, readRanges } from '../../../kafka/range-reader.js';
import { type KafkaSettings, kafkaSettings } from '../../../kafka/settings.js';
import { inTransaction, type Transaction } from '../../../kafka/transactional-producer.js';

export function testBroker(): string {
  const address = process.env.SLUICE_TEST_KAFKA;
  if (address === undefined) throw new Error('SLUICE_TEST_KAFKA is not set: Jest’s global set-up starts a broker.');
  return address;
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

export function record(value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord {
  return { key: null, value: value === null ? null : Buffer.from(value), partition: 0, ...more };
}

/** Clients for one broker; `close` closes all that were handed out. */
export class TestKafka {
  readonly settings: KafkaSettings;
  readonly admin: KafkaAdmin;
  readonly cluster: KafkaCluster;
  readonly #producers: KafkaProducer[] = [];

  constructor(properties: Readonly<Record<string, string>> = { 'bootstrap.servers': testBroker() }) {
    this.settings = kafkaSettings(properties);
    this.admin = new KafkaAdmin(this.settings);
    this.cluster = new KafkaCluster(this.settings);
  }

  async topic(partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = uniqueName('test');
    await this.admin.createTopics([{ topic, partitions, configs }]);
    return topic;
  }

  producer(): KafkaProducer {
    const producer = new KafkaProducer(this.settings);
    this.#producers.push(producer);
    return producer;
  }

  transaction(transactionalId: string, work: (transaction: Transaction) => Promise<void>): Promise<void> {
    return inTransaction(this.cluster, { transactionalId, timeoutMs: 60_000 }, work);
  }

  /** From the log start to the last stable offset of every partition. */
  async wholeTopic(topic: string): Promise<OffsetRange[]> {
    const [info] = await this.cluster.topics({ names: [topic] });
    const partitions = (info?.partitions ?? []).map(({ partition }) => ({ topic, partition }));
    const starts = await this.cluster.startOffsets(partitions);
    const ends = await this.cluster.endOffsets(partitions);
    return ends.map(({ partition, offset }, index) => ({
      topic,
      ...(info === undefined ? {} : { topicId: info.topicId }),
      partition,
      start: starts[index]?.offset ?? 0n,
      end: offset,
    }));
  }

  /** The values of the ranges, each in offset order, and the summaries. */
  async read(
    ranges: readonly OffsetRange[],
    options: ReadOptions = {},
  ): Promise<{ values: string[][]; summaries: RangeSummary[] }> {
    const values: string[][] = ranges.map(() => []);
    const summaries = await readRanges(
      this.cluster,
      ranges,
      (index, { buffer, valueStart, valueEnd }) => {
        values[index]?.push(valueEnd < 0 ? 'null' : buffer.toString('utf8', valueStart, valueEnd));
      },
      options,
    );
    return { values, summaries };
  }

  async close(): Promise<void> {
    await Promise.all([
      this.admin.close(),
      this.cluster.close(),
      ...this.#producers.map((producer) => producer.close()),
    ]);
  }
}
