/** Records that name their tables: several tables out of one partition, each in a load of its own. */
import { abortBatch, commitBatch } from '../../activities/commit-batch.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import { SluiceError } from '../../connect/errors.js';
import type { LoadReference, Range } from '../../workflows/core/model.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { column, startTestDouble, type TestDouble } from '../sandbox/doris/support/client.js';
import { type Bench, createBench, range } from './support/bench.js';

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const byField = { 'record.tablename.field': 'table' };

let doris: TestDouble;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  doris = await startTestDouble();
  await doris.double.engine.createDatabase('other');
  for (const [database, name] of [
    ['db', 'one'],
    ['other', 'two'],
  ] as const) {
    await doris.double.engine.createTable({
      database,
      name,
      model: 'DUPLICATE',
      keys: ['id'],
      columns: [
        column('id', { base: 'BIGINT' }, { key: true, nullable: false }),
        column('name', { base: 'VARCHAR', length: 10 }),
      ],
      distribution: 'HASH(`id`) BUCKETS 1',
      properties: {},
      comment: '',
    });
  }
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  for (const [database, table] of [
    ['db', 't'],
    ['db', 'one'],
    ['other', 'two'],
  ] as const) {
    await doris.double.engine.truncateTable(database, table);
  }
});
afterAll(() => doris.double.close());

function bench(config: Readonly<Record<string, string>> = byField): Bench {
  const made = createBench({ config, fePort: doris.double.fePort });
  closing.push(made.close);
  made.log.createTopic('t', 2);
  return made;
}

async function loadsOf(
  { deps, prepareInput, lease }: Bench,
  ranges: readonly Range[],
): Promise<readonly LoadReference[]> {
  const output = await prepareBatch(deps, prepareInput(ranges), lease);
  if (output.outcome !== 'prepared') throw new Error(output.outcome);
  return output.loads;
}

const ids = async (table: string) =>
  (await doris.rows(`SELECT id FROM ${table} ORDER BY id`)).map(([id]) => Number(id));
let epoch = 0;
/** Another identity for each test: the labels of the double outlive them. */
const own = () => ({ identity: { id: 'tables', epoch: ++epoch } });

test('each row goes to the table that it names, database and all, or to that of its topic', async () => {
  const made = bench();
  made.log.produce('t', 0, '{"id":1,"table":"one"}', '{"id":2}', '{"id":3,"table":"other.two"}', '{"id":4,"table":""}');
  made.log.produce('t', 1, '{"id":5,"table":"one"}', '{"id":6,"table":"db.t"}', '{"id":7,"table":null}');
  const ranges = [range('t', 0, 0, 4), range('t', 1, 0, 3)];
  const { identity } = own();
  const output = await prepareBatch(made.deps, made.prepareInput(ranges, { identity }), made.lease);
  if (output.outcome !== 'prepared') throw new Error(output.outcome);
  expect(output.loads.map(({ database, table, rows }) => [`${database}.${table}`, rows])).toEqual([
    ['db.t', 4],
    ['db.one', 2],
    ['other.two', 1],
  ]);
  expect(new Set(output.loads.map(({ label }) => label)).size).toBe(3);
  expect([await ids('db.t'), await ids('db.one'), await ids('other.two')]).toEqual([[], [], []]);

  const again = await prepareBatch(made.deps, made.prepareInput(ranges, { identity }), made.lease);
  expect(again).toMatchObject({ loads: output.loads.map(({ label }) => ({ label })) });
  const loads = again.outcome === 'prepared' ? again.loads : [];
  await commitBatch(made.deps, made.commitInput(ranges, loads, { identity }), made.lease);
  expect([await ids('db.t'), await ids('db.one'), await ids('other.two')]).toEqual([[2, 4, 6, 7], [1, 5], [3]]);
});

test('the field may lie inside of a struct', async () => {
  const made = bench({
    'record.tablename.field': 'meta.table',
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': 'true',
  });
  const field = (type: string, name: string) => ({ type, optional: true, field: name });
  const meta = { type: 'struct', optional: true, field: 'meta', fields: [field('string', 'table')] };
  const schema = { type: 'struct', optional: false, fields: [field('int64', 'id'), meta] };
  made.log.produce('t', 0, JSON.stringify({ schema, payload: { id: 1, meta: { table: 'one' } } }));
  made.log.produce('t', 0, JSON.stringify({ schema, payload: { id: 2, meta: null } }));
  const loads = await loadsOf(made, [range('t', 0, 0, 2)]);
  expect(loads.map(({ table, rows }) => [table, rows])).toEqual([
    ['t', 1],
    ['one', 1],
  ]);
  for (const load of loads) await made.sink.driver.abort(load, made.lease.signal);
});

test('an array of rows for several tables', async () => {
  const made = bench();
  made.log.leaveGap('t', 0, 20);
  made.log.produce('t', 0, '[{"id":1,"table":"one"},{"id":2,"table":"other.two"},{"id":3,"table":"one"}]');
  const loads = await loadsOf(made, [range('t', 0, 20, 21)]);
  expect(loads.map(({ table, rows }) => [table, rows])).toEqual([
    ['one', 2],
    ['two', 1],
  ]);
});

test('lines of CSV for each table', async () => {
  const made = bench({
    ...byField,
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': 'false',
    'sink.properties.format': 'csv',
    'sink.properties.columns': 'id, name',
    'sink.properties.column_separator': '\\x01',
  });
  made.log.leaveGap('t', 0, 40);
  made.log.produce('t', 0, '{"table":"one","name":"a,b","id":1}', '{"id":2}');
  const ranges = [range('t', 0, 40, 42)];
  const loads = await loadsOf(made, ranges);
  await commitBatch(made.deps, made.commitInput(ranges, loads), made.lease);
  expect(await doris.rows('SELECT id, name FROM db.one')).toEqual([['1', 'a,b']]);
  expect(await doris.rows('SELECT id, name FROM db.t')).toEqual([['2', null]]);
});

test('more tables than the share of the memory has chunks for', async () => {
  const made = createBench({ config: byField });
  closing.push(made.close);
  made.log.createTopic('t');
  made.log.produce('t', 0, ...Array.from({ length: 2_000 }, (_, id) => `{"id":${id},"table":"t${id % 500}"}`));
  const output = await prepareBatch(made.deps, made.prepareInput([range('t', 0, 0, 2_000)]), made.lease);
  const rows = made.driver.sent.map(({ lines }) => lines.length);
  expect(output.outcome).toBe('prepared');
  expect(rows).toEqual(Array.from({ length: 500 }, () => 4));
});

test.each(['a b', 'a.b.c', '../x', '.'])('%j is no table: the record is named', async (name) => {
  const made = bench();
  made.log.produce('t', 0, '{"id":1}', JSON.stringify({ id: 2, table: name }));
  const failure = await failureOf(prepareBatch(made.deps, made.prepareInput([range('t', 0, 0, 2)]), made.lease));
  expect(failure).toMatchObject({ code: 'RECORD_INVALID', context: { topic: 't', partition: 0, offset: '1' } });
});

test('a table that is missing is named with the record’s own choice', async () => {
  const made = bench();
  made.log.leaveGap('t', 0, 60);
  made.log.produce('t', 0, '{"id":1,"table":"nowhere"}');
  const failure = await failureOf(prepareBatch(made.deps, made.prepareInput([range('t', 0, 60, 61)]), made.lease));
  expect(failure).toBeInstanceOf(SluiceError);
  expect(failure).toMatchObject({ code: 'SINK_TABLE_UNKNOWN', context: { table: 'db.nowhere' } });
});

test('rows that are rejected are found in the table that they were for', async () => {
  const made = bench();
  made.log.leaveGap('t', 1, 60);
  made.log.produce('t', 1, '{"id":1,"table":"one"}', '{"id":2,"table":"one","name":"much too long"}', '{"id":3}');
  const failure = await failureOf(prepareBatch(made.deps, made.prepareInput([range('t', 1, 60, 63)]), made.lease));
  expect(failure).toMatchObject({ code: 'SINK_ROWS_REJECTED', context: { table: 'db.one', offset: '61' } });
});

test('what an attempt that is gone has left is given up in every table that its records name', async () => {
  const made = bench();
  made.log.leaveGap('t', 0, 80);
  made.log.produce('t', 0, '{"id":1,"table":"one"}', '{"id":2,"table":"other.two"}');
  const ranges = [range('t', 0, 80, 82)];
  const loads = await loadsOf(made, ranges);
  expect(await abortBatch(made.deps, made.commitInput(ranges, []), made.lease)).toMatchObject({ outcome: 'aborted' });
  for (const { database, label } of loads) {
    expect(await made.sink.driver.lookup(database, label, made.lease.signal)).toBe('ABORTED');
  }
});

test('without a second phase, what an attempt that is gone has loaded is known for every table', async () => {
  const made = bench({ ...byField, 'enable.2pc': 'false' });
  made.log.leaveGap('t', 0, 90);
  made.log.produce('t', 0, '{"id":1,"table":"one"}');
  const ranges = [range('t', 0, 90, 91)];
  await loadsOf(made, ranges);
  const output = await abortBatch(made.deps, made.commitInput(ranges, []), made.lease);
  expect(output).toMatchObject({ outcome: 'committed', loads: [{ table: 'one' }] });
});
