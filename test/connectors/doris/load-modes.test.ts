/** What `sink.properties.*` can ask of Stream Load, each way as far as the rows of the table. */
import { commitBatch } from '../../../activities/commit-batch.js';
import { prepareBatch } from '../../../activities/prepare-batch.js';
import type { TableModel } from '../../../sandbox/olap/model.js';
import { createBench, range } from '../../activities/support/bench.js';
import { column, startTestDouble, type TestDouble } from '../../sandbox/doris/support/client.js';
import { failureOf } from './support/sink.js';

let doris: TestDouble;
let tables = 0;
let table = '';
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  doris = await startTestDouble({ groupCommitIntervalMs: 20 });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => doris.double.close());

async function createTable(properties: Readonly<Record<string, string>> = {}, model: TableModel = 'UNIQUE') {
  table = `modes_${++tables}`;
  await doris.double.engine.createTable({
    database: 'db',
    name: table,
    model,
    keys: ['id'],
    columns: [
      column('id', { base: 'BIGINT' }, { key: true, nullable: false }),
      column('name', { base: 'VARCHAR', length: 10 }),
      column('age', { base: 'INT' }, { defaultValue: '18' }),
      column('ts', { base: 'BIGINT' }),
    ],
    distribution: 'HASH(`id`) BUCKETS 1',
    properties,
    comment: '',
  });
}

let offset = 0;
/** Loads the values as one batch, by the activities, and gives what came of its load. */
async function load(sinkProperties: Readonly<Record<string, string>>, values: readonly string[], more = {}) {
  const properties = Object.entries(sinkProperties).map(([name, value]) => [`sink.properties.${name}`, value]);
  const config = { 'doris.topic2table.map': `t:${table}`, ...Object.fromEntries(properties), ...more };
  const { log, deps, sink, lease, prepareInput, commitInput, close } = createBench({
    config,
    fePort: doris.double.fePort,
  });
  closing.push(close);
  log.createTopic('t');
  // Offsets of their own, hence labels of their own.
  log.leaveGap('t', 0, offset);
  log.produce('t', 0, ...values);
  const ranges = [range('t', 0, offset, offset + values.length)];
  offset += values.length;
  const output = await prepareBatch(deps, prepareInput(ranges), lease);
  if (output.outcome !== 'prepared') throw new Error(output.outcome);
  await commitBatch(deps, commitInput(ranges, output.loads), lease);
  return { guarantee: sink.driver.guarantee, load: output.loads[0] };
}

const rows = () => doris.rows(`SELECT id, name, age, ts FROM db.${table} ORDER BY id`);

test.each(['sync_mode', 'async_mode'])(
  'group commit, %s: without a label, and said to be at least once',
  async (mode) => {
    await createTable();
    const { guarantee, load: reference } = await load({ group_commit: mode }, ['{"id":1,"name":"a","ts":1}']);
    expect(guarantee).toMatchObject({ guarantee: 'at_least_once', reason: expect.stringContaining(mode) });
    expect(reference).toMatchObject({ state: 'COMMITTED', rows: 1 });
    while ((await rows()).length === 0) await new Promise(setImmediate);
    expect(await rows()).toEqual([['1', 'a', '18', '1']]);
  },
);

test('partial columns: what columns does not name keeps its value', async () => {
  await createTable();
  await load({}, ['{"id":1,"name":"a","age":30,"ts":1}']);
  const partial = { partial_columns: 'true', columns: 'id,name' };
  await load(partial, ['{"id":1,"name":"b"}', '{"id":2,"name":"c","age":99}']);
  expect(await rows()).toEqual([
    ['1', 'b', '30', '1'],
    ['2', 'c', '18', null],
  ]);
});

describe('a flexible partial update', () => {
  const flexible = { unique_key_update_mode: 'UPDATE_FLEXIBLE_COLUMNS' };

  test('each row has columns of its own', async () => {
    await createTable({ enable_unique_key_skip_bitmap_column: 'true' });
    await load({}, ['{"id":1,"name":"a","age":30,"ts":1}', '{"id":2,"name":"b","age":31,"ts":1}']);
    await load(flexible, ['{"id":1,"name":"x"}', '{"id":1,"ts":2}', '{"id":2,"age":null}', '{"id":3,"ts":7}']);
    expect(await rows()).toEqual([
      ['1', 'x', '30', '2'],
      ['2', 'b', null, '1'],
      ['3', null, '18', '7'],
    ]);
  });

  test('with deletes in its rows', async () => {
    await createTable({ enable_unique_key_skip_bitmap_column: 'true' });
    await load({}, ['{"id":1,"name":"a","age":30,"ts":1}', '{"id":2,"name":"b","age":31,"ts":1}']);
    const sign = '"__DORIS_DELETE_SIGN__":1';
    await load(flexible, [`{"id":1,${sign}}`, `{"id":2,${sign}}`, '{"id":2,"name":"new"}'], {
      'enable.delete': 'true',
    });
    expect(await rows()).toEqual([['2', 'new', '18', null]]);
  });

  test('needs a table that is made for it', async () => {
    await createTable();
    const failure = await failureOf(load(flexible, ['{"id":1}']));
    expect(failure.message).toContain('ENABLE FEATURE "UPDATE_FLEXIBLE_COLUMNS"');
  });
});

test('max_filter_ratio: what does not fit is left out and counted', async () => {
  await createTable();
  const values = ['{"id":1,"name":"a"}', '{"id":2,"name":"much too long"}', '{"id":3,"name":"c"}'];
  const { load: reference } = await load({ max_filter_ratio: '0.5' }, values);
  expect(reference).toMatchObject({ rows: 2, filteredRows: 1 });
  expect((await rows()).map(([id]) => id)).toEqual(['1', '3']);
});

describe('a sequence column', () => {
  const older = ['{"id":1,"name":"new","ts":9}', '{"id":1,"name":"old","ts":3}'];

  test('named with the load, for a table that keeps the sequence', async () => {
    await createTable({ 'function_column.sequence_type': 'bigint' });
    await load({ 'function_column.sequence_col': 'ts' }, older);
    await load({ 'function_column.sequence_col': 'ts' }, ['{"id":1,"name":"late","ts":5}']);
    expect(await rows()).toEqual([['1', 'new', '18', '9']]);
    expect((await failureOf(load({}, older))).message).toContain('need to specify the sequence column');
  });

  test('named by the table', async () => {
    await createTable({ 'function_column.sequence_col': 'ts' });
    await load({}, older);
    expect(await rows()).toEqual([['1', 'new', '18', '9']]);
    const failure = await failureOf(load({ 'function_column.sequence_col': 'ts' }, older));
    expect(failure.message).toContain('There is no sequence column');
  });
});

describe('merge_type', () => {
  test('DELETE removes the keys', async () => {
    await createTable();
    await load({}, ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}']);
    await load({ merge_type: 'DELETE' }, ['{"id":1}']);
    expect((await rows()).map(([id]) => id)).toEqual(['2']);
  });

  test('MERGE removes those that meet the condition, and writes the others', async () => {
    await createTable();
    await load({}, ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}']);
    await load({ merge_type: 'MERGE', delete: 'age < 0' }, ['{"id":1,"age":-1}', '{"id":2,"name":"c","age":1}']);
    expect(await rows()).toEqual([['2', 'c', '1', null]]);
  });
});

describe('CSV', () => {
  const records = { 'value.converter': 'JsonConverter', 'value.converter.schemas.enable': 'false' };

  test('of records: separators, enclosing marks and NULL', async () => {
    await createTable();
    const csv = {
      format: 'csv',
      columns: 'id,ts,name',
      column_separator: '|~|',
      line_delimiter: '\\x02',
      enclose: '"',
    };
    const values = [
      '{"name":"a|~|\\"b\\"","id":1,"ts":5}',
      '{"id":2}',
      '[{"id":3,"name":"\\\\N!"},{"id":4,"name":"\\u0002"}]',
    ];
    await load(csv, values, records);
    expect(await rows()).toEqual([
      ['1', 'a|~|"b"', '18', '5'],
      ['2', null, '18', null],
      ['3', '\\N!', '18', null],
      ['4', '\u0002', '18', null],
    ]);
  });

  test('of lines, with columns that are computed', async () => {
    await createTable();
    const csv = { format: 'csv', columns: 'id, name, x, ts = x + 1', column_separator: '\\x01', line_delimiter: ';' };
    await load(csv, ['1\u0001a\u00017', '2\u0001b\u00018;']);
    expect(await rows()).toEqual([
      ['1', 'a', '18', '8'],
      ['2', 'b', '18', '9'],
    ]);
  });

  test.each([records, {}])('a line that does not fit is found, whatever ends it: %j', async (more) => {
    await createTable();
    const csv = { format: 'csv', columns: 'id,name', column_separator: ',', line_delimiter: '|\\n' };
    const values =
      more === records
        ? ['{"id":1,"name":"a"}', '{"id":2,"name":"much too long"}', '{"id":3}']
        : ['1,a', '2,much too long', '3,c'];
    const failure = await failureOf(load(csv, values, more));
    expect(failure).toMatchObject({ code: 'SINK_ROWS_REJECTED', context: { offset: String(offset - 2) } });
  });

  test('a record whose field would end early is named', async () => {
    await createTable();
    const csv = { format: 'csv', columns: 'id,name', column_separator: ',' };
    const failure = await failureOf(load(csv, ['{"id":1,"name":"a"}', '{"id":2,"name":"a,b"}'], records));
    expect(failure).toMatchObject({ code: 'RECORD_INVALID', context: { offset: String(offset - 1) } });
  });
});
