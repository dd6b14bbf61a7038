/**
 * Records and consumer offsets in one transaction, over the connections of the range reader. Not kafkajs, whose records
 * have no headers that are null and none that come twice in an order of their own, and whose requests cannot be given up.
 *
 * The protocol is that of KIP-98, version 1 (`TransactionManager.java`): InitProducerId, then for each partition once
 * AddPartitionsToTxn before the first Produce, AddOffsetsToTxn before TxnOffsetCommit, EndTxn.
 */
import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  endTxnV3,
  initProducerIdV4,
  txnOffsetCommitV3,
} from '@platformatic/kafka';
import { SluiceError } from '../connect/errors.js';
import { byTopic } from './ask-leaders.js';
import type { KafkaCluster } from './cluster.js';
import type { ClusterCore } from './cluster-core.js';
import { isResponseError } from './connections/broker-connection.js';
import { Coordinators } from './coordinators.js';
import { isKafkaError, responseError } from './errors.js';
import type { GroupOffset } from './groups.js';
import { partitionOfKey } from './murmur2.js';
import type { OutgoingRecord } from './producer.js';
import { encodeRecordBatch, type ProduceRequest, produceApi } from './protocol/produce.js';
import { retrying } from './retry.js';

/** One record batch is about as large as this, where its first record is no larger: Kafka's own limit is 1 MiB. */
const BATCH_BYTES = 512 << 10;
/** What a record takes beside key and value, about. */
const RECORD_BYTES = 64;
const ACKS_ALL = -1;
const NO_PRODUCER = { id: -1n, epoch: -1 } as const;
const NO_GENERATION = -1;
const NO_MEMBER = '';
const UNKNOWN_EPOCH = -1;

export interface TransactionOptions {
  readonly transactionalId: string;
  /** How long it may stay open before Kafka aborts it. */
  readonly timeoutMs: number;
}

/** What a transaction may do; all of it takes effect together, or none. */
export interface Transaction {
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  /** Commits offsets of a consumer group with the transaction. */
  sendOffsets(groupId: string, offsets: readonly GroupOffset[]): Promise<void>;
}

/**
 * Runs `work` in a transaction: committed when it resolves, aborted when it rejects, and its error thrown on. Whoever had
 * the transactional id before is shut out before `work` begins, and what they had begun is aborted, or was committed.
 *
 * @throws SluiceError as kafka/errors.ts maps Kafka's errors, after ten seconds of retrying. What has become of the
 *   transaction is unknown then; the next one with the same id begins only when it is decided.
 */
export async function inTransaction(
  cluster: KafkaCluster,
  options: TransactionOptions,
  work: (transaction: Transaction) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const running = new RunningTransaction(cluster.core, options, signal);
  await running.begin();
  try {
    await work(running);
  } catch (error) {
    // Kafka aborts it after its time-out in any case; the error of the work says more.
    await running.end(false).catch(() => {});
    throw error;
  }
  await running.end(true);
}

class RunningTransaction implements Transaction {
  readonly #core: ClusterCore;
  readonly #options: TransactionOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #transactions: Coordinators;
  readonly #groups: Coordinators;
  /** Partitions that belong to it, and the number of the next record of each. */
  readonly #sequences = new Map<string, number>();
  #producer: { readonly id: bigint; readonly epoch: number } = NO_PRODUCER;
  #isEmpty = true;

  constructor(core: ClusterCore, options: TransactionOptions, signal: AbortSignal | undefined) {
    this.#core = core;
    this.#options = options;
    this.#signal = signal;
    this.#transactions = new Coordinators(core, 'transaction');
    this.#groups = new Coordinators(core, 'group');
  }

  async begin(): Promise<void> {
    const { transactionalId, timeoutMs } = this.#options;
    const { id, epoch } = NO_PRODUCER;
    const request: Parameters<typeof initProducerIdV4.createRequest> = [transactionalId, timeoutMs, id, epoch];
    const api = [initProducerIdV4.api];
    const answer = await this.#transactions.call(transactionalId, api, request, this.#signal);
    this.#producer = { id: answer.producerId, epoch: answer.producerEpoch };
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const count = await this.#partitionsOf(topic);
    // Records without a key go to one partition for each call, as Java's stay together for a batch.
    const keyless = Math.floor(Math.random() * count);
    const byPartition = new Map<number, OutgoingRecord[]>();
    for (const record of records) {
      const partition = record.partition ?? (record.key === null ? keyless : partitionOfKey(record.key, count));
      const own = byPartition.get(partition);
      if (own === undefined) byPartition.set(partition, [record]);
      else own.push(record);
    }
    await this.#add(topic, [...byPartition.keys()]);
    for (const [partition, own] of byPartition) {
      for (const batch of inBatches(own)) await this.#produce(topic, partition, batch);
    }
  }

  async sendOffsets(groupId: string, offsets: readonly GroupOffset[]): Promise<void> {
    const { transactionalId } = this.#options;
    const { id, epoch } = this.#producer;
    this.#isEmpty = false;
    const added: Parameters<typeof addOffsetsToTxnV3.createRequest> = [transactionalId, id, epoch, groupId];
    await this.#transactions.call(transactionalId, [addOffsetsToTxnV3.api], added, this.#signal);
    const topics = byTopic(offsets, ({ partition, offset, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: UNKNOWN_EPOCH,
      committedMetadata: metadata,
    })).map(({ name, entries }) => ({ name, partitions: entries }));
    const request: Parameters<typeof txnOffsetCommitV3.createRequest> = [
      transactionalId,
      groupId,
      id,
      epoch,
      NO_GENERATION,
      NO_MEMBER,
      null,
      topics,
    ];
    await this.#groups.call(groupId, [txnOffsetCommitV3.api], request, this.#signal);
  }

  /** Not given up with the signal: a transaction that is left open holds up all readers of the topic. */
  async end(isCommitted: boolean): Promise<void> {
    if (this.#isEmpty) return;
    const { transactionalId } = this.#options;
    const { id, epoch } = this.#producer;
    const request: Parameters<typeof endTxnV3.createRequest> = [transactionalId, id, epoch, isCommitted];
    await this.#transactions.call(transactionalId, [endTxnV3.api], request, undefined);
  }

  async #partitionsOf(topic: string): Promise<number> {
    return retrying(this.#core.retryPolicy, this.#signal, async () => {
      await this.#core.knowTopics([topic], false, this.#signal);
      const count = this.#core.metadata.topic(topic)?.partitions.length ?? 0;
      if (count > 0) return count;
      throw new SluiceError('KAFKA_TOPIC_UNKNOWN', `Kafka does not know the topic ${topic}.`, {
        retryable: true,
        context: { topic },
        hint: 'Create the topic, or correct its name.',
      });
    });
  }

  /** A partition belongs to the transaction before anything is produced to it. */
  async #add(topic: string, partitions: readonly number[]): Promise<void> {
    const { transactionalId } = this.#options;
    const added = partitions.filter((partition) => !this.#sequences.has(`${topic}:${partition}`));
    if (added.length === 0) return;
    this.#isEmpty = false;
    const transaction = {
      transactionalId,
      producerId: this.#producer.id,
      producerEpoch: this.#producer.epoch,
      verifyOnly: false,
      topics: [{ name: topic, partitions: added }],
    };
    const api = [addPartitionsToTxnV3.api];
    await this.#transactions.call(transactionalId, api, [[transaction]], this.#signal);
    for (const partition of added) this.#sequences.set(`${topic}:${partition}`, 0);
  }

  /** The same sequence numbers on every attempt: what was written already is known by them. */
  async #produce(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<void> {
    const key = `${topic}:${partition}`;
    const sequence = this.#sequences.get(key) ?? 0;
    const { transactionalId } = this.#options;
    const { id: producerId, epoch: producerEpoch } = this.#producer;
    const batch = encodeRecordBatch({ transactionalId, producerId, producerEpoch, sequence, records });
    const timeoutMs = this.#core.settings.requestTimeoutMs;
    let isStale = false;
    await retrying(this.#core.retryPolicy, this.#signal, async () => {
      await this.#core.knowTopics([topic], isStale, this.#signal);
      isStale = true;
      const leader = this.#core.leaderOf({ topic, partition });
      if (leader instanceof SluiceError) throw leader;
      try {
        const request: ProduceRequest = [transactionalId, ACKS_ALL, timeoutMs, topic, partition, batch];
        await this.#core.callBroker(leader.leader, [produceApi], request, this.#signal);
      } catch (error) {
        if (!isResponseError(error)) throw error;
        const typed = responseError(error, `topic ${topic}`);
        if (!isKafkaError(typed, 'DUPLICATE_SEQUENCE_NUMBER')) throw typed.within({ topic, partition });
      }
    });
    this.#sequences.set(key, sequence + records.length);
  }
}

function inBatches(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const batches: OutgoingRecord[][] = [];
  let sizeBytes = 0;
  for (const record of records) {
    const ownBytes = sizeOf(record);
    const last = batches.at(-1);
    if (last !== undefined && sizeBytes + ownBytes <= BATCH_BYTES) {
      last.push(record);
      sizeBytes += ownBytes;
    } else {
      batches.push([record]);
      sizeBytes = ownBytes;
    }
  }
  return batches;
}

function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  const headerBytes = headers.reduce((sum, header) => sum + header.key.length + (header.value?.length ?? 0), 0);
  return RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes;
}
