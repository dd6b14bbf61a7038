/**
 * Connections to the brokers of one cluster: who opens them, who closes them.
 *
 * Each broker has one shared connection for short requests. A Fetch may wait at the broker and hold up what comes after
 * it on the same connection, so fetching leases connections of its own.
 */
import { setMaxListeners } from 'node:events';
import { SluiceError } from '../../connect/errors.js';
import type { BrokerAddress, KafkaSettings } from '../settings.js';
import { BrokerConnection } from './broker-connection.js';

/** Leased connections kept open per broker for the next reader. */
const MAX_IDLE_PER_BROKER = 4;

export class BrokerConnections {
  readonly #settings: KafkaSettings;
  readonly #shared = new Map<string, Promise<BrokerConnection>>();
  readonly #idle = new Map<string, BrokerConnection[]>();
  readonly #open = new Set<BrokerConnection>();
  readonly #closing = new AbortController();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    // Everyone who is connecting listens; there are as many as batches at a time.
    setMaxListeners(0, this.#closing.signal);
  }

  /** The connection for short requests, opened if need be. Concurrent callers share one attempt. */
  async shared(address: BrokerAddress): Promise<BrokerConnection> {
    const key = keyOf(address);
    const current = this.#shared.get(key);
    if (current !== undefined) {
      const connection = await current;
      if (connection.isOpen) return connection;
      if (this.#shared.get(key) === current) this.#forget(key, connection);
      return this.shared(address);
    }
    const attempt = this.#connect(address);
    this.#shared.set(key, attempt);
    attempt.catch(() => this.#shared.delete(key));
    return attempt;
  }

  /** A connection for the caller alone. It goes back by `release`. */
  async lease(address: BrokerAddress): Promise<BrokerConnection> {
    const idle = this.#idle.get(keyOf(address));
    for (let connection = idle?.pop(); connection !== undefined; connection = idle?.pop()) {
      if (connection.isOpen) return connection;
      this.#open.delete(connection);
    }
    return this.#connect(address);
  }

  /** Takes a leased connection back: to be used again, or closed when a request may still be under way on it. */
  release(address: BrokerAddress, connection: BrokerConnection, reusable: boolean): void {
    const idle = this.#idle.get(keyOf(address)) ?? [];
    if (reusable && connection.isOpen && idle.length < MAX_IDLE_PER_BROKER && !this.#closing.signal.aborted) {
      connection.rest();
      idle.push(connection);
      this.#idle.set(keyOf(address), idle);
    } else {
      connection.close();
      this.#open.delete(connection);
    }
  }

  /** Closes all connections, also those being opened. Later requests fail. */
  close(): void {
    this.#closing.abort(closed());
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    this.#shared.clear();
    this.#idle.clear();
  }

  async #connect(address: BrokerAddress): Promise<BrokerConnection> {
    const connection = await BrokerConnection.open(this.#settings, address, this.#closing.signal);
    this.#open.add(connection);
    return connection;
  }

  #forget(key: string, connection: BrokerConnection): void {
    this.#shared.delete(key);
    this.#open.delete(connection);
  }
}

function keyOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`;
}

function closed(): SluiceError {
  return new SluiceError('CANCELLED', 'The Kafka client is closed.');
}
