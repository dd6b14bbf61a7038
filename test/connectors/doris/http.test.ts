import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  addressName,
  type BodyRequest,
  DorisHttp,
  parseAddress,
  parseRedirect,
} from '../../../connectors/doris/http.js';
import { type Answer, deadAddress, json, redirectTo, type ScriptedServer, startServer } from './support/server.js';
import { failureOf } from './support/sink.js';

const context = { label: 'l', table: 'db.t' };

describe('the Location of a redirect', () => {
  const path = '/api/db/t/_stream_load';

  test.each([
    ['http://root:@10.0.0.1:8040/api/db/t/_stream_load?', { host: '10.0.0.1', port: 8040, path }],
    ['http://10.0.0.1:8040/api/db/t/_stream_load', { host: '10.0.0.1', port: 8040, path }],
    ['http://root@default_cluster:pw@be-1:8040/api/db/t/_stream_load?', { host: 'be-1', port: 8040, path }],
    ['http://root:p%40ss@be-1:8040/api/db/t/_stream_load?', { host: 'be-1', port: 8040, path }],
    ['http://root:p@s:s/w?rd#@be-1:8040/api/db/t/_stream_load?', { host: 'be-1', port: 8040, path }],
    ['http://root:pw@[fd00::1]:8040/api/db/t/_stream_load?', { host: 'fd00::1', port: 8040, path }],
    ['HTTP://be-1/api/db/t/_stream_load', { host: 'be-1', port: 80, path }],
    ['https://be-1:8050/api/db/t/_stream_load', { host: 'be-1', port: 8050, path }],
    [
      'http://be-1:8040/api/db/get_load_state?label=l',
      { host: 'be-1', port: 8040, path: '/api/db/get_load_state?label=l' },
    ],
    ['http://be-1:8040', { host: 'be-1', port: 8040, path: '/' }],
  ])('%s', (location, redirect) => {
    expect(parseRedirect(location)).toEqual(redirect);
  });

  test.each(['', '/api/db/t/_stream_load', 'ftp://be-1/api/', 'http://', 'http://be-1:port/api/x'])(
    '%j leads nowhere',
    (location) => {
      expect(parseRedirect(location)).toBeUndefined();
    },
  );

  test('whatever the password holds, host, port and path are found', () => {
    const password = fc.string({ unit: fc.constantFrom(...'aZ0@:/?#%[]& ') }).filter((text) => !text.includes('/api/'));
    const host = fc.constantFrom('10.1.2.3', 'be-1.doris.svc', '2001:db8::7');
    fc.assert(
      fc.property(password, host, fc.integer({ min: 1, max: 65_535 }), (secret, name, port) => {
        const location = `http://root:${secret}@${addressName({ host: name, port })}${path}?`;
        expect(parseRedirect(location)).toEqual({ host: name, port, path });
      }),
    );
  });

  test('an address survives being written and read', () => {
    for (const address of [
      { host: '10.0.0.1', port: 8040 },
      { host: '::1', port: 1 },
    ]) {
      expect(parseAddress(addressName(address))).toEqual(address);
    }
    expect(parseAddress('be-1')).toBeUndefined();
  });
});

describe('requests', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function serverOf(answer: Answer): Promise<ScriptedServer> {
    const server = await startServer(answer);
    closing.push(server.close);
    return server;
  }

  function client(options: { connectTimeoutMs?: number } = {}): DorisHttp {
    const http = new DorisHttp({
      user: 'root',
      password: () => 's:ecret',
      connectTimeoutMs: 10_000,
      readTimeoutMs: 10_000,
      ...options,
    });
    closing.push(() => http.close());
    return http;
  }

  function call(more: Partial<BodyRequest> = {}): BodyRequest {
    const { signal } = new AbortController();
    return { method: 'PUT', path: '/api/db/t/_stream_load', signal, readTimeoutMs: 10_000, context, ...more };
  }

  const authorization = `Basic ${btoa('root:s:ecret')}`;

  test('the hop to a front end carries Expect and Authorization, and no body', async () => {
    const server = await serverOf(redirectTo('http://root:s:ecret@10.0.0.1:8040/api/db/t/_stream_load?'));
    const reply = await client().hop(server, call({ headers: { label: 'l', format: 'json' } }));
    expect(reply).toEqual({ host: '10.0.0.1', port: 8040, path: '/api/db/t/_stream_load' });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      path: '/api/db/t/_stream_load',
      headers: { authorization, expect: '100-continue', 'content-length': '0', label: 'l', format: 'json' },
    });
  });

  test('a front end that answers instead of redirecting is heard', async () => {
    const server = await serverOf(json({ status: 'FAILED', msg: 'No database selected.' }));
    expect(await client().hop(server, call())).toEqual({
      status: 200,
      body: '{"status":"FAILED","msg":"No database selected."}',
      host: server.name,
    });
  });

  test.each([0, 1, 2, 500])(
    'a body of %d chunks arrives byte by byte, with its length and not chunked',
    async (count) => {
      const server = await serverOf(json({}));
      const chunks = Array.from({ length: count }, (_, index) => Buffer.alloc((index * 7_919) % 4_096, index));
      const whole = Buffer.concat(chunks);
      await client().send(server, call({ body: { chunks, sizeBytes: whole.length } }));
      const [seen] = server.seen;
      expect(seen?.body.equals(whole)).toBe(true);
      expect(seen?.headers).toMatchObject({ authorization, 'content-length': String(whole.length) });
      expect(seen?.headers['transfer-encoding']).toBeUndefined();
      expect(seen?.headers.expect).toBeUndefined();
    },
  );

  test('a refusal that comes before the body was read is heard, although the connection is cut', async () => {
    const words = '{"Status":"Fail","Message":"[ANALYSIS_ERROR]TStatus: errCode = 7, detailMessage = unknown table"}';
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.pause();
        const head = `HTTP/1.1 200 OK\r\nContent-Length: ${words.length}\r\nConnection: close\r\n\r\n`;
        socket.write(head + words, () => socket.destroy());
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.close();
    });
    const to = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const chunks = Array.from({ length: 32 }, () => Buffer.alloc(1 << 20, 'x'));
    const reply = await client().send(to, call({ body: { chunks, sizeBytes: 32 << 20 } }));
    expect(reply).toMatchObject({ status: 200, body: words });
  });

  test('a redirect of a body is handed back, not followed', async () => {
    const server = await serverOf(redirectTo('http://be-2:8041/api/db/t/_stream_load?'));
    const reply = await client().send(server, call({ body: { chunks: [Buffer.from('x')], sizeBytes: 1 } }));
    expect(reply).toEqual({ host: 'be-2', port: 8041, path: '/api/db/t/_stream_load' });
  });

  test('a redirect without a place is a fault of the protocol', async () => {
    const server = await serverOf((_, response) => response.writeHead(307).end());
    const error = await failureOf(client().hop(server, call()));
    expect(error).toMatchObject({ code: 'SINK_PROTOCOL', context: { ...context, host: server.name } });
  });

  const ways = [
    ['hop', (http: DorisHttp, to: ScriptedServer, one: BodyRequest) => http.hop(to, one)],
    ['send', (http: DorisHttp, to: ScriptedServer, one: BodyRequest) => http.send(to, one)],
  ] as const;

  describe.each(ways)('%s', (_name, ask) => {
    test('nobody listens', async () => {
      const to = { ...(await deadAddress()), name: '', seen: [], close: async () => undefined };
      const error = await failureOf(ask(client(), to, call()));
      expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, context: { host: addressName(to) } });
      expect(error.message).toContain('ECONNREFUSED');
      expect(error.hint).toContain('doris.urls');
    });

    test('no reply in time', async () => {
      const server = await serverOf(() => undefined);
      const error = await failureOf(ask(client(), server, call({ readTimeoutMs: 50 })));
      expect(error).toMatchObject({
        code: 'SINK_TIMEOUT',
        retryable: true,
        context: { ...context, host: server.name },
      });
    });

    test('half a reply, then silence', async () => {
      const server = await serverOf((_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"Status":"Succ');
      });
      const error = await failureOf(ask(client(), server, call({ readTimeoutMs: 50 })));
      expect(error).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true, context: { host: server.name } });
    });

    test('half a reply, then the end of the connection', async () => {
      const server = await serverOf((_, response, request) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"Status":"Succ', () => request.socket.destroy());
      });
      const error = await failureOf(ask(client(), server, call()));
      expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    });

    test('a reply without end is given up', async () => {
      const server = await serverOf((_, response) => {
        const page = Buffer.alloc(1 << 20, '.');
        const more = () => {
          if (!response.destroyed) response.write(page, more);
        };
        more();
      });
      const error = await failureOf(ask(client(), server, call()));
      expect(error.message).toContain('longer than 4194304 bytes');
      expect(error.retryable).toBe(true);
    });

    test('a cancelled request ends at once and says so', async () => {
      const cancelling = new AbortController();
      const server = await serverOf(() => cancelling.abort());
      const error = await failureOf(ask(client(), server, call({ signal: cancelling.signal })));
      expect(error).toMatchObject({ code: 'CANCELLED', retryable: true });
    });

    test('no connection in time', async () => {
      const deaf = await startDeafServer();
      closing.push(deaf.close);
      const to = { host: '127.0.0.1', port: deaf.port, name: '', seen: [], close: deaf.close };
      const error = await failureOf(ask(client({ connectTimeoutMs: 200 }), to, call()));
      expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, context: { host: addressName(to) } });
    });
  });

  test('an idle connection that the front end closes just then is replaced, once', async () => {
    const used = new Set<unknown>();
    const server = await serverOf((_, response, { socket }) => {
      // Without 100 Continue, Node's server would close the connection after its answer.
      response.writeContinue();
      if (used.has(socket)) socket.resetAndDestroy();
      else response.end('{}');
      used.add(socket);
    });
    const http = client();
    expect(await http.hop(server, call())).toMatchObject({ status: 200 });
    await nextTurn();
    expect(await http.hop(server, call())).toMatchObject({ status: 200 });
    expect(server.seen).toHaveLength(3);
  });

  test('a fresh connection that is reset is an error', async () => {
    const server = await serverOf((_, __, { socket }) => socket.resetAndDestroy());
    expect(await failureOf(client().hop(server, call()))).toMatchObject({ code: 'SINK_UNREACHABLE' });
    expect(server.seen).toHaveLength(1);
  });
});

const MAX_QUEUED = 64;

/** A process that stands still with its accept queue full: connections to it are neither made nor refused. */
async function startDeafServer(): Promise<{ port: number; close: () => Promise<void> }> {
  const script = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    process.stdout.write(String(this.address().port));
  });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets: Socket[] = [];
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  if (child.stdout === null) throw new Error('the process has no output');
  const [port] = (await once(child.stdout, 'data')).map(String).map(Number);
  if (port === undefined) throw new Error('the process told no port');
  child.kill('SIGSTOP');
  // The kernel still accepts as many connections as the queue holds.
  for (let connected = true; connected && sockets.length < MAX_QUEUED; ) {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    sockets.push(socket);
    const answer = once(socket, 'connect', { signal: AbortSignal.timeout(300) });
    connected = await answer.then(() => true).catch(() => false);
  }
  return { port, close };
}
