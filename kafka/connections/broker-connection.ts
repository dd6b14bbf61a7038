/** One connection to one broker, with the API versions it speaks. */
import { types } from 'node:util';
import { type API, apiVersionsV3, Connection } from '@platformatic/kafka';
import { SluiceError } from '../../connect/errors.js';
import { connectionError } from '../errors.js';
import { FETCH_API_KEY, type FetchRequest, type FetchResponse, fetch } from '../protocol/fetch.js';
import { ResponseBuffers } from '../protocol/response-buffers.js';
import type { BrokerAddress, KafkaSettings } from '../settings.js';
import { unlessAborted } from './abort.js';
import { connectionOptions } from './options.js';

const CLIENT_SOFTWARE = { name: 'sluice', version: '0.1.0' } as const;

interface VersionRange {
  minVersion: number;
  maxVersion: number;
}

/**
 * Requests fail with KAFKA_UNREACHABLE when the connection is lost or a time-out passes; the connection is then closed,
 * for a late reply would be taken for the reply to another request.
 */
export class BrokerConnection {
  readonly #connection: Connection;
  readonly #host: string;
  readonly #responseBuffers = new ResponseBuffers();
  readonly #apis = new Map<number, VersionRange>();
  #failure: Error | undefined;

  private constructor(connection: Connection, host: string) {
    this.#connection = connection;
    this.#host = host;
    // Requests in flight only learn that the connection was closed; why, is told by this event.
    connection.on('error', (error) => {
      this.#failure = error;
    });
    // Only closing it ends the timer of a connection that the broker has closed (for logging in again).
    connection.on('close', () => connection.close(() => {}));
  }

  /**
   * Connects, authenticates and learns the broker's API versions.
   *
   * @throws SluiceError KAFKA_UNREACHABLE (retryable), KAFKA_AUTHENTICATION_FAILED; the reason of `signal` when aborted.
   */
  static async open(settings: KafkaSettings, address: BrokerAddress, signal?: AbortSignal): Promise<BrokerConnection> {
    signal?.throwIfAborted();
    const host = `${address.host}:${address.port}`;
    const connection = new Connection(settings.clientId, connectionOptions(settings, address));
    const opened = new BrokerConnection(connection, host);
    try {
      await unlessAborted(connection.connect(address.host, address.port) ?? Promise.resolve(), signal);
      await opened.#learnVersions(signal);
      return opened;
    } catch (error) {
      opened.close();
      signal?.throwIfAborted();
      throw connectionError(opened.#failure ?? error, host);
    }
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  /**
   * Sends a request in the newest of the given API versions that the broker speaks.
   *
   * @param apis the same API in several versions, newest first.
   * @throws SluiceError KAFKA_UNREACHABLE (retryable), KAFKA_PROTOCOL; a ResponseError where the response holds errors;
   *   the reason of `signal` when aborted.
   */
  async call<Request extends unknown[], Response>(
    apis: readonly API<Request, Response>[],
    request: Request,
    signal?: AbortSignal,
  ): Promise<Response> {
    const api = apis.find(({ key, version }) => this.#speaks(key, version));
    if (api === undefined) throw this.#tooOld(apis.at(-1)?.key ?? -1);
    return this.#guard(api.async(this.#connection, ...request), signal);
  }

  /**
   * Fetches records. The response is valid until the next but one fetch on this connection.
   *
   * @throws as `call`, but errors in the response are in its fields.
   */
  async fetch(version: number, request: FetchRequest, signal?: AbortSignal): Promise<FetchResponse> {
    return this.#guard(fetch(this.#connection, version, request, this.#responseBuffers), signal);
  }

  /** The newest Fetch version both sides speak, at most `max`. */
  fetchVersion(min: number, max: number): number {
    const range = this.#apis.get(FETCH_API_KEY);
    const version = Math.min(max, range?.maxVersion ?? -1);
    if (range === undefined || version < Math.max(min, range.minVersion)) throw this.#tooOld(FETCH_API_KEY);
    return version;
  }

  /** Called when a reader is done with the connection. */
  rest(): void {
    this.#responseBuffers.rest();
  }

  /** Drops the connection; requests in flight fail. */
  close(): void {
    // The socket is there only once a connection has been attempted.
    const socket: { destroy(): void } | undefined = this.#connection.socket;
    socket?.destroy();
    this.#connection.close(() => {});
  }

  async #guard<T>(request: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await unlessAborted(request, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isResponseError(error)) throw error;
      this.close();
      throw connectionError(this.#failure ?? error, this.#host);
    }
  }

  async #learnVersions(signal: AbortSignal | undefined): Promise<void> {
    const request = apiVersionsV3.api.async(this.#connection, CLIENT_SOFTWARE.name, CLIENT_SOFTWARE.version);
    const { apiKeys } = await unlessAborted(request, signal);
    for (const { apiKey, minVersion, maxVersion } of apiKeys) this.#apis.set(apiKey, { minVersion, maxVersion });
  }

  #speaks(apiKey: number, version: number): boolean {
    const range = this.#apis.get(apiKey);
    return range !== undefined && range.minVersion <= version && version <= range.maxVersion;
  }

  #tooOld(apiKey: number): SluiceError {
    return new SluiceError('KAFKA_PROTOCOL', `The broker does not speak a known version of the API ${apiKey}.`, {
      context: { host: this.#host },
      hint: 'Sluice works with Kafka 2.8 and later.',
    });
  }
}

/** Errors inside an otherwise good response carry the response. */
export function isResponseError(error: unknown): error is Error & { response: unknown } {
  return types.isNativeError(error) && 'response' in error && error.response !== undefined;
}
