import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DorisDouble, startDorisDouble } from '../../../sandbox/doris/double.js';
import { call, startTestDouble, type TestDouble } from './support/client.js';

let folder: string;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'double-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(folder, { recursive: true });
});

async function start(): Promise<TestDouble> {
  const test = await startTestDouble({ dataFile: join(folder, 'first.duckdb') });
  closing.push(() => test.double.close());
  return test;
}

/** What a process finds that is started on the file of one that was killed: the file as it is at this moment. */
async function afterKill(): Promise<DorisDouble> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('first')) await copyFile(join(folder, name), join(folder, name.replace('first', 'second')));
  }
  return restarted('second');
}

async function restarted(name: string): Promise<DorisDouble> {
  const double = await startDorisDouble({ dataFile: join(folder, `${name}.duckdb`) });
  closing.push(() => double.close());
  return double;
}

const rowsOf = async ({ engine }: DorisDouble) => (await engine.query('SELECT * FROM db.t ORDER BY ALL', {})).rows;
async function finish(double: DorisDouble, headers: Record<string, string>): Promise<string> {
  const url = `http://127.0.0.1:${double.bePort}/api/db/_stream_load_2pc`;
  return (await call(url, { method: 'PUT', body: '', headers })).text;
}
const BODY = Array.from({ length: 3_000 }, (_, id) => `{"id":${id},"name":"n${id}"}`).join('\n');

describe('a double with a file that is killed and started again', () => {
  it('still has what was precommitted, rows and all, and commits it once', async () => {
    const first = await start();
    const { TxnId } = await first.loadJson(BODY, { label: 'kept', two_phase_commit: 'true' });
    const double = await afterKill();
    expect(double.transactions.labelState('db', 'kept')).toBe('PRECOMMITTED');
    expect(await rowsOf(double)).toEqual([]);
    const commit = { txn_id: String(TxnId), txn_operation: 'commit' };
    expect(await finish(double, commit)).toContain('commit successfully');
    while (double.transactions.labelState('db', 'kept') !== 'VISIBLE') await nextTurn();
    expect(await rowsOf(double)).toHaveLength(3_000);
    expect((await rowsOf(double))[2_999]).toEqual(['2999', 'n2999']);
    expect(await finish(double, commit)).toContain('is already visible');
  });

  it('publishes what was committed, and knows the labels that are finished', async () => {
    const first = await start();
    await first.loadJson('{"id":1}', { label: 'visible' });
    const { TxnId } = await first.loadJson('{"id":2}', { label: 'aborted', two_phase_commit: 'true' });
    await first.twoPhase({ txn_id: String(TxnId), txn_operation: 'abort' });
    first.double.faults.arm({ point: 'publish', phase: 'before', effect: { kind: 'hang' } });
    await first.loadJson('{"id":3}', { label: 'committed', two_phase_commit: 'true' });
    await first.twoPhase({ label: 'committed', txn_operation: 'commit' });
    await first.double.engine.store?.put(
      first.double.transactions.begin({ database: 'db', label: 'running', tables: ['t'], coordinator: 'BE: x' }),
    );
    const double = await afterKill();
    while (double.transactions.labelState('db', 'committed') !== 'VISIBLE') await nextTurn();
    expect(await rowsOf(double)).toEqual([
      ['1', null],
      ['3', null],
    ]);
    const states = double.transactions.list('db').map(({ label, state, reason }) => [label, state, reason]);
    expect(states).toEqual([
      ['visible', 'VISIBLE', ''],
      ['aborted', 'ABORTED', 'User Abort'],
      ['committed', 'VISIBLE', ''],
      ['running', 'ABORTED', 'coordinate BE restart'],
    ]);
    const { id } = double.transactions.begin({ database: 'db', label: 'next', tables: [], coordinator: '' });
    expect(double.transactions.list('db').filter((each) => each.id >= id)).toHaveLength(1);
  });

  it('forgets what the cleaner has taken, and leaves no table of staged rows behind', async () => {
    const first = await start();
    await first.loadJson('{"id":1}', { label: 'old', two_phase_commit: 'true' });
    await first.twoPhase({ label: 'old', txn_operation: 'commit' });
    while ((await first.state('old')) !== 'VISIBLE') await nextTurn();
    await first.loadJson('{"id":2}', { label: 'late', two_phase_commit: 'true' });
    Object.assign(first.double.transactions.settings, { labelKeepCount: 0, precommitTimeoutMs: 0 });
    await call(`${first.double.feUrl}/_sandbox/clean`, { method: 'POST' });
    await first.double.close();
    const double = await restarted('first');
    expect(double.transactions.list('db')).toEqual([]);
    const tables = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'staged%'";
    expect((await double.engine.query(tables, {})).rows).toEqual([]);
  });

  it('takes a table that was dropped meanwhile with its rows', async () => {
    const first = await start();
    first.double.faults.arm({ point: 'publish', phase: 'before', effect: { kind: 'hang' } });
    await first.loadJson('{"id":1}', { label: 'gone', two_phase_commit: 'true' });
    await first.twoPhase({ label: 'gone', txn_operation: 'commit' });
    await first.double.engine.dropTable('db', 't');
    const double = await afterKill();
    while (double.transactions.labelState('db', 'gone') !== 'VISIBLE') await nextTurn();
  });
});
