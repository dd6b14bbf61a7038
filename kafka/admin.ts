/** Changing topics: create, delete, grow, configure. */
import kafkajs, { type Admin } from 'kafkajs';
import { SluiceError } from '../connect/errors.js';
import { createKafkaJs, type KafkaLog, translated } from './kafkajs.js';
import { retrying } from './retry.js';
import type { KafkaSettings } from './settings.js';

export interface NewTopic {
  topic: string;
  partitions: number;
  /** -1, the default, for the broker's own default. */
  replicationFactor?: number;
  /** Topic settings, e.g. `{ 'cleanup.policy': 'compact' }`. */
  configs?: Readonly<Record<string, string>>;
}

/** All methods throw SluiceError as kafka/errors.ts maps Kafka's errors. Connects with the first call. */
export class KafkaAdmin {
  readonly #settings: KafkaSettings;
  readonly #admin: Admin;
  #connected: Promise<void> | undefined;

  constructor(settings: KafkaSettings, log?: KafkaLog) {
    this.#settings = settings;
    this.#admin = createKafkaJs(settings, log).admin();
  }

  /** Creates topics and waits until they have leaders; those that exist are left as they are. */
  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    await this.#call((admin) =>
      admin.createTopics({
        waitForLeaders: false,
        timeout: this.#settings.requestTimeoutMs,
        topics: topics.map(({ topic, partitions, replicationFactor = -1, configs = {} }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: entries(configs),
        })),
      }),
    );
    const { requestTimeoutMs, retryBackoffMs, retryBackoffMaxMs } = this.#settings;
    const policy = { timeoutMs: requestTimeoutMs, backoffMs: retryBackoffMs, maxBackoffMs: retryBackoffMaxMs };
    await retrying(policy, undefined, () => this.#requireLeaders(topics.map(({ topic }) => topic)));
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    await this.#call((admin) => admin.deleteTopics({ topics: [...topics], timeout: this.#settings.requestTimeoutMs }));
  }

  /** Grows a topic to `partitions` in all; Kafka cannot shrink one. */
  async createPartitions(topic: string, partitions: number): Promise<void> {
    await this.#call((admin) =>
      admin.createPartitions({
        topicPartitions: [{ topic, count: partitions }],
        timeout: this.#settings.requestTimeoutMs,
      }),
    );
  }

  /** Sets the topic's settings to exactly these: others go back to the broker's defaults. */
  async alterTopicConfigs(topic: string, configs: Readonly<Record<string, string>>): Promise<void> {
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries: entries(configs) };
    await this.#call((admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  /** A broker may not know yet what the controller has created; kafkajs, left to wait itself, would fail there. */
  async #requireLeaders(names: string[]): Promise<void> {
    const { topics } = await this.#call((admin) => admin.fetchTopicMetadata({ topics: names }));
    const missing = topics.find(({ partitions }) => partitions.some(({ leader }) => leader < 0));
    if (missing === undefined) return;
    throw new SluiceError('KAFKA_UNREACHABLE', 'A partition of the new topic has no leader yet.', {
      retryable: true,
      context: { topic: missing.name },
    });
  }

  async #call<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    return translated(this.#settings, async () => {
      this.#connected ??= this.#admin.connect();
      try {
        await this.#connected;
      } catch (error) {
        this.#connected = undefined;
        throw error;
      }
      return call(this.#admin);
    });
  }
}

function entries(configs: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }));
}
