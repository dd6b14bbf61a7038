import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Fault, parseFault } from '../../../sandbox/olap/faults.js';
import { type Call, call, type Reply, startTestDouble, type TestDouble } from './support/client.js';

let test: TestDouble;
let labels = 0;
let label: string;
beforeAll(async () => {
  test = await startTestDouble();
});
beforeEach(() => {
  label = `effect_${++labels}`;
});
afterEach(async () => {
  test.double.faults.disarm();
  await test.double.engine.truncateTable('db', 't');
});
afterAll(() => test.double.close());

type Order = Omit<Fault, 'phase'> & Partial<Fault>;
const byCall = async (fault: Order) => test.double.faults.arm({ phase: 'before', ...fault });
const overHttp = async (fault: Order) => {
  const armed = await call(`${test.double.feUrl}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) });
  expect(armed.status).toBe(200);
  return (JSON.parse(armed.text) as { id: number }).id;
};

const ROW = '{"id":1}';
const TWO_PHASE = { two_phase_commit: 'true' };
const load = (headers: Record<string, string> = {}, options: Call = {}) =>
  test.load(ROW, { label, ...headers }, options);
const stateUrl = () => `${test.double.feUrl}/api/db/get_load_state?label=${label}`;
const failureOf = (reply: Promise<Reply>) =>
  reply.then(
    ({ text }) => `no failure: ${text}`,
    (error: Error) => error.message,
  );

describe.each([
  ['by call', byCall],
  ['over HTTP', overHttp],
])('a fault that is armed %s', (_, arm) => {
  it('resets after the last byte, before anything is done with it', async () => {
    await arm({ point: 'be.load', phase: 'received', times: 1, effect: { kind: 'reset' } });
    await failureOf(load(TWO_PHASE));
    expect(await test.state(label)).toBe('ABORTED');
    expect(JSON.parse((await load(TWO_PHASE)).text)).toMatchObject({ Status: 'Success' });
  });

  it('cuts the true reply of a load that has happened, by a reset or as if it were whole', async () => {
    await arm({ point: 'be.load', phase: 'after', times: 1, effect: { kind: 'truncate', bytes: 20 } });
    expect(await failureOf(load(TWO_PHASE))).toMatch(/aborted|ECONNRESET|hang up/);
    expect(await test.state(label)).toBe('PRECOMMITTED');
    label = `${label}_whole`;
    const effect = { kind: 'truncate', bytes: 20, complete: true } as const;
    await arm({ point: 'be.load', phase: 'after', times: 1, effect });
    expect(await load(TWO_PHASE)).toMatchObject({ status: 200, text: expect.stringMatching(/^\{\n {4}"TxnId": \d+/) });
    expect(await test.state(label)).toBe('PRECOMMITTED');
  });

  it('fails in the words of the product after the effect, and takes nothing back', async () => {
    await arm({
      point: 'be.load',
      phase: 'after',
      times: 1,
      effect: { kind: 'fail', code: 'INTERNAL_ERROR', text: 'x' },
    });
    expect(JSON.parse((await load(TWO_PHASE)).text)).toMatchObject({ Status: 'Fail', Message: '[INTERNAL_ERROR]x' });
    expect(await test.state(label)).toBe('PRECOMMITTED');
  });

  it('fails at a front end in its own envelopes', async () => {
    const effect = { kind: 'fail', code: 'any', text: 'errCode = 2, detailMessage = no' } as const;
    await arm({ point: 'fe.load_state', effect });
    await arm({ point: 'fe.redirect', effect });
    expect(JSON.parse((await call(stateUrl())).text)).toEqual({ msg: 'Error', code: 1, data: effect.text, count: 0 });
    const put = await call(`${test.double.feUrl}/api/db/t/_stream_load`, {
      method: 'PUT',
      headers: { Expect: '100-continue' },
    });
    expect(JSON.parse(put.text)).toEqual({ status: 'FAILED', msg: effect.text });
  });

  it('redirects in a circle, and to a wrong address', async () => {
    const locationOf = async () =>
      (await call(`${test.double.feUrl}/api/db/t/_stream_load`, { method: 'PUT', headers: { Expect: '100-continue' } }))
        .headers.location;
    await arm({ point: 'fe.redirect', times: 1, effect: { kind: 'redirect' } });
    expect(await locationOf()).toBe(`${test.double.feUrl}/api/db/t/_stream_load`);
    await arm({ point: 'fe.redirect', times: 1, effect: { kind: 'redirect', to: '192.0.2.1:8040' } });
    expect(await locationOf()).toBe('http://192.0.2.1:8040/api/db/t/_stream_load');
    expect(await locationOf()).toContain(`@127.0.0.1:${test.double.bePort}/`);
  });

  it('slows the disk down: each piece of a body waits', async () => {
    await arm({ point: 'be.load', phase: 'body', times: 1, effect: { kind: 'delay', delayMs: 30 } });
    const started = performance.now();
    expect(JSON.parse((await load()).text)).toMatchObject({ Status: 'Success' });
    expect(performance.now() - started).toBeGreaterThan(25);
  });

  it('stops in the middle of a body, or is answered there by a proxy', async () => {
    await arm({ point: 'be.load', phase: 'body', times: 1, effect: { kind: 'hang' } });
    await failureOf(load({}, { signal: AbortSignal.timeout(100) }));
    while ((await test.state(label)) === 'PREPARE') await nextTurn();
    expect(await test.state(label)).toBe('ABORTED');
    const page = { kind: 'reply', status: 413, body: '<html>too large</html>' } as const;
    await arm({ point: 'be.load', phase: 'body', times: 1, effect: page });
    expect(await load()).toMatchObject({ status: 413, text: page.body });
    expect(await test.state(label)).toBe('ABORTED');
  });

  it('keeps a transaction COMMITTED until it is disarmed', async () => {
    const id = await arm({ point: 'publish', effect: { kind: 'hang' }, table: 't' });
    const { TxnId } = await test.loadJson(ROW, { label, ...TWO_PHASE });
    await test.twoPhase({ txn_id: String(TxnId), txn_operation: 'commit' });
    expect(await test.state(label)).toBe('COMMITTED');
    await call(`${test.double.feUrl}/_sandbox/faults/${id}`, { method: 'DELETE' });
    while ((await test.state(label)) === 'COMMITTED') await nextTurn();
    expect(await test.rows()).toHaveLength(1);
  });

  it('finds a commit by the table and the label of its transaction, at either node', async () => {
    const { TxnId } = await test.loadJson(ROW, { label, ...TWO_PHASE });
    const effect = { kind: 'reply', status: 503, body: 'busy' } as const;
    await arm({ point: 'be.2pc', table: 't', label, operation: 'commit', effect });
    await arm({ point: 'fe.2pc', table: 't', label, operation: 'commit', effect });
    await arm({ point: 'be.2pc', table: 'other', effect });
    const headers = { txn_id: String(TxnId), txn_operation: 'commit' };
    expect(await test.twoPhase(headers)).toMatchObject({ status: 503 });
    const url = `${test.double.feUrl}/api/db/_stream_load_2pc`;
    expect(await call(url, { method: 'PUT', body: '', headers })).toMatchObject({ status: 503 });
    expect(await test.twoPhase({ ...headers, txn_operation: 'abort' })).toMatchObject({ status: 200 });
    expect(test.double.faults.list().map(({ fired }) => fired)).toEqual([1, 1, 0]);
  });

  it('fires at every n-th question, and by chance the same way for the same seed', async () => {
    const asked = async (fault: Partial<Fault>, times: number) => {
      const id = await arm({ point: 'fe.load_state', effect: { kind: 'reply', status: 500, body: '' }, ...fault });
      const statuses: number[] = [];
      for (let turn = 0; turn < times; turn++) statuses.push((await call(stateUrl())).status);
      test.double.faults.disarm(id);
      return statuses.map((status) => (status === 500 ? 'x' : '.')).join('');
    };
    expect(await asked({ every: 3, skip: 1, times: 2 }, 9)).toBe('...x..x..');
    const first = await asked({ probability: 0.4, seed: 7 }, 24);
    expect(await asked({ probability: 0.4, seed: 7 }, 24)).toBe(first);
    expect(await asked({ probability: 0.4, seed: 8 }, 24)).not.toBe(first);
    expect(first).toMatch(/x.*\..*x/);
  });
});

it.each([
  [{ point: 'be.load', tabel: 't', effect: { kind: 'reset' } }, 'a fault has no tabel'],
  [
    { point: 'publish', phase: 'after', effect: { kind: 'delay', delayMs: 1 } },
    'phase at publish must be one of before',
  ],
  [{ point: 'fe.schema', effect: { kind: 'truncate', bytes: 1 } }, 'effect.kind at fe.schema in phase before must be'],
  [
    { point: 'publish', effect: { kind: 'reset' } },
    'effect.kind at publish in phase before must be one of delay, hang',
  ],
  [{ point: 'be.load', every: 0, effect: { kind: 'reset' } }, 'every must be a whole number'],
  [{ point: 'be.load', probability: 3, effect: { kind: 'reset' } }, 'probability must be between 0 and 1'],
  [{ point: 'be.load', effect: { kind: 'delay' } }, 'effect.delayMs must be a number'],
  [{ point: 'be.load', effect: { kind: 'reply', status: 500, body: 7 } }, 'effect.body must be a string'],
])('a fault that could never happen is refused: %j', (fault, words) => {
  expect(() => parseFault(fault)).toThrow(words);
});
