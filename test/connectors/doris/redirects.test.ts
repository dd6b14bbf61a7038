/** Where a redirect may lead to: the password goes to the cluster and to nobody else. */
import type { DorisDriver } from '../../../connectors/doris/driver.js';
import { type Answer, envelope, json, type ScriptedServer, type SeenRequest, startServer } from './support/server.js';
import { failureOf, loadOf, openDriver, prepared } from './support/sink.js';

const { signal } = new AbortController();
const fresh = { mustExist: false, signal };
const loaded = json({ TxnId: 7, TwoPhaseCommit: 'true', Status: 'Success', Message: 'OK', NumberLoadedRows: 1 });
const committed = json({ status: 'Success', msg: 'transaction [7] commit successfully.' });
const load = loadOf('a_label', ['{"id":1}']);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serverOf(answer: Answer): Promise<ScriptedServer> {
  const server = await startServer(answer);
  closing.push(server.close);
  return server;
}

/** The same server by a name that is not this machine's own: another host, as far as a client can tell. */
const foreignName = ({ port }: ScriptedServer) => `0.0.0.0:${port}`;

/** A server that would take whatever it is sent. */
const stranger = () =>
  serverOf((seen, response, request) =>
    (seen.path.endsWith('_stream_load') ? loaded : committed)(seen, response, request),
  );

interface Frontend {
  /** Where loads are sent to. */
  readonly leadsTo: string;
  readonly listed?: { alive?: readonly string[]; dead?: readonly string[] };
  readonly others?: Answer;
}

/** A front end that says UNKNOWN of every label, lists back ends and redirects loads. */
function frontend({ leadsTo, listed = { alive: ['10.0.0.1:8040'] }, others = envelope('UNKNOWN') }: Frontend) {
  return serverOf((seen, response, request) => {
    if (seen.path.startsWith('/api/backends')) {
      const names = [...(listed.alive ?? []), ...(seen.path.endsWith('=true') ? [] : (listed.dead ?? []))];
      envelope({ backends: names.map(backendOf) })(seen, response, request);
    } else if (seen.method === 'GET') {
      others(seen, response, request);
    } else {
      response.writeHead(307, { location: `http://root:p@ss@${leadsTo}${seen.path}?` }).end();
    }
  });
}

function backendOf(name: string) {
  const [ip, port] = name.split(':');
  return { ip, http_port: Number(port), is_alive: true };
}

function driverOf({ port }: ScriptedServer, changes: Readonly<Record<string, string>> = {}): DorisDriver {
  const driver = openDriver(port, { 'doris.password': 'p@ss', ...changes });
  closing.push(() => driver.close());
  return driver;
}

const refused = (address: string) => ({
  code: 'SINK_REDIRECT_REFUSED',
  retryable: false,
  context: { key: 'doris.redirect.allowed.hosts' },
  message: expect.stringContaining(address),
  hint: expect.stringContaining(`add it to doris.redirect.allowed.hosts`),
});

const backendQuestions = ({ seen }: ScriptedServer): SeenRequest[] =>
  seen.filter(({ path }) => path.startsWith('/api/backends'));

test('a load is not sent to a host that nobody has named, and neither is the password', async () => {
  const thief = await stranger();
  const driver = driverOf(await frontend({ leadsTo: foreignName(thief) }));
  expect(await failureOf(driver.prepare(load, fresh))).toMatchObject(refused(foreignName(thief)));
  expect(thief.seen).toEqual([]);
});

test('a back end that the front ends list gets the load, by its host; the list is asked for once', async () => {
  const backend = await stranger();
  const server = await frontend({ leadsTo: foreignName(backend), listed: { alive: ['0.0.0.0:1'] } });
  const driver = driverOf(server);
  expect(prepared(await driver.prepare(load, fresh)).transactionId).toBe('7');
  expect(prepared(await driver.prepare(load, fresh)).transactionId).toBe('7');
  expect(backend.seen[0]?.headers.authorization).toBe(`Basic ${btoa('root:p@ss')}`);
  expect(backendQuestions(server)).toHaveLength(1);
});

test('a back end that is listed as dead is of the cluster as well', async () => {
  const backend = await stranger();
  const listed = { alive: ['10.0.0.1:8040'], dead: [foreignName(backend)] };
  const driver = driverOf(await frontend({ leadsTo: foreignName(backend), listed }));
  expect(prepared(await driver.prepare(load, fresh)).transactionId).toBe('7');
});

test.each<[string, (port: number) => string]>([
  ['a host', () => '10.1.1.1,0.0.0.0'],
  ['one port of it', (port) => `0.0.0.0:${port}`],
])('doris.redirect.allowed.hosts: %s', async (_title, allowed) => {
  const backend = await stranger();
  const server = await frontend({ leadsTo: foreignName(backend) });
  const driver = driverOf(server, { 'doris.redirect.allowed.hosts': allowed(backend.port) });
  expect(prepared(await driver.prepare(load, fresh)).transactionId).toBe('7');
  expect(backendQuestions(server)).toEqual([]);
});

test('another port than the allowed one is refused', async () => {
  const thief = await stranger();
  const driver = driverOf(await frontend({ leadsTo: foreignName(thief) }), {
    'doris.redirect.allowed.hosts': '0.0.0.0:1',
  });
  expect(await failureOf(driver.prepare(load, fresh))).toMatchObject(refused(foreignName(thief)));
  expect(thief.seen).toEqual([]);
});

test('names are compared as names: case and a final dot make no other host of it', async () => {
  const driver = driverOf(
    await frontend({ leadsTo: 'BE-1.example.invalid.:1', listed: { alive: ['be-1.EXAMPLE.invalid:1'] } }),
  );
  // Trusted, and so looked for: there is no such host.
  expect(await failureOf(driver.prepare(load, fresh))).toMatchObject({ code: 'SINK_UNREACHABLE' });
});

test('a host that only begins or ends like a known one is refused', async () => {
  for (const leadsTo of ['be.example.com.evil.invalid:8040', 'notbe.example.com:8040', '127.0.0.1.evil.invalid:8040']) {
    const driver = driverOf(await frontend({ leadsTo, listed: { alive: ['be.example.com:8040'] } }));
    expect(await failureOf(driver.prepare(load, fresh))).toMatchObject(refused(leadsTo));
  }
});

test('while the back ends cannot be listed, nothing is sent; later it is', async () => {
  const thief = await stranger();
  const server = await serverOf((seen, response, request) => {
    if (seen.path.startsWith('/api/backends')) response.writeHead(503).end('starting');
    else if (seen.method === 'GET') envelope('UNKNOWN')(seen, response, request);
    else response.writeHead(307, { location: `http://${foreignName(thief)}${seen.path}` }).end();
  });
  expect(await failureOf(driverOf(server).prepare(load, fresh))).toMatchObject({
    code: 'SINK_UNAVAILABLE',
    retryable: true,
  });
  expect(thief.seen).toEqual([]);
});

test('a question is sent on to a front end of doris.urls, never to a stranger or a back end', async () => {
  const thief = await stranger();
  const away: Answer = ({ path }, response) =>
    response.writeHead(307, { location: `http://${foreignName(thief)}${path}` }).end();
  const server = await frontend({ leadsTo: foreignName(thief), listed: { alive: [foreignName(thief)] }, others: away });
  expect(await failureOf(driverOf(server).lookup('db', 'a_label', signal))).toMatchObject(refused(foreignName(thief)));
  expect(thief.seen).toEqual([]);
});

test('a back end that sends a load or a commit on is not followed to a stranger', async () => {
  const thief = await stranger();
  const backend = await serverOf(({ path }, response) =>
    response.writeHead(307, { location: `http://${foreignName(thief)}${path}` }).end(),
  );
  const driver = driverOf(await frontend({ leadsTo: backend.name }));
  expect(await failureOf(driver.prepare(load, fresh))).toMatchObject(refused(foreignName(thief)));
  const reference = { ...load, state: 'PRECOMMITTED', transactionId: '7', host: backend.name } as const;
  const failure = failureOf(driver.commit({ ...reference, rows: 1, filteredRows: 0, sizeBytes: 9 }, signal));
  expect(await failure).toMatchObject(refused(foreignName(thief)));
  expect(thief.seen).toEqual([]);
});

test('an error log at a stranger is not asked for; the error is told without it', async () => {
  const thief = await stranger();
  const errorUrl = `http://${foreignName(thief)}/api/_load_error_log?file=x`;
  const backend = await serverOf(
    json({ Status: 'Fail', Message: '[DATA_QUALITY_ERROR]too many filtered rows', ErrorURL: errorUrl }),
  );
  const error = await failureOf(driverOf(await frontend({ leadsTo: backend.name })).prepare(load, fresh));
  expect(error).toMatchObject({ code: 'SINK_ROWS_REJECTED', context: { errorUrl } });
  expect(thief.seen).toEqual([]);
});

test('what is no host is a problem of the configuration', () => {
  expect(() => openDriver(8030, { 'doris.redirect.allowed.hosts': 'user:pw@be' })).toThrow(
    /doris\.redirect\.allowed\.hosts.*…@be is not host/s,
  );
});
