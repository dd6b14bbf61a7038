/** HTTP as the double's servers need it: routes by path segments, Basic authentication, replies before the body. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Decoded segments of the path. */
  readonly path: readonly string[];
  /** The client waits for `100 Continue` before it sends the body. */
  readonly awaitsContinue: boolean;
}

export type Handler = (exchange: Exchange) => Promise<void>;

export interface RunningServer {
  readonly port: number;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 64 * 1024;
/** An idle connection stays open for so long: longer than clients keep theirs. */
const KEEP_ALIVE_MS = 120_000;
/** A client that does not read the reply first may still be sending for so long. */
const LINGER_MS = 1000;

/** What a node shows its clients, in PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Serves until closed, over HTTPS with a certificate. Requests with `Expect: 100-continue` come before their bodies. */
export async function serve(
  host: string,
  port: number,
  handler: Handler,
  certificate?: ServerCertificate,
): Promise<RunningServer> {
  const options = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS };
  const server = certificate === undefined ? createServer(options) : createSecureServer({ ...options, ...certificate });
  const handle = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => response.destroy());
    handleSafely(handler, request, response, awaitsContinue).catch(() => response.destroy());
  };
  server.on('request', handle(false));
  server.on('checkContinue', handle(true));
  server.listen(port, host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

async function closeServer(server: Pick<Server, 'close' | 'closeAllConnections'> & NodeJS.EventEmitter): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function handleSafely(
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://double');
    const path = url.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
    await handler({ request, response, url, path, awaitsContinue });
  } catch (error) {
    if (response.headersSent || response.destroyed) throw error;
    response.writeHead(500, { 'Content-Type': 'text/plain' });
    response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** HTTP Basic; undefined when the header is missing or is something else. */
export function basicCredentials(request: IncomingMessage): Credentials | undefined {
  const encoded = /^Basic\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  // Doris 2.0 writes user@cluster.
  return { user: text.slice(0, colon).replace(/@default_cluster$/, ''), password: text.slice(colon + 1) };
}

/**
 * Replies before the body was read. The reply is complete at once; what the client still sends is taken and thrown
 * away for a moment, because closing a socket with unread bytes resets it and can take the reply along.
 */
export async function replyUnread(
  { request, response, awaitsContinue }: Exchange,
  status: number,
  headers: Record<string, string>,
  body = '',
): Promise<void> {
  const bytes = Buffer.from(body);
  const { headers: asked } = request;
  const hasBody = asked['transfer-encoding'] !== undefined || Number(asked['content-length'] ?? 0) > 0;
  const closing = hasBody && (awaitsContinue || !request.complete);
  response.writeHead(status, {
    ...headers,
    'Content-Length': String(bytes.length),
    ...(closing ? { Connection: 'close' } : {}),
  });
  response.flushHeaders();
  response.write(bytes);
  request.resume();
  if (closing && !request.complete) await lingered(request, response);
  response.end();
}

/** Settles when the rest of the body is there, the client is gone, or nothing has come for a while. */
async function lingered(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const stop = (): void => waiting.abort();
  const timer = setTimeout(stop, LINGER_MS);
  request.on('data', () => timer.refresh());
  request.once('end', stop);
  request.once('error', stop);
  response.once('close', stop);
  await once(waiting.signal, 'abort');
  clearTimeout(timer);
}

/** The whole body as text; for the small bodies of API calls. */
export async function readText(exchange: Exchange): Promise<string> {
  return (await readBytes(exchange)).toString('utf8');
}

/** The whole body. */
export async function readBytes({ request, response, awaitsContinue }: Exchange): Promise<Buffer> {
  if (awaitsContinue) response.writeContinue();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
