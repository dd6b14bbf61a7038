/** What the cluster looks like: brokers, topics with their ids, who leads which partition. */
import { type API, metadataV10, metadataV11, metadataV12 } from '@platformatic/kafka';
import { SluiceError } from '../connect/errors.js';
import { unlessAborted } from './connections/abort.js';
import { isResponseError } from './connections/broker-connection.js';
import type { BrokerConnections } from './connections/index.js';
import { brokerError, errorName } from './errors.js';
import { isRetryable } from './retry.js';
import type { BrokerAddress, KafkaSettings } from './settings.js';

export interface PartitionInfo {
  partition: number;
  /** The leader's node id, -1 while there is none. */
  leader: number;
  leaderEpoch: number;
}

export interface TopicInfo {
  topic: string;
  /** A UUID in hexadecimal with dashes; it changes when the topic is deleted and created again. */
  topicId: string;
  isInternal: boolean;
  /** In order of their numbers. */
  partitions: PartitionInfo[];
}

interface CachedTopic {
  info: TopicInfo;
  fetchedAtMs: number;
}

type MetadataResponse = metadataV12.MetadataResponse;
const METADATA_APIS = [metadataV12.api, metadataV11.api, metadataV10.api] as const;

export class ClusterMetadata {
  readonly #settings: KafkaSettings;
  readonly #connections: BrokerConnections;
  readonly #brokers = new Map<number, BrokerAddress>();
  readonly #topics = new Map<string, CachedTopic>();
  #clusterId: string | undefined;

  constructor(settings: KafkaSettings, connections: BrokerConnections) {
    this.#settings = settings;
    this.#connections = connections;
  }

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  broker(nodeId: number): BrokerAddress | undefined {
    return this.#brokers.get(nodeId);
  }

  /** Learned of by a FindCoordinator response, which can name a broker before the metadata does. */
  learnBroker(nodeId: number, address: BrokerAddress): void {
    this.#brokers.set(nodeId, address);
  }

  /** The topic as known, unless that is too long ago. */
  topic(name: string): TopicInfo | undefined {
    const cached = this.#topics.get(name);
    if (cached === undefined || performance.now() - cached.fetchedAtMs > this.#settings.metadataMaxAgeMs)
      return undefined;
    return cached.info;
  }

  /**
   * Asks any broker. Topics it does not know are absent from the answer.
   *
   * @param names the topics asked for; null for all.
   * @throws SluiceError KAFKA_UNREACHABLE, KAFKA_AUTHENTICATION_FAILED, KAFKA_AUTHORIZATION_FAILED, KAFKA_TOPIC_UNKNOWN
   *   for an invalid name.
   */
  async refresh(names: string[] | null, signal?: AbortSignal): Promise<TopicInfo[]> {
    const response = await this.#ask(names, signal);
    this.#clusterId = response.clusterId ?? undefined;
    // Coordinators learned of stay known: their address is as good as ever.
    for (const { nodeId, host, port } of response.brokers) this.#brokers.set(nodeId, { host, port });
    const fetchedAtMs = performance.now();
    for (const name of names ?? []) this.#topics.delete(name);
    const found = response.topics.flatMap((topic) => topicInfo(topic) ?? []);
    for (const info of found) this.#topics.set(info.topic, { info, fetchedAtMs });
    return found;
  }

  /**
   * Sends a request that any broker can answer: known brokers are tried in random order, then the bootstrap addresses.
   *
   * @throws as BrokerConnection.call; the last broker's error when none can be reached.
   */
  async callAny<Request extends unknown[], Response>(
    apis: readonly API<Request, Response>[],
    request: Request,
    signal?: AbortSignal,
  ): Promise<Response> {
    let failure: unknown = new SluiceError('KAFKA_UNREACHABLE', 'There is no Kafka broker to ask.', {
      retryable: true,
    });
    for (const address of [...shuffled([...this.#brokers.values()]), ...shuffled(this.#settings.bootstrapServers)]) {
      try {
        const connection = await unlessAborted(this.#connections.shared(address), signal);
        return await connection.call(apis, request, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isRetryable(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #ask(names: string[] | null, signal: AbortSignal | undefined): Promise<MetadataResponse> {
    try {
      return await this.callAny(METADATA_APIS, [names, false, false], signal);
    } catch (error) {
      if (isResponseError(error)) return error.response as MetadataResponse;
      throw error;
    }
  }
}

/** Undefined for a topic that is not there (yet). */
function topicInfo(topic: MetadataResponse['topics'][number]): TopicInfo | undefined {
  const name = topic.name ?? '';
  if (topic.errorCode !== 0) {
    const error = brokerError(topic.errorCode, { topic: name });
    if (error.retryable || errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  }
  const partitions = topic.partitions
    .map(({ partitionIndex, leaderId, leaderEpoch }) => ({ partition: partitionIndex, leader: leaderId, leaderEpoch }))
    .sort((a, b) => a.partition - b.partition);
  return { topic: name, topicId: topic.topicId, isInternal: topic.isInternal, partitions };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
