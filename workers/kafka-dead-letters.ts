/** The dead letter queue on Kafka: a topic, and the group that tells how far it reaches. */
import type { DeadLetterQueue, OutgoingLetter } from '../activities/ports.js';
import type { DeadLetterConfig } from '../connect/config/sink-connector.js';
import { SluiceError } from '../connect/errors.js';
import { inTransaction, KafkaAdmin, KafkaCluster, kafkaSettings, type OutgoingRecord } from '../kafka/index.js';

/** A transaction takes milliseconds. What is left open holds up every reader of the topic, for no longer than this. */
const TRANSACTION_TIMEOUT_MS = 15_000;

export interface DeadLetterClients {
  /** Properties of the client that writes, and of the one that creates the topic. */
  readonly producer: Readonly<Record<string, string>>;
  readonly admin: Readonly<Record<string, string>>;
  /** The connector's consumer group: the queue's own, and its transactional ids, are named after it. */
  readonly group: string;
}

/** @throws SluiceError CONFIG_INVALID with all problems of the client properties */
export function openDeadLetters(config: DeadLetterConfig, clients: DeadLetterClients): DeadLetterQueue {
  return new KafkaDeadLetters(config, clients);
}

class KafkaDeadLetters implements DeadLetterQueue {
  readonly topic: string;
  readonly #group: string;
  readonly #cluster: KafkaCluster;
  #opened = false;

  constructor(
    private readonly config: DeadLetterConfig,
    private readonly clients: DeadLetterClients,
  ) {
    this.topic = config.topic;
    this.#group = `${clients.group}-dlq`;
    this.#cluster = new KafkaCluster(kafkaSettings(clients.producer));
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#opened) return;
    const [known] = await this.#cluster.topics({ names: [this.topic], missing: 'skip' }, signal);
    if (known === undefined) await this.#create();
    this.#opened = true;
  }

  positions(partitions: Parameters<DeadLetterQueue['positions']>[0], signal: AbortSignal) {
    return this.#cluster.groupOffsets(this.#group, partitions, signal);
  }

  setPositions(positions: Parameters<DeadLetterQueue['setPositions']>[0], signal: AbortSignal): Promise<void> {
    return this.#cluster.commitGroupOffsets(this.#group, positions, signal);
  }

  async transaction(
    task: number,
    work: Parameters<DeadLetterQueue['transaction']>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const options = { transactionalId: `${this.#group}-${task}`, timeoutMs: TRANSACTION_TIMEOUT_MS };
    try {
      await inTransaction(
        this.#cluster,
        options,
        (transaction) =>
          work({
            send: (letters) => transaction.send(this.topic, letters.map(recordOf)),
            moveTo: (positions) => transaction.sendOffsets(this.#group, positions),
          }),
        signal,
      );
    } catch (error) {
      // It may have been deleted.
      this.#opened = false;
      throw this.#told(error);
    }
  }

  async close(): Promise<void> {
    await this.#cluster.close();
  }

  async #create(): Promise<void> {
    const admin = new KafkaAdmin(kafkaSettings(this.clients.admin));
    const { topic, replicationFactor } = this.config;
    try {
      await admin.createTopics([{ topic, partitions: 1, replicationFactor }]);
    } catch (error) {
      throw this.#told(error);
    } finally {
      await admin.close();
    }
  }

  #told(error: unknown): unknown {
    if (!(error instanceof SluiceError)) return error;
    const { message, hint, context } = error;
    return new SluiceError(error.code, `The dead letter queue cannot be written to: ${message}`, {
      // Whoever was shut out, or has lost a transaction, begins anew with the next attempt.
      retryable: error.retryable || ANOTHER_ATTEMPT.test(message),
      cause: error,
      context: { topic: this.topic, ...context },
      hint: HINTS.find(({ pattern }) => pattern.test(message))?.hint ?? hint ?? 'Look whether the brokers are up.',
    });
  }
}

const ANOTHER_ATTEMPT =
  /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH|INVALID_TXN_STATE|INVALID_PRODUCER_ID_MAPPING|UNKNOWN_PRODUCER_ID|OUT_OF_ORDER_SEQUENCE|TRANSACTION_ABORTABLE|TRANSACTION_COORDINATOR_FENCED/;

const HINTS = [
  {
    pattern: /INVALID_REPLICATION_FACTOR|replication factor/i,
    hint: 'Set errors.deadletterqueue.topic.replication.factor to no more than there are brokers (-1 for their own default), or create the topic, then restart the connector.',
  },
  {
    pattern: /AUTHORIZATION_FAILED/i,
    hint: 'Grant the Kafka user Write and Describe on the dead letter topic (Create where it is missing), Write and Describe on the transactional ids, and Read on the group, that docs/dead-letters.md names, then restart the connector.',
  },
  {
    pattern: /MESSAGE_TOO_LARGE|RecordTooLarge|larger than the max/i,
    hint: 'Raise max.message.bytes of the dead letter topic: a dead letter is as large as its record and its headers.',
  },
] as const;

function recordOf({ key, value, headers, timestamp }: OutgoingLetter): OutgoingRecord {
  return { key, value, headers, ...(timestamp === undefined ? {} : { timestamp }) };
}
