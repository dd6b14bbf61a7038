import { setImmediate as nextTurn } from 'node:timers/promises';
import { call, startTestDouble, type TestDouble } from './support/client.js';

let test: TestDouble;
let fe: string;
let be: string;
beforeEach(async () => {
  test = await startTestDouble({ frontends: 2 });
  fe = test.double.feUrl;
  be = `http://127.0.0.1:${test.double.bePort}`;
});
afterEach(() => test.double.close());

async function order(url: string, method = 'POST', body?: unknown) {
  const { status, text } = await call(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status, value: JSON.parse(text) as unknown };
}
const isUp = (base: string) =>
  call(`${base}/api/health`).then(
    () => true,
    () => false,
  );
const precommitted = (label: string) => test.loadJson('{"id":1}', { label, two_phase_commit: 'true' });
const leaders = () => test.double.nodes.list().map(({ name, running, leader }) => [name, running, leader]);

describe('settings', () => {
  it('are told and changed, all or nothing', async () => {
    const url = `${fe}/_sandbox/settings`;
    const before = (await order(url, 'GET')).value;
    expect(before).toMatchObject({ labelKeepCount: 2000, maxRunningPerDatabase: 1000, publishWaitMs: 30_000 });
    expect(await order(url, 'PATCH', { labelKeepCount: 1, lable: 2 })).toEqual({
      status: 400,
      value: { error: expect.stringContaining('there is no setting lable; there are labelKeepMs') },
    });
    expect(await order(url, 'PATCH', { labelKeepMs: 'x' })).toMatchObject({ status: 400 });
    expect((await order(url, 'GET')).value).toEqual(before);
  });

  it('Publish Timeout: the rows take longer than the load waits', async () => {
    await order(`${be}/_sandbox/settings`, 'PATCH', { publishWaitMs: 0, publishDelayMs: 100 });
    expect(await test.loadJson('{"id":1}', { label: 'late' })).toMatchObject({ Status: 'Publish Timeout' });
    while ((await test.state('late')) !== 'VISIBLE') await nextTurn();
  });

  it('quota: no transaction begins', async () => {
    await order(`${fe}/_sandbox/settings`, 'PATCH', { maxRunningPerDatabase: 0 });
    expect(await precommitted('none')).toMatchObject({
      Status: 'Fail',
      Message: expect.stringMatching(/current running txns on db \d+ is 0, larger than limit 0$/),
    });
  });

  it.each([
    ['age', { labelKeepMs: 0 }],
    ['count', { labelKeepCount: 0 }],
  ])('a label is evicted by %s when the cleaner comes', async (_, change) => {
    await test.loadJson('{"id":1}', { label: 'old' });
    await order(`${fe}/_sandbox/settings`, 'PATCH', change);
    expect(await test.state('old')).toBe('VISIBLE');
    await order(`${fe}/_sandbox/clean`);
    expect(await test.state('old')).toBe('UNKNOWN');
  });

  it('a precommitted transaction times out when the cleaner comes', async () => {
    await precommitted('slow');
    await order(`${fe}/_sandbox/settings`, 'PATCH', { precommitTimeoutMs: 0 });
    await order(`${fe}/_sandbox/clean`);
    expect((await order(`${fe}/_sandbox/transactions?database=db&label=slow`, 'GET')).value).toMatchObject([
      { id: expect.stringMatching(/^\d+$/), state: 'ABORTED', reason: 'timeout by txn manager' },
    ]);
  });
});

it.each([
  ['PREPARE', 'Label Already Exists', 'RUNNING'],
  ['PRECOMMITTED', 'Label Already Exists', 'PRECOMMITTED'],
  ['COMMITTED', 'Label Already Exists', 'FINISHED'],
  ['VISIBLE', 'Label Already Exists', 'FINISHED'],
  ['ABORTED', 'Success', undefined],
])('a label that is put into state %s', async (state, status, existing) => {
  const planted = { database: 'db', table: 't', label: 'there', state };
  expect(await order(`${fe}/_sandbox/transactions`, 'POST', planted)).toMatchObject({ status: 200, value: { state } });
  expect(await test.state('there')).toBe(state);
  const reply = await precommitted('there');
  expect(reply).toMatchObject({ Status: status });
  expect(reply.ExistingJobStatus).toBe(existing);
});

describe('nodes', () => {
  it('the back end goes down and comes back; what is precommitted is still there', async () => {
    await precommitted('kept');
    await order(`${fe}/_sandbox/nodes/be/stop`);
    expect(await isUp(be)).toBe(false);
    await order(`${fe}/_sandbox/nodes/be/start`);
    expect((await test.twoPhase({ label: 'kept', txn_operation: 'commit' })).text).toContain('commit successfully');
  });

  it('a restart of the back end ends what was not precommitted', async () => {
    test.double.transactions.begin({ database: 'db', label: 'lost', tables: ['t'], coordinator: 'BE: 127.0.0.1' });
    expect((await order(`${fe}/_sandbox/nodes/be/restart`)).status).toBe(200);
    expect(test.double.transactions.byLabel('db', 'lost')).toMatchObject([
      { state: 'ABORTED', reason: 'coordinate BE restart' },
    ]);
  });

  it('a front end is down for a while; the other one leads from then on', async () => {
    expect(leaders()).toEqual([
      ['be', true, false],
      ['fe-0', true, true],
      ['fe-1', true, false],
    ]);
    await order(`${be}/_sandbox/nodes/fe/stop?forMs=50`);
    const other = `http://127.0.0.1:${test.double.fePorts[1]}`;
    await precommitted('there');
    const { text } = await call(`${other}/api/db/get_load_state?label=there`);
    expect(JSON.parse(text)).toMatchObject({ data: 'PRECOMMITTED' });
    while (!(await isUp(fe))) await nextTurn();
    expect(leaders().slice(1)).toEqual([
      ['fe-0', true, false],
      ['fe-1', true, true],
    ]);
  });

  it('a node that is told to stop itself answers first', async () => {
    expect((await order(`${fe}/_sandbox/nodes/fe/stop`)).status).toBe(200);
    while (await isUp(fe)) await nextTurn();
  });

  it('a follower sends questions about labels to the leader, and loads to a back end', async () => {
    await order(`${fe}/_sandbox/nodes/fe-1/elect`);
    const state = await call(`${fe}/api/db/get_load_state?label=x`);
    expect(state).toMatchObject({ status: 307 });
    expect(state.headers.location).toBe(
      `http://root:@127.0.0.1:${test.double.fePorts[1]}/api/db/get_load_state?label=x`,
    );
    const load = await call(`${fe}/api/db/t/_stream_load`, { method: 'PUT', headers: { Expect: '100-continue' } });
    expect(load.headers.location).toContain(`:${test.double.bePort}/`);
  });

  it('without a front end a back end begins and commits nothing', async () => {
    const { TxnId } = await precommitted('waiting');
    for (const name of ['fe-0', 'fe-1']) await order(`${be}/_sandbox/nodes/${name}/stop`);
    const words = expect.stringContaining('failed to call frontend service');
    expect(await precommitted('other')).toMatchObject({ Status: 'Fail', Message: words });
    const commit = { txn_id: String(TxnId), txn_operation: 'commit' };
    expect(JSON.parse((await test.twoPhase(commit)).text)).toEqual({ status: 'THRIFT_RPC_ERROR', msg: words });
    await order(`${be}/_sandbox/nodes/fe-1/start`);
    expect((await test.twoPhase(commit)).text).toContain('commit successfully');
  });

  it('that do not exist are told apart from those that do', async () => {
    expect(await order(`${fe}/_sandbox/nodes/fe-7/stop`)).toEqual({
      status: 400,
      value: { error: 'there is no node fe-7; there are be, fe-0, fe-1' },
    });
    expect(await order(`${fe}/_sandbox/nodes/be/explode`)).toMatchObject({ status: 400 });
    expect(await order(`${fe}/_sandbox/nothing`)).toMatchObject({ status: 404 });
  });
});

it('stops publishing by the debug point of a front end', async () => {
  const debugPoint = async (rest: string) =>
    JSON.parse((await call(`${fe}/api/debug_point/${rest}`, { method: 'POST' })).text) as unknown;
  expect(await debugPoint('add/PublishVersionDaemon.stop_publish')).toMatchObject({ msg: 'success', code: 0 });
  await precommitted('stopped');
  await test.twoPhase({ label: 'stopped', txn_operation: 'commit' });
  expect(await test.state('stopped')).toBe('COMMITTED');
  expect(await debugPoint('remove/PublishVersionDaemon.stop_publish')).toMatchObject({ code: 0 });
  while ((await test.state('stopped')) !== 'VISIBLE') await nextTurn();
  expect(await debugPoint('add/x?timeout=soon')).toMatchObject({ code: 1 });
});
