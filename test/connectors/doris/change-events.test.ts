/** The stories that the Java connector is tested with, in its own tables. */
import mysql from 'mysql2/promise';
import { type ChangeEncoderOptions, createChangeEncoder } from '../../../connect/debezium/index.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';
import { columnsOf, type PresentColumn, planSchemaChange } from '../../../connectors/doris/schema/index.js';
import { type DorisDouble, startDorisDouble } from '../../../sandbox/doris/double.js';
import { changeRecord, DORIS_SIGN } from '../../connect/debezium/encoding.js';
import { envelopeSchema } from '../../connect/debezium/fields.js';
import { call } from '../../sandbox/doris/support/client.js';

let double: DorisDouble;
let sql: mysql.Connection;

beforeAll(async () => {
  double = await startDorisDouble();
  sql = await mysql.createConnection({ host: '127.0.0.1', port: double.mysqlPort, user: 'root', dateStrings: true });
  await sql.query("SET GLOBAL time_zone = 'Asia/Shanghai'");
  await sql.query('CREATE DATABASE db');
});
afterAll(async () => {
  await sql.end();
  await double.close();
});

type FieldSchema = Record<string, unknown>;

/** `{"schema":…,"payload":…}` with the members of an event that are given. */
function eventOf(fields: readonly FieldSchema[], connector: string, payload: Record<string, unknown>): string {
  return JSON.stringify({ schema: envelopeSchema(fields, connector), payload: { source: {}, ts_ms: 1, ...payload } });
}

async function load(table: string, events: readonly string[], options: Partial<ChangeEncoderOptions> = {}) {
  const encoder = createChangeEncoder({
    valueSchemasEnable: true,
    keySchemasEnable: true,
    deleteSign: DORIS_SIGN,
    ...options,
  });
  const out = new RowBuffer(new ChunkPool());
  for (const event of events) encoder.encode(changeRecord(null, event), out);
  const reply = await call(`http://127.0.0.1:${double.bePort}/api/db/${table}/_stream_load`, {
    method: 'PUT',
    body: Buffer.concat(out.chunks()),
    headers: { Expect: '100-continue', format: 'json', read_json_by_line: 'true', hidden_columns: DORIS_SIGN.column },
  });
  expect(JSON.parse(reply.text)).toMatchObject({ Status: 'Success', NumberFilteredRows: 0 });
}

async function rowsOf(table: string): Promise<unknown[][]> {
  const [rows] = await sql.query<mysql.RowDataPacket[]>(`SELECT * FROM db.${table} ORDER BY id`);
  return rows.map((row) => Object.values(row));
}

const USER = [
  { field: 'id', type: 'int32', optional: false },
  { field: 'name', type: 'string', optional: true },
  { field: 'age', type: 'int16', optional: true },
];
const zhangsan = (age: number) => ({ id: 1, name: 'zhangsan', age });

test('create, update, and a delete that has no `after`', async () => {
  await sql.query(
    'CREATE TABLE db.dml (id INT, name VARCHAR(100), age SMALLINT) UNIQUE KEY(id, name, age) DISTRIBUTED BY HASH(id)',
  );
  await load('dml', [eventOf(USER, 'mysql', { op: 'c', before: null, after: zhangsan(18) })]);
  expect(await rowsOf('dml')).toEqual([[1, 'zhangsan', 18]]);
  await sql.query('TRUNCATE TABLE db.dml');
  await load('dml', [eventOf(USER, 'mysql', { op: 'u', before: zhangsan(18), after: zhangsan(48) })]);
  expect(await rowsOf('dml')).toEqual([[1, 'zhangsan', 48]]);
  await load('dml', [eventOf(USER, 'mysql', { op: 'd', before: zhangsan(48) })]);
  expect(await rowsOf('dml')).toEqual([]);
});

describe('times of PostgreSQL, in a cluster in Shanghai', () => {
  const time = (field: string, type: string, name: string) => ({
    field,
    type,
    optional: true,
    name: `io.debezium.time.${name}`,
  });
  const FIELDS = [
    { field: 'id', type: 'int32', optional: false },
    time('local', 'int64', 'MicroTimestamp'),
    time('zoned', 'string', 'ZonedTimestamp'),
    time('day', 'int32', 'Date'),
    time('clock', 'int64', 'MicroTime'),
    time('zoned_clock', 'string', 'ZonedTime'),
    time('span', 'int64', 'MicroDuration'),
  ];
  const after = {
    id: 1,
    local: 1725885296000000,
    zoned: '2024-09-09T04:34:56.000000Z',
    day: 19975,
    clock: 45296000000,
    zoned_clock: '04:34:56Z',
    span: 37091106000000,
  };

  test.each([
    ['Asia/Shanghai', '12:34:56'],
    ['UTC', '04:34:56'],
  ])('database.time_zone=%s', async (timeZone, zonedClock) => {
    await sql.query(
      `CREATE TABLE IF NOT EXISTS db.times
       (id INT, local DATETIME, zoned DATETIME, day DATE, clock STRING, zoned_clock STRING, span BIGINT)
       UNIQUE KEY(id) DISTRIBUTED BY HASH(id)`,
    );
    await load('times', [eventOf(FIELDS, 'postgresql', { op: 'c', after })], { timeZone });
    // A point in time is the same one whatever zone it is written in.
    const moment = '2024-09-09 12:34:56';
    expect(await rowsOf('times')).toEqual([[1, moment, moment, '2024-09-09', '12:34:56', zonedClock, 37091106000000]]);
  });
});

test('a new field becomes a column of the table', async () => {
  await sql.query(
    'CREATE TABLE db.evolving (id INT, name VARCHAR(100), age INT) UNIQUE KEY(id, name, age) DISTRIBUTED BY HASH(id)',
  );
  const table = { database: 'db', table: 'evolving' };
  const present = ['id', 'name', 'age'].map((name): PresentColumn => {
    const type = name === 'name' ? ({ base: 'VARCHAR', length: 100 } as const) : ({ base: 'INT' } as const);
    return { name, type, key: true, nullable: true, comment: '' };
  });
  const wider = [...USER, { field: 'new_col', type: 'string', optional: true }];
  const altered: string[] = [];
  const addColumns: ChangeEncoderOptions['onSchema'] = ({ row, dialect }) => {
    const wanted = columnsOf({ row, keys: [], dialect });
    altered.push(...planSchemaChange(table, present, wanted, { widen: false }).statements);
  };
  const first = eventOf(USER, 'mysql', { op: 'c', after: { id: 1, name: 'doris', age: 18 } });
  const second = eventOf(wider, 'mysql', { op: 'c', after: { id: 2, name: 'kafka', age: 20, new_col: 'added' } });

  const encoder = createChangeEncoder({ valueSchemasEnable: true, keySchemasEnable: true, onSchema: addColumns });
  for (const event of [first, second, first]) encoder.encode(changeRecord(null, event), new RowBuffer(new ChunkPool()));
  expect(altered).toEqual(['ALTER TABLE `db`.`evolving` ADD COLUMN (`new_col` STRING NULL)']);
  for (const statement of altered) await sql.query(statement);

  await load('evolving', [first, second]);
  expect(await rowsOf('evolving')).toEqual([
    [1, 'doris', 18, null],
    [2, 'kafka', 20, 'added'],
  ]);
});
