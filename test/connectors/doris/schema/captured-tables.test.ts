/** From the events of genuine connectors to tables of the double: DDL, rows, deletes and changes of the schema. */
import mysql from 'mysql2/promise';
import {
  type ChangeEncoderOptions,
  createChangeEncoder,
  type EventSchema,
} from '../../../../connect/debezium/index.js';
import { ChunkPool, RowBuffer } from '../../../../connect/rows/index.js';
import {
  addColumnsStatement,
  columnsOf,
  createTableStatement,
  fieldsOfTable,
  type PresentColumn,
  parseColumnType,
  planSchemaChange,
} from '../../../../connectors/doris/schema/index.js';
import { type DorisDouble, startDorisDouble } from '../../../../sandbox/doris/double.js';
import { type CapturedRecord, readCapture } from '../../../connect/debezium/captured.js';
import { changeRecord, DORIS_SIGN } from '../../../connect/debezium/encoding.js';
import { call } from '../../../sandbox/doris/support/client.js';

let double: DorisDouble;
let sql: mysql.Connection;

beforeAll(async () => {
  double = await startDorisDouble();
  sql = await mysql.createConnection({
    host: '127.0.0.1',
    port: double.mysqlPort,
    user: 'root',
    supportBigNumbers: true,
  });
  await sql.query('CREATE DATABASE db');
});
afterAll(async () => {
  await sql.end();
  await double.close();
});

interface Encoded {
  readonly schemas: readonly EventSchema[];
  readonly body: Buffer;
}

/** The rows of the records, and the schemas that were met on the way. */
function encodeAll(records: readonly CapturedRecord[], options: Partial<ChangeEncoderOptions> = {}): Encoded {
  const schemas: EventSchema[] = [];
  const encoder = createChangeEncoder({
    valueSchemasEnable: true,
    keySchemasEnable: true,
    deleteSign: DORIS_SIGN,
    outOfRange: 'clamp',
    onSchema: (schema) => schemas.push(schema),
    ...options,
  });
  const out = new RowBuffer(new ChunkPool());
  for (const { key, value } of records) encoder.encode(changeRecord(key, value), out);
  return { schemas, body: Buffer.concat(out.chunks()) };
}

async function load(table: string, body: Buffer): Promise<void> {
  const reply = await call(`http://127.0.0.1:${double.bePort}/api/db/${table}/_stream_load`, {
    method: 'PUT',
    body,
    headers: { Expect: '100-continue', format: 'json', read_json_by_line: 'true', hidden_columns: DORIS_SIGN.column },
  });
  expect(JSON.parse(reply.text)).toMatchObject({ Status: 'Success', NumberFilteredRows: 0 });
}

async function rowsOf(query: string): Promise<mysql.RowDataPacket[]> {
  const [rows] = await sql.query<mysql.RowDataPacket[]>({ sql: query, dateStrings: true });
  return rows;
}

/** The columns as DESC names them. */
async function presentColumns(table: string): Promise<PresentColumn[]> {
  return (await rowsOf(`DESC db.${table}`)).map((row) => ({
    name: row.Field,
    type: parseColumnType(row.Type),
    key: row.Key === 'YES' || row.Key === 'true',
    nullable: row.Null === 'Yes' || row.Null === 'YES',
    comment: '',
  }));
}

function recordsOf(capture: string, topic: RegExp): CapturedRecord[] {
  return readCapture(capture).records.filter((record) => topic.test(record.topic));
}

function firstOf<T>(values: readonly T[]): T {
  const [first] = values;
  if (first === undefined) throw new Error('nothing was found');
  return first;
}

test.each([
  [
    'pg-adaptive',
    5,
    { c_num50: '123456789012345678901234567890123456789012345678.12', c_ts: '2024-02-29 12:34:56.123456' },
  ],
  ['pg-connect', 5, { c_date: '2024-02-29', c_time3: '12:34:56.789' }],
  ['pg-iso', 5, { c_ts: '2024-02-29 12:34:56.123456', c_tstz: '2024-02-29 04:34:56.123456' }],
  ['pg-nano', 5, { c_ts: '2024-02-29 12:34:56.123456' }],
  ['my-micro', 3, { c_biu: '18446744073709551615', c_time6: '-838:59:58.999999', c_dt3: '2024-02-29 12:34:56.789' }],
  ['my-nano', 3, { c_biu: '18446744073709551615', c_dec: '1234567890123456.7891' }],
])('a table of all types: %s', async (capture, rowCount, expected) => {
  const table = `all_${capture.replace('-', '_')}`;
  const { schemas, body } = encodeAll(recordsOf(capture, /all_types$/));
  const { row, dialect } = firstOf(schemas);
  const columns = columnsOf({ row, keys: ['id'], dialect });
  await sql.query(createTableStatement({ database: 'db', table }, columns));

  await load(table, body);

  // One of the rows is deleted again.
  expect(await rowsOf(`SELECT COUNT(*) AS n FROM db.${table}`)).toMatchObject([{ n: rowCount - 1 }]);
  const [first] = await rowsOf(`SELECT * FROM db.${table} WHERE id = 1`);
  for (const [column, value] of Object.entries(expected))
    expect([column, String(first?.[column])]).toEqual([column, value]);
  const lost = Object.entries(first ?? {}).filter(([, value]) => value === null);
  expect(lost).toEqual([]);
  expect(await presentColumns(table)).toMatchObject(columns.map(({ name, type, key }) => ({ name, type, key })));
});

test('a table follows DDL of its source', async () => {
  const table = { database: 'db', table: 'dml' };
  const records = recordsOf('my-micro', /dml$/);
  const before = encodeAll(records.slice(0, 3));
  const columns = columnsOf({ ...firstOf(before.schemas), keys: ['id', 'k2'] });
  const create = createTableStatement(table, columns, { comment: "it's `one`" });
  await sql.query(create);
  await sql.query(create);
  await load('dml', before.body);

  const after = encodeAll(records.slice(8));
  const wanted = columnsOf({ ...firstOf(after.schemas), keys: ['id', 'k2'] });
  const plan = planSchemaChange(table, await presentColumns('dml'), wanted, { widen: true });
  expect(plan).toMatchObject({
    add: [{ name: 'added', type: { base: 'VARCHAR', length: 120 }, nullable: true, comment: 'added later' }],
    modify: [{ name: 'k2', type: { base: 'VARCHAR', length: 160 }, key: true }],
    conflicts: [],
  });
  for (const statement of plan.statements) await sql.query(statement);
  await load('dml', after.body);

  expect(planSchemaChange(table, await presentColumns('dml'), wanted, { widen: true }).statements).toEqual([]);
  expect((await rowsOf('SELECT id, amount, added FROM db.dml ORDER BY id')).map((row) => Object.values(row))).toEqual([
    // What the source has put into rows that were there is its default, as its connector spells it.
    [1, '10.25', "x''y"],
    [2, '1.50', "x''y"],
    [3, '-0.01', 'new'],
    [4, '0.00', 'x'],
  ]);
  expect((await rowsOf('SHOW CREATE TABLE db.dml'))[0]?.['Create Table']).toContain("COMMENT 'it\\'s `one`'");
});

test.each([
  ['pg-adaptive', []],
  ['my-micro', ['c_varchar: note; "q"']],
  ['my-nano', ['c_varchar: note; "q"']],
])('comments are those of the source: %s', (capture, expected) => {
  const { row } = firstOf(encodeAll(recordsOf(capture, /all_types$/)).schemas);
  const commented = columnsOf({ row, keys: ['id'] }).filter(({ comment }) => comment !== '');
  expect(commented.map(({ name, comment }) => `${name}: ${comment}`)).toEqual(expected);
});

test('a table without a key keeps every row', async () => {
  const { schemas } = encodeAll(recordsOf('pg-adaptive', /nokey$/));
  const columns = columnsOf({ ...firstOf(schemas), keys: [] });
  const statement = createTableStatement({ database: 'db', table: 'nokey' }, columns);
  await sql.query(statement);
  expect(statement).toContain('DISTRIBUTED BY RANDOM BUCKETS AUTO');
  await sql.query(
    addColumnsStatement({ database: 'db', table: 'nokey' }, [
      { name: 'c', type: { base: 'DATE' }, key: false, nullable: true, comment: '' },
    ]),
  );
  expect((await presentColumns('nokey')).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test.each([
  [
    'pg-adaptive',
    'pg-plain',
    ['c_date', 'c_ts', 'c_ts3', 'c_ts0', 'c_tstz', 'c_num', 'c_num38', 'c_numvar', 'c_point'],
  ],
  ['my-micro', 'my-plain', ['c_date', 'c_dt', 'c_dt3', 'c_dt6', 'c_ts6', 'c_dec', 'c_dec0', 'c_geom']],
])('events without a schema make the same rows, by the columns of their table: %s', async (capture, plain, columns) => {
  const table = `plain_${plain.replace('-', '_')}`;
  const { schemas, body } = encodeAll(recordsOf(capture, /all_types$/));
  const { row, dialect } = firstOf(schemas);
  await sql.query(createTableStatement({ database: 'db', table }, columnsOf({ row, keys: ['id'], dialect })));
  // A text `-infinity` is known to be a date by its schema only: row 4 has one.
  const select = `SELECT ${columns.join(', ')} FROM db.${table} WHERE id <> 4 ORDER BY id`;
  await load(table, body);
  const expected = await rowsOf(select);
  await sql.query(`TRUNCATE TABLE db.${table}`);

  const modes = { timePrecisionMode: 'adaptive', decimalHandlingMode: 'precise' } as const;
  const known = fieldsOfTable(await presentColumns(table), modes);
  const schemaless = { valueSchemasEnable: false, keySchemasEnable: false, columns: known };
  await load(table, encodeAll(recordsOf(plain, /all_types$/), schemaless).body);

  expect(expected.length).toBeGreaterThan(1);
  expect(await rowsOf(select)).toEqual(expected);
});
