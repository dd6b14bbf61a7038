/** An HTTP server whose answers the test writes, and which keeps what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../../../../connectors/doris/http.js';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ScriptedServer extends Address {
  /** `127.0.0.1:port` */
  readonly name: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

export type Answer = (seen: SeenRequest, response: ServerResponse, request: IncomingMessage) => void;

/** Listens on a free port; the whole body is read before it answers. */
export async function startServer(answer: Answer): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url = '', headers } = request;
    const one = { method, path: url, headers, body: Buffer.concat(parts) };
    seen.push(one);
    answer(one, response, request);
  };
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.destroy());
  };
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    name: `127.0.0.1:${port}`,
    seen,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A port of this machine that nothing listens on. */
export async function deadAddress(): Promise<Address> {
  const { host, port, close } = await startServer(() => undefined);
  await close();
  return { host, port };
}

export function json(value: unknown): Answer {
  return (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
}

/** The envelope of a front end's answers. */
export function envelope(data: unknown): Answer {
  return json({ msg: 'success', code: 0, data, count: 0 });
}

export function redirectTo(location: string): Answer {
  return (_, response) => {
    response.writeHead(307, { location, 'content-type': 'text/html;charset=utf-8' });
    response.end();
  };
}
