/** load.model=copy_into against the double: a file per load, taken into its table once. */
import { randomUUID } from 'node:crypto';
import { commitBatch } from '../../../activities/commit-batch.js';
import { prepareBatch } from '../../../activities/prepare-batch.js';
import { parseDorisSinkConfig } from '../../../connectors/doris/config.js';
import { CopyIntoDriver } from '../../../connectors/doris/copy-into.js';
import { createBench, range } from '../../activities/support/bench.js';
import { column, startTestDouble, type TestDouble } from '../../sandbox/doris/support/client.js';
import { fresh, inTable, rows, signal } from './support/driver-bench.js';
import { failureOf, loadOf, rawConfig } from './support/sink.js';

let doris: TestDouble;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  doris = await startTestDouble({ users: { root: '', loader: 'p@ss' } });
});
beforeEach(() => doris.double.engine.truncateTable('db', 't'));
afterEach(async () => {
  doris.double.faults.disarm();
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => doris.double.close());

const settings = (changes: Readonly<Record<string, string>> = {}) => ({
  'load.model': 'copy_into',
  'doris.query.port': String(doris.double.mysqlPort),
  'doris.user': 'loader',
  'doris.password': 'p@ss',
  ...changes,
});

function opened(changes: Readonly<Record<string, string>> = {}): CopyIntoDriver {
  const driver = new CopyIntoDriver(parseDorisSinkConfig(rawConfig(doris.double.fePort, settings(changes))));
  closing.push(() => driver.close());
  return driver;
}

const label = () => `copy_${randomUUID()}`;

test('nothing is in the table before the commit, everything after it', async () => {
  const driver = opened();
  expect(driver).toMatchObject({ twoPhase: true, guarantee: { guarantee: 'exactly_once' } });
  const load = loadOf(label(), rows);
  const prepared = await driver.prepare(load, fresh);
  expect(prepared).toMatchObject({ state: 'PRECOMMITTED', rows: 2, label: load.label });
  expect(await doris.rows()).toEqual([]);
  expect(await driver.lookup('db', load.label, signal)).toBe('UNKNOWN');
  expect(await driver.commit(prepared, signal)).toBe('committed');
  expect(await driver.lookup('db', load.label, signal)).toBe('VISIBLE');
  expect(await doris.rows()).toEqual(inTable);
});

test('both steps can be repeated', async () => {
  const driver = opened();
  const load = loadOf(label(), rows);
  await driver.prepare(load, fresh);
  const prepared = await driver.prepare(load, fresh);
  for (const _attempt of [1, 2, 3]) expect(await driver.commit(prepared, signal)).toBe('committed');
  expect(await driver.prepare(load, fresh)).toMatchObject({ state: 'COMMITTED' });
  expect(await driver.commit(await opened().prepare(load, { mustExist: true, signal }), signal)).toBe('committed');
  expect(await doris.rows()).toEqual(inTable);
});

test('a reply that is lost does not load twice', async () => {
  const driver = opened();
  const prepared = await driver.prepare(loadOf(label(), rows), fresh);
  doris.double.faults.arm({ point: 'fe.query', phase: 'after', effect: { kind: 'reset' }, times: 1 });
  expect(await failureOf(driver.commit(prepared, signal))).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
  expect(await driver.commit(prepared, signal)).toBe('committed');
  expect(await doris.rows()).toEqual(inTable);
});

test('a file that is no longer in the stage is put there again', async () => {
  const driver = opened();
  const load = loadOf(label(), rows);
  const { body: _body, ...reference } = load;
  const never = { ...reference, state: 'PRECOMMITTED', rows: 2, filteredRows: 0, sizeBytes: 1 } as const;
  expect(await driver.commit(never, signal)).toBe('aborted');
  expect(await driver.commit(await driver.prepare(load, { mustExist: true, signal }), signal)).toBe('committed');
  expect(await doris.rows()).toEqual(inTable);
});

test('what is given up is not committed; what is committed cannot be given up', async () => {
  const driver = opened();
  const given = await driver.prepare(loadOf(label(), rows), fresh);
  expect(await driver.abort(given, signal)).toBe('aborted');
  const kept = await driver.prepare(loadOf(label(), rows), fresh);
  await driver.commit(kept, signal);
  expect(await driver.abort(kept, signal)).toBe('committed');
});

test('rows that do not fit are refused with where they are listed; the file can be copied once they do', async () => {
  const driver = opened();
  const prepared = await driver.prepare(loadOf(label(), ['{"id":1,"name":"much too long"}']), fresh);
  const failure = await failureOf(driver.commit(prepared, signal));
  expect(failure).toMatchObject({ code: 'SINK_ROWS_REJECTED', retryable: false, context: { table: 'db.t' } });
  const log = await fetch(String(failure.context.errorUrl));
  expect(await log.text()).toContain('src line');
  expect(await driver.lookup('db', prepared.label, signal)).toBe('ABORTED');
  await doris.double.engine.createTable({
    database: 'db',
    name: 'wide',
    model: 'UNIQUE',
    keys: ['id'],
    columns: [column('id', { base: 'BIGINT' }, { key: true, nullable: false }), column('name', { base: 'STRING' })],
    distribution: 'HASH(`id`) BUCKETS 1',
    properties: {},
    comment: '',
  });
  expect(await driver.commit({ ...prepared, table: 'wide' }, signal)).toBe('committed');
});

test('deletes by the delete sign', async () => {
  const driver = opened({ 'enable.delete': 'true' });
  const lines = ['{"id":7,"name":"a"}', '{"id":8,"name":"b"}', '{"id":7,"__DORIS_DELETE_SIGN__":1}'];
  await driver.commit(await driver.prepare(loadOf(label(), lines, 'wide'), fresh), signal);
  expect(await doris.rows('SELECT id FROM db.wide WHERE id IN (7, 8)')).toEqual([['8']]);
});

test.each([
  [{ 'doris.password': 'wrong' }, 'SINK_AUTHENTICATION_FAILED'],
  [{ 'doris.query.port': '1' }, 'SINK_UNREACHABLE'],
])('%j is %s', async (changes, code) => {
  expect(await failureOf(opened(changes).prepare(loadOf(label(), rows), fresh))).toMatchObject({ code });
});

test('the MySQL port is looked at before anything is loaded', async () => {
  const failure = await failureOf(opened({ 'doris.query.port': '1' }).validate([], signal));
  expect(failure).toMatchObject({ code: 'SINK_UNREACHABLE', hint: expect.stringContaining('doris.query.port') });
});

test('what another attempt is still copying is waited for, and not given up', async () => {
  const driver = opened();
  const prepared = await driver.prepare(loadOf(label(), rows), fresh);
  doris.double.faults.arm({ point: 'publish', phase: 'before', effect: { kind: 'hang' }, times: 1 });
  const gone = new AbortController();
  const first = failureOf(driver.commit(prepared, gone.signal));
  while ((await driver.lookup('db', prepared.label, signal)) !== 'PREPARE') await new Promise(setImmediate);
  gone.abort();
  expect(await first).toMatchObject({ code: 'CANCELLED' });
  const busy = { code: 'SINK_LABEL_BUSY', retryable: true };
  expect(await failureOf(driver.commit(prepared, signal))).toMatchObject(busy);
  expect(await failureOf(driver.abort(prepared, signal))).toMatchObject(busy);
  doris.double.faults.disarm();
  while ((await driver.lookup('db', prepared.label, signal)) !== 'VISIBLE') await new Promise(setImmediate);
  expect(await driver.commit(prepared, signal)).toBe('committed');
  expect(await doris.rows()).toEqual(inTable);
});

test('a table that is missing is told as such', async () => {
  const driver = opened();
  const prepared = await driver.prepare(loadOf(label(), rows, 'nowhere'), fresh);
  expect(await failureOf(driver.commit(prepared, signal))).toMatchObject({ code: 'SINK_TABLE_UNKNOWN' });
  expect(await driver.validate([{ database: 'db', table: 'nowhere' }], signal)).toMatchObject([{ missing: true }]);
});

test('a whole batch by the activities: several tables, each row once, whatever is repeated', async () => {
  const config = settings({ 'record.tablename.field': 'table' });
  const { log, deps, lease, prepareInput, commitInput, close } = createBench({ config, fePort: doris.double.fePort });
  closing.push(close);
  log.createTopic('t');
  log.produce('t', 0, '{"id":1,"name":"a"}', '{"id":2,"name":"b","table":"wide"}', '{"id":3,"name":"c"}');
  const ranges = [range('t', 0, 0, 3)];
  for (const _attempt of [1, 2]) {
    const output = await prepareBatch(deps, prepareInput(ranges), lease);
    const loads = output.outcome === 'prepared' ? output.loads : [];
    expect(loads).toHaveLength(2);
    expect(await commitBatch(deps, commitInput(ranges, loads), lease)).toMatchObject({ outcome: 'committed' });
  }
  expect(await doris.rows()).toEqual([
    ['1', 'a'],
    ['3', 'c'],
  ]);
  expect(await doris.rows('SELECT name FROM db.wide WHERE id = 2')).toEqual([['b']]);
});
