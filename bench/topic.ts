/** Topics that are full before anything is measured, and topics that fill at a steady pace while it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { KafkaAdmin } from '../kafka/admin.js';
import { KafkaCluster, kafkaSettings } from '../kafka/index.js';
import type { KindName, RecordKind } from './records/index.js';

/** As large as a producer's record batches get when it is told to batch well. */
const RECORDS_PER_BATCH = 1_000;
const BYTES_PER_BATCH = 500_000;

/** A topic as it is told to those who read it. */
export interface FullTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly rows: number;
  /** What its records are; plain rows by default. */
  readonly kind?: KindName;
}

export interface TopicContents {
  readonly topic: string;
  readonly partitions: number;
  readonly rows: number;
  readonly kind: Pick<RecordKind, 'value' | 'key'>;
  /** The id that the values name their schema by, where they do. */
  readonly schemaId?: number;
}

/** Makes the topic if it is not there, and returns when every partition of it has a leader that answers. */
export async function createTopic(bootstrap: string, topic: string, partitions: number): Promise<void> {
  const settings = kafkaSettings({ 'bootstrap.servers': bootstrap });
  const admin = new KafkaAdmin(settings);
  const cluster = new KafkaCluster(settings);
  try {
    await admin.createTopics([{ topic, partitions }]);
    await cluster.endOffsets(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  } finally {
    await Promise.all([admin.close(), cluster.close()]);
  }
}

/** Makes the topic and produces its rows, the same number to each partition; returns when the broker has them. */
export async function fillTopic(bootstrap: string, contents: TopicContents): Promise<void> {
  const { topic, partitions, rows, kind, schemaId = 0 } = contents;
  await createTopic(bootstrap, topic, partitions);
  const batch = Math.max(1, Math.min(RECORDS_PER_BATCH, Math.floor(BYTES_PER_BATCH / kind.value(0, schemaId).length)));
  const record = (partition: number) => (index: number) => ({
    partition,
    key: kind.key?.(index) ?? null,
    value: kind.value(index, schemaId),
  });
  await withProducer(bootstrap, async (producer) => {
    const fillPartition = async (partition: number) => {
      for (let index = partition; index < rows; index += partitions * batch) {
        const indexes = rowsFrom(index, { rows, step: partitions, count: batch });
        await producer.send({ topic, acks: 1, messages: indexes.map(record(partition)) });
      }
    };
    await Promise.all(Array.from({ length: partitions }, (_, partition) => fillPartition(partition)));
  });
}

function rowsFrom(first: number, { rows, step, count }: { rows: number; step: number; count: number }): number[] {
  const left = Math.ceil((rows - first) / step);
  return Array.from({ length: Math.min(count, left) }, (_, at) => first + at * step);
}

export interface Pace {
  readonly topic: string;
  readonly partitions: number;
  readonly rowsPerSecond: number;
  readonly durationMs: number;
  readonly row: (index: number) => string;
}

/** Rows of one send: where they are in the log, and when they were handed to the producer (epoch ms). */
export interface SentRows {
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly count: number;
  readonly sentAtMs: number;
}

const TICK_MS = 20;

/** Produces at a steady pace to an existing topic, a few rows at a time to one partition after the other. */
export async function produceSteadily(bootstrap: string, pace: Pace, signal: AbortSignal): Promise<SentRows[]> {
  const { topic, partitions, rowsPerSecond, durationMs, row } = pace;
  const sent: SentRows[] = [];
  await withProducer(bootstrap, async (producer) => {
    const startedAtMs = Date.now();
    const total = Math.round((rowsPerSecond * durationMs) / 1_000);
    let produced = 0;
    for (let turn = 0; produced < total; turn++) {
      const due = Math.min(total, Math.floor(((Date.now() - startedAtMs) * rowsPerSecond) / 1_000) + 1);
      if (due > produced) {
        const partition = turn % partitions;
        const messages = Array.from({ length: due - produced }, (_, at) => ({ partition, value: row(produced + at) }));
        const sentAtMs = Date.now();
        const [metadata] = await producer.send({ topic, acks: 1, messages });
        sent.push({ partition, firstOffset: BigInt(metadata?.baseOffset ?? 0), count: messages.length, sentAtMs });
        produced = due;
      }
      await sleep(TICK_MS, undefined, { signal });
    }
  });
  return sent;
}

async function withProducer<T>(bootstrap: string, work: (producer: Producer) => Promise<T>): Promise<T> {
  const kafka = new Kafka({ clientId: 'sluice-bench', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}
