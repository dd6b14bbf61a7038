import type { Fault } from '../../../sandbox/olap/faults.js';
import { call, startTestDouble, type TestDouble } from './support/client.js';

describe('injected faults', () => {
  let test: TestDouble;
  beforeAll(async () => {
    test = await startTestDouble();
  });
  afterEach(async () => {
    test.double.faults.disarm();
    await test.double.engine.truncateTable('db', 't');
  });
  afterAll(() => test.double.close());

  const arm = (fault: Omit<Fault, 'phase'> & Partial<Fault>) => test.double.faults.arm({ phase: 'before', ...fault });

  it('replies with anything instead of loading', async () => {
    arm({ point: 'be.load', times: 1, effect: { kind: 'reply', status: 502, body: '<html>Bad Gateway</html>' } });
    expect(await test.load('{"id":1}', { label: 'proxy' })).toMatchObject({
      status: 502,
      text: '<html>Bad Gateway</html>',
    });
    expect(await test.state('proxy')).toBe('UNKNOWN');
    expect(await test.loadJson('{"id":1}', { label: 'proxy' })).toMatchObject({ Status: 'Success' });
  });

  it('loads and loses the reply', async () => {
    arm({ point: 'be.load', phase: 'after', times: 1, effect: { kind: 'reset' } });
    await expect(test.load('{"id":1}', { label: 'lost' })).rejects.toThrow();
    expect(await test.state('lost')).toBe('VISIBLE');
    expect(await test.rows()).toHaveLength(1);
  });

  it('resets in the middle of the body and rolls back', async () => {
    arm({ point: 'be.load', phase: 'body', afterBytes: 1, effect: { kind: 'reset' } });
    await expect(test.load('{"id":1}', { label: 'cut' })).rejects.toThrow();
    expect(await test.state('cut')).toBe('ABORTED');
    expect(await test.rows()).toEqual([]);
  });

  it('fails a load with -235 in the words of the backend', async () => {
    arm({ point: 'be.load', table: 't', label: 'v_.*', effect: { kind: 'fail', code: 'E-235' } });
    expect(await test.loadJson('{"id":1}', { label: 'v_1' })).toMatchObject({
      Status: 'Fail',
      Message: expect.stringMatching(
        /^\[E-235\]failed to init rowset builder\. version count: 2001, exceed limit: 2000/,
      ),
    });
    expect(await test.loadJson('{"id":1}', { label: 'w_1' })).toMatchObject({ Status: 'Success' });
  });

  it('breaks at a debug point of Doris, and keeps nothing of the load', async () => {
    const debugPoint = async (rest: string) => {
      const url = `http://127.0.0.1:${test.double.bePort}/api/debug_point/${rest}`;
      const { status, text } = await call(url, { method: 'POST' });
      return { http: status, ...(JSON.parse(text) as object) };
    };
    const done = { http: 200, status: 'OK', msg: 'OK' };
    const load = async () => (await test.loadJson('{"id":1}', { label: 'flush', two_phase_commit: 'true' })).Message;

    expect(await debugPoint('add/FlushToken.submit_flush_error')).toEqual(done);
    expect(await load()).toBe('[IO_ERROR]dbug_be_memtable_submit_flush_error');
    expect(await test.state('flush')).toBe('ABORTED');
    expect(await debugPoint('add/FlushToken.submit_flush_error?execute=1&timeout=60')).toEqual(done);
    expect(await load()).toBe('[IO_ERROR]dbug_be_memtable_submit_flush_error');
    expect(test.double.faults.list()).toMatchObject([{ matched: 1, fired: 1 }]);
    expect(await debugPoint('clear')).toEqual(done);
    expect(await load()).toBe('OK');
    expect(await debugPoint('add/FlushToken.submit_flush_error?timeout=soon')).toEqual({
      http: 500,
      status: 'INTERNAL_ERROR',
      msg: 'Invalid timeout format, timeout soon, err stol',
    });
    expect(await debugPoint('remove/of_nobody')).toEqual(done);
  });

  it('commits and loses the reply of the second phase', async () => {
    const { TxnId } = await test.loadJson('{"id":1}', { label: 'lost_2pc', two_phase_commit: 'true' });
    arm({ point: 'be.2pc', phase: 'after', operation: 'commit', times: 1, effect: { kind: 'reset' } });
    const commit = () => test.twoPhase({ txn_id: String(TxnId), txn_operation: 'commit' });
    await expect(commit()).rejects.toThrow();
    expect((await commit()).text).toMatch(/is already (committed|visible), not pre-committed/);
  });

  it('keeps a transaction committed and not visible for a while', async () => {
    arm({ point: 'publish', label: 'slow', effect: { kind: 'delay', delayMs: 100 } });
    const { TxnId } = await test.loadJson('{"id":1}', { label: 'slow', two_phase_commit: 'true' });
    await test.twoPhase({ txn_id: String(TxnId), txn_operation: 'commit' });
    expect(await test.state('slow')).toBe('COMMITTED');
    expect(await test.rows()).toEqual([]);
    while ((await test.state('slow')) === 'COMMITTED') await new Promise((resolve) => setImmediate(resolve));
    expect(await test.rows()).toHaveLength(1);
  });

  it('hangs until the client gives up', async () => {
    arm({ point: 'fe.load_state', effect: { kind: 'hang' } });
    const url = `${test.double.feUrl}/api/db/get_load_state?label=x`;
    await expect(call(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });

  it('is controlled over HTTP', async () => {
    const url = `${test.double.feUrl}/_sandbox/faults`;
    const fault = { point: 'fe.redirect', effect: { kind: 'reply', status: 503, body: 'busy' }, times: 1 };
    const armed = await call(url, { method: 'POST', body: JSON.stringify(fault) });
    const { id } = JSON.parse(armed.text) as { id: number };
    const load = `${test.double.feUrl}/api/db/t/_stream_load`;
    const put = () => call(load, { method: 'PUT', body: 'x', headers: { Expect: '100-continue' } });
    expect((await put()).status).toBe(503);
    expect((await put()).status).toBe(307);
    expect(JSON.parse((await call(url)).text)).toMatchObject([{ id, matched: 2, fired: 1 }]);
    expect(JSON.parse((await call(`${url}/${id}`, { method: 'DELETE' })).text)).toEqual([]);
    expect(await call(url, { method: 'POST', body: '{"point":"be.lod"}' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('point must be one of'),
    });
  });
});

describe('statistics and the null mode', () => {
  it('counts what was loaded, and keeps nothing in the null mode', async () => {
    const test = await startTestDouble({ nullMode: true });
    try {
      const stats = `${test.double.feUrl}/_sandbox/stats`;
      const reply = await test.loadJson('{"id":1}\n{"id":2}', { label: 'n', two_phase_commit: 'true' });
      expect(reply).toMatchObject({ Status: 'Success', NumberLoadedRows: 2 });
      expect((await test.twoPhase({ label: 'n', txn_operation: 'commit' })).text).toContain('commit successfully');
      expect(JSON.parse((await call(stats)).text)).toEqual({
        loads: 1,
        rows: 2,
        filteredRows: 0,
        bytes: 17,
        firstLoadMs: expect.any(Number),
        lastLoadMs: expect.any(Number),
      });
      expect(await test.rows()).toEqual([]);
      expect(JSON.parse((await call(stats, { method: 'DELETE' })).text)).toMatchObject({ loads: 0, rows: 0 });
    } finally {
      await test.double.close();
    }
  });
});
