import { call, type Reply, startTestDouble, type TestDouble } from './support/client.js';

describe('the frontend', () => {
  let test: TestDouble;
  let fe: string;
  let be: string;
  beforeAll(async () => {
    test = await startTestDouble({ users: { root: '', 'kafka@eu': 'p/w:ä 1' } });
    fe = test.double.feUrl;
    be = `127.0.0.1:${test.double.bePort}`;
  });
  afterAll(() => test.double.close());

  const put = (path: string, headers: Record<string, string> = {}, options: Parameters<typeof call>[1] = {}) =>
    call(`${fe}${path}`, { method: 'PUT', body: '{"id":1}', ...options, headers });
  const json = (reply: Reply): unknown => JSON.parse(reply.text);

  it('redirects a load with 307, never asking for the body', async () => {
    const reply = await put('/api/db/t/_stream_load', { Expect: '100-continue' });
    expect(reply).toMatchObject({ status: 307, continued: false, text: '' });
    expect(reply.headers).toMatchObject({
      location: `http://root:@${be}/api/db/t/_stream_load?`,
      'content-type': 'text/html;charset=utf-8',
      'content-length': '0',
    });
  });

  it('redirects even for a table that does not exist, and keeps the query', async () => {
    const reply = await put('/api/db/nope/_stream_load?a=1&b=%20', { Expect: '100-continue' });
    expect(reply.headers.location).toBe(`http://root:@${be}/api/db/nope/_stream_load?a=1&b=%20`);
  });

  it('writes user and password into the Location as java.net.URI does', async () => {
    const password = Buffer.from('p/w:ä 1').toString('latin1');
    const reply = await put('/api/db/t/_stream_load', { Expect: '100-continue' }, { user: 'kafka@eu', password });
    expect(reply.headers.location).toBe(`http://kafka%40eu:p%2Fw:%C3%A4%201@${be}/api/db/t/_stream_load?`);
  });

  it('still answers a client that sends a large body without waiting', async () => {
    const reply = await put('/api/db/t/_stream_load', {}, { body: 'x'.repeat(3_000_000) });
    expect(json(reply)).toEqual({ status: 'FAILED', msg: 'There is no 100-continue header' });
  });

  it('refuses in lower-case keys with HTTP 200', async () => {
    const expect100 = { Expect: '100-continue' };
    expect(json(await put('/api/db//_stream_load', expect100))).toEqual({
      status: 'FAILED',
      msg: 'No table selected.',
    });
    expect(json(await put('/api/db/t/_stream_load', { ...expect100, group_commit: 'on' }))).toEqual({
      status: 'FAILED',
      msg: 'Header `group_commit` can only be `sync_mode`, `async_mode` or `off_mode`.',
    });
    expect(json(await put('/api/db/_stream_load_2pc'))).toEqual({
      status: 'FAILED',
      msg: 'No transaction id or label selected.',
    });
    expect(json(await put('/api/db/_stream_load_2pc', { txn_id: '1' }))).toEqual({
      status: 'FAILED',
      msg: "No transaction operation('commit' or 'abort') selected.",
    });
  });

  it('says 401 inside of HTTP 200 when the password is wrong or missing', async () => {
    const denied = await put('/api/db/t/_stream_load', { Expect: '100-continue' }, { password: 'wrong' });
    expect(denied.status).toBe(200);
    expect(json(denied)).toEqual({
      msg: 'Unauthorized',
      code: 401,
      data: expect.stringMatching(/^Access denied for root@.*127\.0\.0\.1$/),
      count: 0,
    });
    expect(json(await call(`${fe}/api/backends`, { user: null }))).toEqual({
      msg: 'Unauthorized',
      code: 401,
      data: 'Need auth information.',
      count: 0,
    });
  });

  it('redirects the second phase without asking for Expect', async () => {
    const reply = await put('/api/db/t/_stream_load_2pc', { txn_id: '1', txn_operation: 'commit' });
    expect(reply).toMatchObject({ status: 307 });
    expect(reply.headers.location).toBe(`http://root:@${be}/api/db/t/_stream_load_2pc?`);
  });

  it('names its backends and says that it is well', async () => {
    expect((await call(`${fe}/api/backends?is_alive=true`)).text).toBe(
      `{"msg":"success","code":0,"data":{"backends":[{"ip":"127.0.0.1","http_port":${test.double.bePort},"is_alive":true}]},"count":0}`,
    );
    expect((await call(`${fe}/api/health`, { user: null })).text).toBe(
      '{"msg":"success","code":0,"data":{"total_backend_num":1,"online_backend_num":1},"count":0}',
    );
    expect((await call(`${fe}/api/bootstrap`, { user: null })).text).toBe(
      '{"msg":"success","code":0,"data":{"replayedJournalId":0,"queryPort":0,"rpcPort":0,"version":"","startTime":-1},"count":0}',
    );
  });

  it('looks labels up: UNKNOWN is a forgotten or a new one', async () => {
    expect((await call(`${fe}/api/db/get_load_state?label=none`)).text).toBe(
      '{"msg":"success","code":0,"data":"UNKNOWN","count":0}',
    );
    expect(json(await call(`${fe}/api/nope/get_load_state?label=none`))).toMatchObject({ msg: 'Error', code: 1 });
    expect(json(await call(`${fe}/api/db/_load_info?label=none`))).toMatchObject({ status: 'FAILED' });
  });

  it('describes a table', async () => {
    await statement('CREATE TABLE s (id INT, d DECIMAL(10,2), at DATETIME COMMENT "when") UNIQUE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1'); // biome-ignore format: one statement
    expect(json(await call(`${fe}/api/db/s/_schema`))).toEqual({
      msg: 'success',
      code: 0,
      data: {
        keysType: 'UNIQUE_KEYS',
        tableType: 'OLAP',
        properties: [
          { name: 'id', type: 'INT', comment: '', aggregation_type: '' },
          { name: 'd', type: 'DECIMAL64', precision: '10', scale: '2', comment: '', aggregation_type: 'REPLACE' },
          { name: 'at', type: 'DATETIMEV2', comment: 'when', aggregation_type: 'REPLACE' },
        ],
        status: 200,
      },
      count: 0,
    });
    expect(json(await call(`${fe}/api/db/nope/_schema`))).toMatchObject({ code: 1 });
  });

  it('runs statements over HTTP', async () => {
    expect(await statement('ALTER TABLE t ADD COLUMN extra INT')).toMatchObject({ msg: 'success', code: 0 });
    expect(await statement('ALTER TABLE t ADD COLUMN extra INT')).toMatchObject({
      code: 1,
      data: expect.stringContaining('Can not add column which already exists in base table: extra'),
    });
    expect(await statement('SELECT 1 AS one')).toMatchObject({ data: { type: 'result_set', data: [['1']] } });
  });

  const statement = async (stmt: string): Promise<unknown> =>
    json(await call(`${fe}/api/query/default_cluster/db`, { method: 'POST', body: JSON.stringify({ stmt }) }));
});
