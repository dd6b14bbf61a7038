/** What all requests to a cluster share: connections, metadata, the way to a partition's leader. */
import type { API } from '@platformatic/kafka';
import { SluiceError } from '../connect/errors.js';
import { unlessAborted } from './connections/abort.js';
import type { BrokerConnection } from './connections/broker-connection.js';
import { BrokerConnections } from './connections/index.js';
import { ClusterMetadata, type PartitionInfo } from './metadata.js';
import type { TopicPartition } from './offsets.js';
import type { RetryPolicy } from './retry.js';
import type { BrokerAddress, KafkaSettings } from './settings.js';

/** How long requests are repeated here before the error goes to the caller, who may have a longer breath. */
const RETRY_TIMEOUT_MS = 10_000;

/** A leased connection; `release(false)` when a request may still be under way on it. */
export interface Lease {
  connection: BrokerConnection;
  release(reusable: boolean): void;
}

export class ClusterCore {
  readonly settings: KafkaSettings;
  readonly metadata: ClusterMetadata;
  readonly retryPolicy: RetryPolicy;
  readonly #connections: BrokerConnections;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
    this.#connections = new BrokerConnections(settings);
    this.metadata = new ClusterMetadata(settings, this.#connections);
    this.retryPolicy = {
      timeoutMs: RETRY_TIMEOUT_MS,
      backoffMs: settings.retryBackoffMs,
      maxBackoffMs: settings.retryBackoffMaxMs,
    };
  }

  close(): void {
    this.#connections.close();
  }

  /** Makes sure that the metadata of these topics is there, or asked for anew if it is known to be stale. */
  async knowTopics(names: string[], stale: boolean, signal?: AbortSignal): Promise<void> {
    const unknown = stale ? names : names.filter((name) => this.metadata.topic(name) === undefined);
    if (unknown.length > 0) await this.metadata.refresh(unknown, signal);
  }

  /** The partition's leader by the metadata at hand, or the (retryable) error that says why there is none. */
  leaderOf({ topic, partition }: TopicPartition): PartitionInfo | SluiceError {
    const info = this.metadata.topic(topic)?.partitions.find((candidate) => candidate.partition === partition);
    const context = { topic, partition };
    if (info === undefined) {
      return new SluiceError('KAFKA_TOPIC_UNKNOWN', 'Kafka does not know this topic or partition.', {
        retryable: true,
        context,
        hint: 'Create the topic, or correct its name.',
      });
    }
    if (info.leader < 0 || this.metadata.broker(info.leader) === undefined) {
      return new SluiceError('KAFKA_UNREACHABLE', 'The partition has no leader at present.', {
        retryable: true,
        context,
        hint: 'Check that the brokers which hold the partition are up.',
      });
    }
    return info;
  }

  /** Sends a short request to a broker over its shared connection; see BrokerConnection.call. */
  async callBroker<Request extends unknown[], Response>(
    nodeId: number,
    apis: readonly API<Request, Response>[],
    request: Request,
    signal?: AbortSignal,
  ): Promise<Response> {
    const connection = await unlessAborted(this.#connections.shared(this.#address(nodeId)), signal);
    return connection.call(apis, request, signal);
  }

  /** Sends a request that any broker can answer; see ClusterMetadata.callAny. */
  callAny<Request extends unknown[], Response>(
    apis: readonly API<Request, Response>[],
    request: Request,
    signal?: AbortSignal,
  ): Promise<Response> {
    return this.metadata.callAny(apis, request, signal);
  }

  /** A connection to a broker for the caller alone. */
  async lease(nodeId: number, signal?: AbortSignal): Promise<Lease> {
    const address = this.#address(nodeId);
    const pending = this.#connections.lease(address);
    try {
      const connection = await unlessAborted(pending, signal);
      return { connection, release: (reusable) => this.#connections.release(address, connection, reusable) };
    } catch (error) {
      // Given up while it was being opened: it is not to stay open when it succeeds after all.
      pending.then((connection) => this.#connections.release(address, connection, true)).catch(() => {});
      throw error;
    }
  }

  #address(nodeId: number): BrokerAddress {
    const address = this.metadata.broker(nodeId);
    if (address === undefined) {
      throw new SluiceError('KAFKA_UNREACHABLE', `Broker ${nodeId} is not known.`, { retryable: true });
    }
    return address;
  }
}
