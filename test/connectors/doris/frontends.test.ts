import { Frontends } from '../../../connectors/doris/frontends.js';
import { type Address, DorisHttp } from '../../../connectors/doris/http.js';
import {
  type Answer,
  deadAddress,
  envelope,
  json,
  redirectTo,
  type ScriptedServer,
  startServer,
} from './support/server.js';
import { failureOf } from './support/sink.js';

const question = { context: { label: 'l', table: 'db.t' }, signal: new AbortController().signal };
const loadPath = '/api/db/t/_stream_load';
const stateless: Answer = envelope('VISIBLE');

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serverOf(answer: Answer): Promise<ScriptedServer> {
  const server = await startServer(answer);
  closing.push(server.close);
  return server;
}

function frontendsOf(addresses: readonly Address[], { autoRedirect = true } = {}): Frontends {
  const http = new DorisHttp({ user: 'root', password: () => '', connectTimeoutMs: 5_000, readTimeoutMs: 5_000 });
  closing.push(() => http.close());
  const list = addresses.map(({ host, port }) => ({ host, httpPort: port, queryPort: 9030 }));
  return new Frontends(http, { frontends: list, autoRedirect, redirectAllowedHosts: [], addressMap: [] });
}

const backendList = (...addresses: Address[]): Answer =>
  envelope({ backends: addresses.map(({ host, port }) => ({ ip: host, http_port: port, is_alive: true })) });

describe('fail-over', () => {
  test('a front end that is down is passed over, and the one that answered is asked first from then on', async () => {
    const up = await serverOf(stateless);
    const other = await serverOf(stateless);
    const frontends = frontendsOf([await deadAddress(), up, other]);
    expect(await frontends.labelState('db', 'l', question)).toBe('VISIBLE');
    expect(await frontends.labelState('db', 'l', question)).toBe('VISIBLE');
    expect([up.seen.length, other.seen.length]).toEqual([2, 0]);
  });

  test.each<[string, Answer]>([
    ['a proxy without a front end behind it', (_, response) => response.writeHead(502).end('<html>Bad Gateway</html>')],
    ['a front end that is not ready', json({ msg: 'Error', code: 1, data: 'not ready', count: 0 })],
    ['something that is not Doris', (_, response) => response.end('hello')],
    ['a connection that is reset', (_, __, { socket }) => socket.resetAndDestroy()],
  ])('the next one is asked after %s', async (_title, answer) => {
    const [bad, good] = [await serverOf(answer), await serverOf(stateless)];
    expect(await frontendsOf([bad, good]).labelState('db', 'l', question)).toBe('VISIBLE');
    expect(bad.seen).toHaveLength(1);
  });

  test('an answer that is an error is an answer: a wrong password is not tried on the others', async () => {
    const denied = json({ msg: 'Unauthorized', code: 401, data: 'Access denied for root@10.0.0.9', count: 0 });
    const [one, other] = [await serverOf(denied), await serverOf(stateless)];
    const error = await failureOf(frontendsOf([one, other]).labelState('db', 'l', question));
    expect(error).toMatchObject({ code: 'SINK_AUTHENTICATION_FAILED', retryable: false, context: { host: one.name } });
    expect(other.seen).toHaveLength(0);
  });

  test('when all are down the error names each of them with its reason', async () => {
    const [dead, bad] = [await deadAddress(), await serverOf((_, response) => response.writeHead(503).end('busy'))];
    const error = await failureOf(frontendsOf([dead, bad]).labelState('db', 'l', question));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, context: question.context });
    expect(error.message).toMatch(
      new RegExp(`^No Doris FE is available: 127.0.0.1:${dead.port}: .*ECONNREFUSED.*; ${bad.name}: .*HTTP 503: busy$`),
    );
    expect(error.hint).toContain('doris.urls');
  });

  test('a cancelled question is not put to the others', async () => {
    const cancelling = new AbortController();
    const [first, second] = [await serverOf(() => cancelling.abort()), await serverOf(stateless)];
    const asked = frontendsOf([first, second]).labelState('db', 'l', { ...question, signal: cancelling.signal });
    expect(await failureOf(asked)).toMatchObject({ code: 'CANCELLED' });
    expect(second.seen).toHaveLength(0);
  });
});

describe('redirects', () => {
  test('a follower sends a question on to the master', async () => {
    const master = await serverOf(envelope('PRECOMMITTED'));
    const follower = await serverOf(({ path }, response) =>
      response.writeHead(307, { location: `http://root:@${master.name}${path}` }).end(),
    );
    expect(await frontendsOf([follower]).labelState('db', 'a label', question)).toBe('PRECOMMITTED');
    expect(master.seen[0]?.path).toBe('/api/db/get_load_state?label=a%20label');
    expect(master.seen[0]?.headers.authorization).toBe(`Basic ${btoa('root:')}`);
  });

  test('a front end that redirects a load to another front end is followed to the back end', async () => {
    const last = await serverOf(redirectTo(`http://root:@127.0.0.1:8040${loadPath}?`));
    const first = await serverOf(redirectTo(`http://root:@${last.name}${loadPath}?`));
    const found = await frontendsOf([first, last]).locate(loadPath, { label: 'l' }, question);
    expect(found).toEqual({ host: '127.0.0.1', port: 8040, path: loadPath });
    expect(last.seen[0]).toMatchObject({ headers: { label: 'l', expect: '100-continue' } });
  });

  test('front ends that redirect to each other are left', async () => {
    const circle: ScriptedServer = await serverOf((_, response) =>
      response.writeHead(307, { location: `http://${circle.name}${loadPath}?` }).end(),
    );
    const frontends = frontendsOf([circle]);
    expect(await failureOf(frontends.locate(loadPath, {}, question))).toMatchObject({
      code: 'SINK_PROTOCOL',
      retryable: true,
    });
    expect(await failureOf(frontends.labelState('db', 'l', question))).toMatchObject({ code: 'SINK_PROTOCOL' });
    expect(circle.seen).toHaveLength(6);
  });

  test('a refusal instead of a redirect is told in the words of the front end', async () => {
    const server = await serverOf(json({ status: 'FAILED', msg: 'There is no 100-continue header' }));
    const error = await failureOf(frontendsOf([server]).locate(loadPath, {}, question));
    expect(error).toMatchObject({ code: 'SINK_REQUEST_INVALID', context: { label: 'l', host: server.name } });
    expect(error.message).toBe('Doris: There is no 100-continue header');
  });
});

describe('back ends', () => {
  const [one, two] = [
    { host: '10.0.0.1', port: 8040 },
    { host: '10.0.0.2', port: 8041 },
  ];

  test('auto.redirect=false: loads go to the live back ends in turn, without asking where', async () => {
    const server = await serverOf(backendList(one, two));
    const frontends = frontendsOf([server], { autoRedirect: false });
    const found = [1, 2, 3].map(() => frontends.locate(loadPath, {}, question));
    expect(await Promise.all(found)).toEqual([
      { ...one, path: loadPath },
      { ...two, path: loadPath },
      { ...one, path: loadPath },
    ]);
    expect(new Set(server.seen.map(({ path }) => path))).toEqual(new Set(['/api/backends?is_alive=true']));
  });

  test('the list is remembered until a back end did not answer', async () => {
    const server = await serverOf(backendList(one));
    const frontends = frontendsOf([server]);
    await frontends.liveBackends(question);
    await frontends.liveBackends(question);
    expect(server.seen).toHaveLength(1);
    frontends.forgetBackends();
    await frontends.liveBackends(question);
    expect(server.seen).toHaveLength(2);
  });

  test('a cluster without a live back end is waited for', async () => {
    const error = await failureOf(frontendsOf([await serverOf(backendList())]).anyBackend(question));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
  });
});

describe('labels and tables', () => {
  test.each(['PREPARE', 'PRECOMMITTED', 'COMMITTED', 'VISIBLE', 'ABORTED', 'UNKNOWN'])('state %s', async (state) => {
    expect(await frontendsOf([await serverOf(envelope(state))]).labelState('db', 'l', question)).toBe(state);
  });

  test.each(['SOMETHING_NEW', null, 7])('a state that is not known is never guessed: %j', async (state) => {
    const error = await failureOf(frontendsOf([await serverOf(envelope(state))]).labelState('db', 'l', question));
    expect(error).toMatchObject({ code: 'SINK_PROTOCOL', retryable: true });
  });

  test('the schema of a table', async () => {
    const properties = [{ name: 'id', type: 'BIGINT', comment: '', aggregation_type: '' }];
    const server = await serverOf(envelope({ keysType: 'UNIQUE_KEYS', properties, status: 200 }));
    expect(await frontendsOf([server]).schema('db', 't', question)).toEqual({
      keysType: 'UNIQUE_KEYS',
      columns: [{ name: 'id', type: 'BIGINT' }],
    });
    expect(server.seen[0]?.path).toBe('/api/db/t/_schema');
  });
});
