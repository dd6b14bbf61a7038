import type { IncomingMessage, ServerResponse } from 'node:http';
import { basicCredentials, type Exchange, serve } from '../doris/http.js';
import { SwitchableServer } from '../doris/switchable-server.js';
import { answerRequest } from './api.js';
import { RegistryFailure } from './failure.js';
import { type SchemaDefinition, SchemaStore, type SubjectVersion } from './store.js';

export interface RegistryCredentials {
  readonly user: string;
  readonly password: string;
}

export interface RegistryDoubleOptions {
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Who may ask; everybody where it is left out. */
  readonly credentials?: RegistryCredentials;
  /** A token that may ask instead of a user. */
  readonly token?: string;
  /** The id of the first schema; 1 by default. */
  readonly firstId?: number;
}

interface Trouble {
  readonly status: number;
  left: number;
}

const JSON_TYPE = 'application/vnd.schemaregistry.v1+json';
const MAX_BODY_BYTES = 16 << 20;

/** A registry that listens until it is closed. */
export class RegistryDouble {
  readonly store: SchemaStore;
  /** The requests that were answered, as `GET /schemas/ids/1?subject=…`. */
  readonly requests: string[] = [];
  readonly #server: SwitchableServer;
  #trouble: Trouble | undefined;

  private constructor(readonly options: RegistryDoubleOptions) {
    this.store = new SchemaStore(options.firstId ?? 1);
    this.#server = new SwitchableServer(options.port ?? 0, (port) =>
      serve(this.#host, port, (exchange) => this.#answer(exchange)),
    );
  }

  static async start(options: RegistryDoubleOptions = {}): Promise<RegistryDouble> {
    const double = new RegistryDouble(options);
    await double.#server.start();
    return double;
  }

  get #host(): string {
    return this.options.host ?? '127.0.0.1';
  }

  get url(): string {
    return `http://${this.#host}:${this.#server.port}`;
  }

  /** Registers a schema without HTTP. */
  register(subject: string, definition: SchemaDefinition): SubjectVersion {
    return this.store.register(subject, definition);
  }

  /** Answers the next requests with this status and an HTML page, as a proxy in front of a registry does. */
  failNext(count: number, status: number): void {
    this.#trouble = { status, left: count };
  }

  /** Cuts all connections and refuses new ones until `resume`, which listens on the same port. */
  async pause(): Promise<void> {
    await this.#server.stop();
  }

  async resume(): Promise<void> {
    await this.#server.start();
  }

  async close(): Promise<void> {
    await this.#server.stop();
  }

  async #answer({ request, response, url, path }: Exchange): Promise<void> {
    const body = await readBody(request);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (this.#trouble !== undefined && this.#trouble.left-- > 0) {
      reply(response, this.#trouble.status, 'text/html', '<html><body>Bad gateway</body></html>');
      return;
    }
    try {
      if (!this.#mayAsk(request)) throw new RegistryFailure(401, 401, 'Unauthorized');
      const result = answerRequest(this.store, {
        method: request.method ?? 'GET',
        path,
        query: url.searchParams,
        body,
      });
      reply(response, 200, JSON_TYPE, JSON.stringify(result));
    } catch (error) {
      if (!(error instanceof RegistryFailure)) throw error;
      const { code, message } = error;
      reply(response, error.status, JSON_TYPE, JSON.stringify({ error_code: code, message }));
    }
  }

  #mayAsk(request: IncomingMessage): boolean {
    const { credentials, token } = this.options;
    if (credentials === undefined && token === undefined) return true;
    if (token !== undefined && request.headers.authorization === `Bearer ${token}`) return true;
    const given = basicCredentials(request);
    return credentials !== undefined && given?.user === credentials.user && given.password === credentials.password;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, contentType: string, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  response.end(bytes);
}
