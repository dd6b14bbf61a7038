/** Produces rows without a pause and writes down what Kafka has acknowledged. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kafka, type Message, Partitioners, type Producer, type RecordMetadata, type Transaction } from 'kafkajs';
import { Random } from '../simulator/random.js';
import { badRow } from './dead-letters.js';
import type { Feed } from './topics.js';
import type { Account, Truth } from './truth.js';

const TICK_MS = 40;
const KEYS = 200;
const COORDINATOR_TIMEOUT_MS = 20_000;

interface Chunk {
  readonly ids: readonly number[];
  readonly accounts: readonly Account[];
  readonly messages: Message[];
}

/** What a transaction of a producer comes to. */
export type Ending = 'commit' | 'abort';

export class ChaosProducer {
  private readonly random: Random;
  private stopping = new AbortController();
  private readonly partitions = new Map<string, number>();
  /** Topics whose rows have the field `extra` as well: the same number as `id`. */
  private readonly extended = new Set<string>();
  /** One thing at a time: sending, or a broker that is not to be sent to. */
  private turn: Promise<unknown> = Promise.resolve();
  private running: Promise<void> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly feeds: readonly Feed[],
    private readonly truth: Truth,
    seed: string,
  ) {
    this.random = new Random(`${seed}/producer`);
    for (const { topic, partitions } of feeds) this.partitions.set(topic, partitions);
  }

  /** Goes on until `stop`: some hundred to some thousand rows a second. */
  start(): void {
    if (this.running !== undefined) return;
    this.stopping = new AbortController();
    this.running = this.loop(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.running = undefined;
    await this.turn;
  }

  /** Nothing is sent while `work` runs, and nothing is under way when it begins. */
  quietWhile<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Sends so many rows to a feed, over its partitions. */
  async send(feed: Feed, rows: number, perSend = 500): Promise<void> {
    for (let left = rows, partition = 0; left > 0; left -= perSend, partition++) {
      await this.quietWhile(() => this.sendPlain(feed, partition % this.partitionsOf(feed), Math.min(perSend, left)));
    }
  }

  /** A transaction of its own over one partition. */
  transaction(feed: Feed, rows: number, ending: Ending, partition = this.anyPartition(feed)): Promise<void> {
    return this.quietWhile(() => this.sendInTransaction(feed, partition, rows, ending));
  }

  /** The topic has more partitions now. */
  grown({ topic }: Feed, partitions: number): void {
    this.partitions.set(topic, partitions);
  }

  /** From the next row on, the rows of a feed have one field more. Resolves with an id that is below all of theirs. */
  extend({ topic }: Feed): Promise<number> {
    return this.quietWhile(async () => {
      this.extended.add(topic);
      return this.truth.takeIds(1)[0] ?? 0;
    });
  }

  partitionsOf({ topic, partitions }: Feed): number {
    return this.partitions.get(topic) ?? partitions;
  }

  private async loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const feed = this.random.pick(this.feeds);
      const rows = this.random.between(5, 150);
      const partition = this.anyPartition(feed);
      // A send that has failed has been written down as uncertain.
      await this.quietWhile(() => this.sendPlain(feed, partition, rows)).catch(() => undefined);
      await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private anyPartition(feed: Feed): number {
    return this.random.between(0, this.partitionsOf(feed) - 1);
  }

  private async sendPlain(feed: Feed, partition: number, rows: number): Promise<void> {
    const chunk = this.chunk(feed, partition, rows);
    const producer = this.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      // Without idempotence a send that is repeated unseen would double its rows.
      retry: { retries: 0 },
    });
    await producer.connect();
    try {
      await this.noting(feed, partition, chunk, () => producer.send({ topic: feed.topic, messages: chunk.messages }));
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
  }

  private async sendInTransaction(feed: Feed, partition: number, rows: number, ending: Ending): Promise<void> {
    const { producer, transaction } = await this.begin();
    try {
      const chunk = this.chunk(feed, partition, rows);
      await this.noting(feed, partition, chunk, async () => {
        const acknowledged = await transaction.send({ topic: feed.topic, messages: chunk.messages });
        if (ending === 'commit') await transaction.commit();
        else await transaction.abort();
        return ending === 'commit' ? acknowledged : undefined;
      });
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
  }

  /** Writes down what has become of a chunk: nothing where `send` resolves with undefined. */
  private async noting(
    feed: Feed,
    partition: number,
    chunk: Chunk,
    send: () => Promise<readonly RecordMetadata[] | undefined>,
  ): Promise<void> {
    try {
      const acknowledged = await send();
      if (acknowledged !== undefined) this.written(feed, partition, acknowledged, chunk);
    } catch (error) {
      this.uncertain(chunk);
      throw error;
    }
  }

  /** The first transaction of a broker makes it create the log of the transactions, which takes its time. */
  private async begin(): Promise<{ producer: Producer; transaction: Transaction }> {
    for (const giveUpAtMs = Date.now() + COORDINATOR_TIMEOUT_MS; ; ) {
      const producer = this.kafka.producer({
        transactionalId: `chaos-${randomUUID()}`,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
      });
      try {
        await producer.connect();
        return { producer, transaction: await producer.transaction() };
      } catch (error) {
        await producer.disconnect().catch(() => undefined);
        if (Date.now() > giveUpAtMs) throw error;
        await sleep(TICK_MS);
      }
    }
  }

  private chunk(feed: Feed, partition: number, rows: number): Chunk {
    const ids = this.truth.takeIds(rows);
    if (feed.kind === 'rows') {
      const more = (id: number) => (this.extended.has(feed.topic) ? { extra: id } : {});
      const bad = (id: number) => (feed.deadLetters === undefined ? undefined : badRow(id));
      const messages = ids.map((id) => ({
        partition,
        value: bad(id) ?? JSON.stringify({ id, payload: `row ${id}`, ...more(id) }),
      }));
      return { ids, accounts: [], messages };
    }
    // A key always goes to the same partition: only there it has an order.
    const among = this.partitionsOf(feed);
    const accounts = ids.map((version): Account => {
      const key = this.random.between(0, KEYS - 1) * among + partition;
      return { key, version, deleted: this.random.chance(0.1) };
    });
    const messages = accounts.map(({ key, version, deleted }) => ({
      partition,
      key: String(key),
      value: JSON.stringify({ k: key, v: version, __DORIS_DELETE_SIGN__: deleted ? 1 : 0 }),
    }));
    return { ids, accounts, messages };
  }

  private written({ topic }: Feed, partition: number, acknowledged: readonly RecordMetadata[], chunk: Chunk): void {
    const base = acknowledged[0]?.baseOffset;
    if (base === undefined) throw new Error(`Kafka has not said where the rows of ${topic}[${partition}] are`);
    this.truth.written(topic, partition, BigInt(base), chunk.ids);
    for (const account of chunk.accounts) this.truth.accounts.set(account.key, account);
  }

  private uncertain({ ids, accounts }: Chunk): void {
    for (const id of ids) this.truth.uncertain.add(id);
    for (const { key } of accounts) this.truth.uncertainKeys.add(key);
  }
}
