/**
 * HTTP to Doris. The hop to a front end asks where to load and carries `Expect: 100-continue`, which undici refuses on
 * HTTP/1.1: it goes over node:http, without a body. Bodies go to back ends over undici.
 */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { Agent, request } from 'undici';
import { type ErrorContext, SluiceError } from '../../connect/errors.js';
import type { TlsOptions } from './config/tls.js';
import { excerpt, type HttpReply, LOOK_AT_ADDRESS } from './replies.js';

/** Replies are small; an endless one is a fault. */
const MAX_REPLY_BYTES = 4 << 20;

export interface HttpOptions {
  readonly user: string;
  readonly password: () => string;
  readonly connectTimeoutMs: number;
  /** How long to wait at most for the reply once a request has been sent. */
  readonly readTimeoutMs: number;
  /** Front ends and back ends are spoken to over HTTPS, and over nothing else. */
  readonly tls?: TlsOptions | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a 307 points to: the address and the path. What it says of user and password is not used. */
export interface Redirect extends Address {
  readonly path: string;
}

export interface BodyRequest {
  readonly method: 'PUT' | 'POST' | 'GET';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly chunks: readonly Buffer[]; readonly sizeBytes: number };
  readonly signal: AbortSignal;
  /** Short for questions; a load may take as long as the database allows it. */
  readonly readTimeoutMs: number;
  readonly context: ErrorContext;
}

export function addressName({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `host:port` as `addressName` writes it; undefined when it is not of that form. */
export function parseAddress(name: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:\s/?#@\\[\]]+)):(\d{1,5})$/.exec(name);
  if (match === null) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) };
}

/**
 * Reads the Location of a 307 by hand: `http://user:password@host:port/path?`, where the password may hold characters
 * that no URL parser accepts and the query may be empty (RestBaseController of Doris).
 */
export function parseRedirect(location: string): Redirect | undefined {
  const match = /^(https?):\/\/(.*)$/i.exec(location.trim());
  if (match === null) return undefined;
  const [, scheme = '', rest = ''] = match;
  const slash = pathStart(rest);
  const authority = rest.slice(0, slash);
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  const address =
    parseAddress(hostAndPort) ?? parseAddress(`${hostAndPort}:${scheme.toLowerCase() === 'https' ? 443 : 80}`);
  if (address === undefined) return undefined;
  return { ...address, path: rest.slice(slash).replace(/\?$/, '') || '/' };
}

/** The slash that ends the authority: a raw slash in a password stands before its last `@`. */
function pathStart(rest: string): number {
  const api = rest.indexOf('/api/');
  if (api >= 0) return api;
  const slash = rest.indexOf('/');
  return slash < 0 ? rest.length : slash;
}

/** What the driver needs of HTTP; `DorisHttp` in production. */
export interface DorisTransport {
  /** Asks a front end where to send a body: no body is sent. Gives its redirect, or the reply that it gave instead. */
  hop(to: Address, call: Omit<BodyRequest, 'body'>): Promise<Redirect | HttpReply>;
  /** Sends a request, with or without a body, and gives the whole reply. Redirects are followed by the caller. */
  send(to: Address, call: BodyRequest): Promise<Redirect | HttpReply>;
  close(): Promise<void>;
}

export class DorisHttp implements DorisTransport {
  private readonly hops: http.Agent;
  private readonly bodies: Agent;
  private readonly storage: Agent;

  constructor(private readonly options: HttpOptions) {
    const { tls, connectTimeoutMs, readTimeoutMs } = options;
    const pool = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: readTimeoutMs };
    this.hops = tls === undefined ? new http.Agent(pool) : new https.Agent({ ...pool, ...tls });
    this.bodies = new Agent({
      connect: { ...tls, timeout: connectTimeoutMs },
      connections: 32,
      pipelining: 1,
      keepAliveTimeout: 10_000,
    });
    // Object storage is the cluster's own, or somebody else's with a certificate that everybody knows.
    const ca = tls?.ca === undefined ? {} : { ca: [...rootCertificates, String(tls.ca)] };
    this.storage = new Agent({
      connect: { ...ca, timeout: connectTimeoutMs },
      connections: 8,
      keepAliveTimeout: 10_000,
    });
  }

  async hop(to: Address, call: Omit<BodyRequest, 'body'>): Promise<Redirect | HttpReply> {
    const { response, body } = await this.expectContinue(to, call);
    return this.answer(response, body, to, call);
  }

  /** The same for a redirect that leads out of the cluster: its Location as it is, or the reply that came instead. */
  async locationOf(to: Address, call: Omit<BodyRequest, 'body'>): Promise<string | HttpReply> {
    const { response, body } = await this.expectContinue(to, call);
    const { statusCode: status = 0, headers } = response;
    if (status > 299 && status < 400 && headers.location !== undefined) return headers.location;
    return { status, body, host: addressName(to) };
  }

  /**
   * Puts a body at a signed address in object storage. Nobody's password goes there.
   *
   * @throws SluiceError SINK_UNREACHABLE, SINK_TIMEOUT or SINK_UNAVAILABLE, all retryable: a file can be put again
   */
  async store(
    location: string,
    call: Pick<BodyRequest, 'body' | 'signal' | 'readTimeoutMs' | 'context'>,
  ): Promise<void> {
    const { chunks, sizeBytes } = call.body ?? { chunks: [], sizeBytes: 0 };
    if (!URL.canParse(location)) {
      throw new SluiceError('SINK_PROTOCOL', 'Doris names no address to put a file at.', {
        retryable: true,
        context: call.context,
        hint: LOOK_AT_ADDRESS,
      });
    }
    const { hostname: host, port, protocol } = new URL(location);
    const to = { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
    try {
      const response = await request(location, {
        dispatcher: this.storage,
        method: 'PUT',
        headers: { 'content-length': String(sizeBytes) },
        signal: call.signal,
        headersTimeout: this.readTimeoutMs(call),
        bodyTimeout: this.readTimeoutMs(call),
        body: bodyOf(chunks),
      });
      const text = await collect(response.body);
      if (response.statusCode >= 200 && response.statusCode < 300) return;
      throw new SluiceError(
        'SINK_UNAVAILABLE',
        `The object storage answered HTTP ${response.statusCode}: ${excerpt(text)}`,
        {
          retryable: true,
          context: { ...call.context, host },
          hint: 'It is tried again; if it goes on, look at the storage behind the stage of doris.user.',
        },
      );
    } catch (error) {
      throw unreachable(isReplyTimeout(error) ? lateAfter(this.readTimeoutMs(call)) : error, to, call);
    }
  }

  private expectContinue(
    to: Address,
    call: Omit<BodyRequest, 'body'>,
    onFreshSocket = false,
  ): Promise<{ response: http.IncomingMessage; body: string }> {
    return new Promise((resolve, reject) => {
      const { tls } = this.options;
      const outgoing = (tls === undefined ? http : https).request({
        ...(tls === undefined || !onFreshSocket ? {} : tls),
        host: to.host,
        port: to.port,
        agent: onFreshSocket ? false : this.hops,
        method: call.method,
        path: call.path,
        headers: {
          ...readByFrontends(call.headers),
          ...this.authorization(),
          expect: '100-continue',
          'content-length': '0',
        },
        signal: call.signal,
      });
      const fail = (error: unknown) => reject(unreachable(error, to, call));
      const connectTimer = setTimeout(
        () => outgoing.destroy(new Error(`no connection within ${this.options.connectTimeoutMs} ms`)),
        this.options.connectTimeoutMs,
      );
      outgoing.on('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(connectTimer));
        else clearTimeout(connectTimer);
      });
      const readTimeoutMs = this.readTimeoutMs(call);
      outgoing.setTimeout(readTimeoutMs, () => outgoing.destroy(lateAfter(readTimeoutMs)));
      outgoing.on('error', (error) => {
        // The server closed an idle connection just as it was taken up again: nothing was asked yet.
        if (outgoing.reusedSocket && (error as { code?: string }).code === 'ECONNRESET') {
          this.expectContinue(to, call, true).then(resolve, reject);
        } else {
          fail(error);
        }
      });
      outgoing.on('close', () => clearTimeout(connectTimer));
      outgoing.on('response', (response) => {
        collect(response)
          .then((body) => resolve({ response, body }))
          .catch(fail);
      });
      outgoing.end();
    });
  }

  async send(to: Address, call: BodyRequest): Promise<Redirect | HttpReply> {
    const { body } = call;
    try {
      const response = await request(`${this.scheme}://${addressName(to)}${call.path}`, {
        dispatcher: this.bodies,
        method: call.method,
        headers: {
          ...onTheWire(call.headers),
          ...this.authorization(),
          ...(body === undefined ? {} : { 'content-length': String(body.sizeBytes) }),
        },
        signal: call.signal,
        headersTimeout: this.readTimeoutMs(call),
        bodyTimeout: this.readTimeoutMs(call),
        ...(body === undefined ? {} : { body: bodyOf(body.chunks) }),
      });
      const text = await collect(response.body);
      const location = response.headers.location;
      return this.answer({ statusCode: response.statusCode, headers: { location } }, text, to, call);
    } catch (error) {
      throw unreachable(isReplyTimeout(error) ? lateAfter(this.readTimeoutMs(call)) : error, to, call);
    }
  }

  async close(): Promise<void> {
    this.hops.destroy();
    await Promise.all([this.bodies.destroy(), this.storage.destroy()]);
  }

  private get scheme(): 'http' | 'https' {
    return this.options.tls === undefined ? 'http' : 'https';
  }

  /** The reply, or where it leads: never from HTTPS to plain HTTP, where the password could be read on the way. */
  private answer(
    response: { statusCode?: number | undefined; headers: { location?: string | string[] | undefined } },
    body: string,
    from: Address,
    call: Pick<BodyRequest, 'context'>,
  ): Redirect | HttpReply {
    const status = response.statusCode ?? 0;
    if (status < 300 || status > 399) return { status, body, host: addressName(from) };
    const { location = '' } = response.headers;
    const redirect = typeof location === 'string' ? parseRedirect(location) : undefined;
    const context = { ...call.context, host: addressName(from) };
    if (redirect === undefined) {
      throw new SluiceError('SINK_PROTOCOL', `Doris redirects (HTTP ${status}) without saying where to.`, {
        retryable: true,
        context,
        hint: LOOK_AT_ADDRESS,
      });
    }
    const scheme = /^\s*https:/i.test(String(location)) ? 'https' : 'http';
    if (scheme === this.scheme) return redirect;
    throw new SluiceError(
      'SINK_REDIRECT_REFUSED',
      `Doris redirects from ${this.scheme} to ${scheme}://${addressName(redirect)}: this is not followed.`,
      {
        context: { ...context, key: 'doris.enable.tls' },
        hint:
          this.scheme === 'https'
            ? 'Switch HTTPS on at the back ends too (enable_https in be.conf), or exclude http from TLS (doris.tls.excluded-protocols), then restart the connector.'
            : 'Set doris.enable.tls=true and the HTTPS port of the front ends, then restart the connector.',
      },
    );
  }

  private readTimeoutMs(call: Pick<BodyRequest, 'readTimeoutMs'>): number {
    return Math.min(call.readTimeoutMs, this.options.readTimeoutMs);
  }

  private authorization(): { authorization: string } {
    const { user, password } = this.options;
    return { authorization: `Basic ${Buffer.from(`${user}:${password()}`).toString('base64')}` };
  }
}

/**
 * A front end reads none of the headers that may hold other characters (columns, conditions); Node would write them in
 * two encodings, by whether it waits for a 100.
 */
function readByFrontends(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e]*$/.test(value)));
}

/** Doris reads headers as UTF-8 (names of columns, conditions); Node writes each character as one byte. */
function onTheWire(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const bytesOf = (value: string) => Buffer.from(value, 'utf8').toString('latin1');
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, bytesOf(value)]));
}

function bodyOf(chunks: readonly Buffer[]): Buffer | Readable {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  return Readable.from(chunks, { objectMode: false, highWaterMark: 1 << 20 });
}

async function collect(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of stream) {
    const bytes = part as Buffer;
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_REPLY_BYTES) throw new Error(`the reply is longer than ${MAX_REPLY_BYTES} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function lateAfter(readTimeoutMs: number): Error {
  return new Error(`no reply within ${readTimeoutMs} ms`);
}

/** Of undici, which does not say how long it waited. */
function isReplyTimeout(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
}

/** Ways for a request to fail, by the words of node:http and undici; what matches none is a server that is not there. */
const FAILURES = [
  {
    pattern: /certificate|altnames|CERT_/i,
    code: 'SINK_UNREACHABLE',
    words: 'The certificate of Doris is not accepted',
    hint: 'Set doris.tls.ca-certificate-path to the certificate of the authority that signed it, and name each node as its certificate does.',
  },
  {
    pattern: /wrong version number|packet length too long|EPROTO|SSL routines/i,
    code: 'SINK_UNREACHABLE',
    words: 'Doris does not speak TLS at this address',
    hint: 'Set doris.http.port to the HTTPS port of the front ends, or doris.enable.tls=false; the back ends need enable_https in be.conf.',
  },
  {
    pattern: /no reply within/,
    code: 'SINK_TIMEOUT',
    words: 'Doris did not answer in time',
    hint: 'It is tried again, and asked first what has become of it; if loads take longer than that, raise request.read.timeout.ms.',
  },
  {
    pattern: /ECONNRESET|EPIPE|hang up|other side closed|aborted|terminated/i,
    code: 'SINK_UNREACHABLE',
    words: 'The connection to Doris was cut',
    hint: 'It is tried again, and asked first what has become of it; if it goes on, look into the log of that Doris node.',
  },
  {
    pattern: /(?:)/,
    code: 'SINK_UNREACHABLE',
    words: 'Doris cannot be reached',
    hint: 'It is tried again; check that the server is up and its address right: doris.urls and doris.http.port of a front end, SHOW BACKENDS of a back end; where that address cannot be reached from here, map it by doris.backend.address.map.',
  },
] as const;

/** A failed request says nothing about what the server did with it: the next attempt asks by label. */
export function unreachable(
  error: unknown,
  to: Address,
  { context, signal }: Pick<BodyRequest, 'context' | 'signal'>,
): SluiceError {
  if (error instanceof SluiceError) return error;
  const at = { ...context, host: addressName(to) };
  if (signal.aborted)
    return new SluiceError('CANCELLED', 'The request was cancelled.', { context: at, cause: error, retryable: true });
  const reason = reasonOf(error);
  const { code, words, hint } = FAILURES.find(({ pattern }) => pattern.test(reason)) ?? FAILURES[4];
  return new SluiceError(code, `${words}: ${reason}`, { retryable: true, context: at, cause: error, hint });
}

function reasonOf(error: unknown): string {
  const { errors, message, code, name } = Object(error) as Partial<AggregateError> & { code?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.map(reasonOf).join('; ');
  return [message, code, name].find((words) => typeof words === 'string' && words !== '')?.toString() ?? String(error);
}
