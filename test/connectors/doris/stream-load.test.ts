import { gunzipSync } from 'node:zlib';
import { type Answer, envelope, json, type ScriptedServer, type SeenRequest, startServer } from './support/server.js';
import { failureOf, loadOf, loadOfChunks, openDriver, prepared } from './support/sink.js';

/** What a load looks like on the wire: a front end and a back end that keep what they are sent. */
describe('a load on the wire', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const fresh = { mustExist: false, signal: new AbortController().signal };
  const success = { TxnId: 18_036, TwoPhaseCommit: 'true', Status: 'Success', Message: 'OK', NumberLoadedRows: 2 };
  const authorization = `Basic ${btoa('root:p@ss')}`;

  async function serverOf(answer: Answer): Promise<ScriptedServer> {
    const server = await startServer(answer);
    closing.push(server.close);
    return server;
  }

  /** A cluster of one front end and one back end, and a driver for it. */
  async function cluster(changes: Readonly<Record<string, string>> = {}, answer: Answer = json(success)) {
    const backend = await serverOf((seen, response, request) => {
      const commit = json({ status: 'Success', msg: 'transaction [18036] commit successfully.' });
      (seen.path.endsWith('_stream_load_2pc') ? commit : answer)(seen, response, request);
    });
    const frontend = await serverOf((seen, response, request) => {
      if (seen.method === 'GET') envelope('UNKNOWN')(seen, response, request);
      else response.writeHead(307, { location: `http://root:p@ss@${backend.name}${seen.path}?` }).end();
    });
    const driver = openDriver(frontend.port, { 'doris.password': 'p@ss', ...changes });
    closing.push(() => driver.close());
    return { backend, frontend, driver };
  }

  const only = ({ seen }: ScriptedServer): SeenRequest => {
    const [request, ...more] = seen;
    if (request === undefined || more.length > 0) throw new Error(`${seen.length} requests instead of one`);
    return request;
  };

  test('arrives byte by byte, with its length, under its label, by the same user', async () => {
    const { backend, frontend, driver } = await cluster();
    const chunks = Array.from({ length: 300 }, (_, index) => Buffer.from(`{"id":${index},"ü":"\\n\u2028"}\n`));
    const load = loadOfChunks('a_label', chunks, 300);
    await driver.prepare(load, fresh);
    const { method, path, headers, body } = only(backend);
    expect(body.equals(Buffer.concat(chunks))).toBe(true);
    expect([method, path]).toEqual(['PUT', '/api/db/t/_stream_load']);
    expect(headers).toMatchObject({
      authorization,
      label: 'a_label',
      two_phase_commit: 'true',
      group_commit: 'off_mode',
      format: 'json',
      read_json_by_line: 'true',
      'content-length': String(load.body.sizeBytes),
    });
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(frontend.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/db/get_load_state?label=a_label',
      'PUT /api/db/t/_stream_load',
    ]);
    expect(frontend.seen[1]?.headers).toMatchObject({ authorization, expect: '100-continue', label: 'a_label' });
    expect(frontend.seen[1]?.body).toHaveLength(0);
  });

  test('every attempt sends the same bytes under the same label', async () => {
    const { backend, driver } = await cluster({}, (_, response) => response.writeHead(503).end());
    const load = loadOf('again', ['{"id":1}', '{"id":2}']);
    await failureOf(driver.prepare(load, fresh));
    await failureOf(driver.prepare(load, fresh));
    const [first, second] = backend.seen;
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(second?.headers.label).toBe(first?.headers.label);
  });

  test('with gzip has the length of what is sent', async () => {
    const { backend, driver } = await cluster({ 'sink.properties.compress_type': 'gz' });
    const load = loadOf(
      'packed',
      Array.from({ length: 1_000 }, () => '{"id":1}'),
    );
    await driver.prepare(load, fresh);
    const { headers, body } = only(backend);
    expect(headers).toMatchObject({ compress_type: 'gz', 'content-length': String(body.length) });
    expect(body.length).toBeLessThan(load.body.sizeBytes);
    expect(gunzipSync(body).equals(Buffer.concat(load.body.chunks))).toBe(true);
  });

  test('with group commit has no label and no two-phase commit', async () => {
    const changes = { 'sink.properties.group_commit': 'async_mode', 'enable.2pc': 'false' };
    const { backend, driver } = await cluster(
      changes,
      json({ ...success, TwoPhaseCommit: undefined, GroupCommit: true }),
    );
    expect(await driver.prepare(loadOf('unused', ['{"id":1}']), fresh)).toMatchObject({ state: 'COMMITTED' });
    const { headers } = only(backend);
    expect(headers.group_commit).toBe('async_mode');
    expect(headers.label).toBeUndefined();
    expect(headers.two_phase_commit).toBeUndefined();
  });

  test('is committed by its transaction, at the back end that has it', async () => {
    const { backend, frontend, driver } = await cluster();
    const reference = prepared(await driver.prepare(loadOf('a_label', ['{"id":1}', '{"id":2}']), fresh));
    const asked = frontend.seen.length;
    expect(reference).toMatchObject({ transactionId: '18036', host: backend.name });
    expect(await driver.commit(reference, fresh.signal)).toBe('committed');
    const { method, path, headers } = backend.seen[1] ?? {};
    expect([method, path]).toEqual(['PUT', '/api/db/_stream_load_2pc']);
    expect(headers).toMatchObject({ authorization, txn_operation: 'commit', txn_id: '18036' });
    expect(frontend.seen).toHaveLength(asked);
  });

  test('that a server committed at once although two phases were asked for is not committed again', async () => {
    const { driver } = await cluster({}, json({ ...success, TwoPhaseCommit: 'false' }));
    expect(await driver.prepare(loadOf('l', ['{"id":1}']), fresh)).toMatchObject({ state: 'COMMITTED' });
  });

  test('of which a back end says that it is somewhere else follows it there', async () => {
    const second = await serverOf(json(success));
    const { driver } = await cluster({}, (_, response) => {
      response.writeHead(307, { location: `http://${second.name}/api/db/t/_stream_load` }).end();
    });
    const load = loadOf('l', ['{"id":1}']);
    expect(await driver.prepare(load, fresh)).toMatchObject({ host: second.name });
    expect(only(second)).toMatchObject({ body: load.body.chunks[0], headers: { authorization } });
  });

  test('in a circle is given up', async () => {
    const { backend, driver } = await cluster({}, ({ path }, response, { headers }) => {
      response.writeHead(307, { location: `http://${headers.host}${path}` }).end();
    });
    const error = await failureOf(driver.prepare(loadOf('l', ['{"id":1}']), fresh));
    expect(error).toMatchObject({ code: 'SINK_PROTOCOL', retryable: true, context: { label: 'l', table: 'db.t' } });
    expect(backend.seen).toHaveLength(3);
  });
});
