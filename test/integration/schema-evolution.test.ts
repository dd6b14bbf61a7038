/** Tables that change while they are loaded, from Kafka to the table. */
import { Rig, randomName, until } from './rig.js';
import { changeEvent, inserted, type JsonField, jsonField, structRecord } from './support-changes.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.startWorker();
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(() => rig.close(), 60_000);
afterEach(() => {
  rig.doris.faults.disarm();
  rig.doris.alterJobs.durationMs = 0;
});

const EVENTS = {
  'doris.database': 'shop',
  'converter.mode': 'debezium_ingestion',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
};

const id = jsonField('id', 'int64', { optional: false });
const name = jsonField('name');

async function topicAndTable(columns?: string, partitions = 1): Promise<string> {
  const topic = randomName('evolving').replaceAll('-', '_');
  await rig.createTopic(topic, partitions);
  if (columns !== undefined) {
    await rig.sql.query(
      `CREATE TABLE shop.${topic} (id BIGINT NOT NULL, ${columns}) UNIQUE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
    );
  }
  return topic;
}

/** Records with a key, which `produce` of the rig does not send. */
async function send(topic: string, records: readonly (readonly [key: string | null, value: string])[], partition = 0) {
  await rig.producer.send({ topic, messages: records.map(([key, value]) => ({ key, value, partition })) });
}

async function columnsOf(table: string): Promise<string[]> {
  const rows = await rig.query<{ Field: string; Type: string }>(`DESC shop.${table}`);
  return rows.map(({ Field, Type }) => `${Field} ${Type}`);
}

/** Summaries of the steps that have changed tables. */
async function changesOf(connector: string): Promise<string[]> {
  const { events } = await rig.session.client.workflow.getHandle(`connector/${connector}`).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    const summary = event.userMetadata?.summary?.data;
    return type === 'applySchemaChange' && summary != null ? [String(JSON.parse(Buffer.from(summary).toString()))] : [];
  });
}

test('change events that gain columns in the middle of the stream: every value is in the table', async () => {
  const table = await topicAndTable('name VARCHAR(20)');
  const wide: JsonField[] = [
    id,
    name,
    jsonField('state', 'string', {
      default: 'new',
      parameters: { '__debezium.source.column.length': '5', '__debezium.source.column.comment': "the order's" },
    }),
    jsonField('price', 'bytes', {
      name: 'org.apache.kafka.connect.data.Decimal',
      parameters: { scale: '2', 'connect.decimal.precision': '10' },
    }),
  ];
  const old = Array.from({ length: 50 }, (_, n) => inserted([id, name], { id: n, name: `n${n}` }));
  const late = Array.from({ length: 50 }, (_, n) =>
    inserted(wide, { id: 50 + n, name: 'x', state: `s${n % 10}`, price: 'A+g=' }),
  );
  await rig.produce(table, [...old, ...late]);
  const connector = await rig.startConnector(
    rig.config(table, { ...EVENTS, topics: table, 'debezium.schema.evolution': 'basic' }),
  );
  await rig.holds(`shop.${table}`, 100);
  expect(await columnsOf(table)).toEqual(['id bigint', 'name varchar(20)', 'state varchar(20)', 'price decimal(10,2)']);
  const [counts] = await rig.query<Record<string, unknown>>(
    `SELECT COUNT(state) AS states, COUNT(price) AS prices, MIN(price) AS price FROM shop.${table} WHERE id >= 50`,
  );
  expect(counts).toEqual({ states: '50', prices: '50', price: '10.00' });
  const shown = `ALTER TABLE \`shop\`.\`${table}\` ADD COLUMN (\`state\` VARCHAR(20) NULL DEFAULT 'new' COMMENT`;
  expect(await changesOf(connector)).toEqual([expect.stringContaining(shown)]);
  await until('it is counted', async () => (await rig.status(connector)).totals.schemaChanges === 1);
});

test('two tasks that meet the same new column, while replies to ALTER are lost', async () => {
  const table = await topicAndTable('name VARCHAR(20)', 2);
  for (const partition of [0, 1]) {
    const first = 100 * partition;
    const old = Array.from({ length: 20 }, (_, n) => inserted([id, name], { id: first + n, name: 'o' }));
    const late = Array.from({ length: 20 }, (_, n) =>
      inserted([id, name, jsonField('added', 'int32')], { id: first + 20 + n, name: 'l', added: n }),
    );
    await rig.produce(table, [...old, ...late], partition);
  }
  rig.doris.faults.arm({ point: 'fe.ddl', phase: 'before', times: 4, effect: { kind: 'delay', delayMs: 100 } });
  rig.doris.faults.arm({ point: 'fe.ddl', phase: 'after', times: 1, effect: { kind: 'reset' } });
  await rig.startConnector(
    rig.config(table, { ...EVENTS, topics: table, 'tasks.max': '2', 'debezium.schema.evolution': 'basic' }),
  );
  await rig.holds(`shop.${table}`, 80);
  expect(await columnsOf(table)).toEqual(['id bigint', 'name varchar(20)', 'added int']);
  expect(await rig.query(`SELECT COUNT(added) AS n, SUM(added) AS sum FROM shop.${table}`)).toEqual([
    { n: '40', sum: '380' },
  ]);
});

test('full: a type that has become too narrow is widened by a job while the connector waits', async () => {
  const table = await topicAndTable('n INT, name VARCHAR(3)');
  rig.doris.alterJobs.durationMs = 300;
  await rig.produce(table, [
    inserted([id, jsonField('n', 'int32'), name], { id: 1, n: 7, name: 'abc' }),
    inserted([id, jsonField('n', 'int64'), name], { id: 2, n: 5_000_000_000, name: 'long as it is' }),
  ]);
  await rig.startConnector(rig.config(table, { ...EVENTS, topics: table, 'schema.evolution': 'full' }));
  await rig.holds(`shop.${table}`, 2);
  expect(await columnsOf(table)).toEqual(['id bigint', 'n bigint', 'name text']);
  expect(await rig.query(`SELECT * FROM shop.${table} ORDER BY id`)).toEqual([
    { id: '1', n: '7', name: 'abc' },
    { id: '2', n: '5000000000', name: 'long as it is' },
  ]);
});

test('none: unknown fields are left out, or stop the task where the user wants that', async () => {
  const table = await topicAndTable('name VARCHAR(20)');
  await rig.produce(table, [inserted([id, name, jsonField('other')], { id: 1, name: 'a', other: 'b' })]);
  await rig.startConnector(rig.config(table, { ...EVENTS, topics: table }));
  await rig.holds(`shop.${table}`, 1);
  const strict = await rig.startConnector(
    rig.config(`${table}_strict`, { ...EVENTS, topics: table, 'schema.evolution.unknown.fields': 'fail' }),
  );
  const { tasks } = await rig.reaches(strict, 'FAILED');
  expect(tasks[0]?.failure).toMatchObject({
    code: 'RECORD_INVALID',
    message: expect.stringContaining(`The record has the field other, which is no column of shop.${table}.`),
  });
  expect(await changesOf(strict)).toEqual([]);
});

test('truncates are applied in order: what came before is loaded and gone, what came after is there', async () => {
  const table = await topicAndTable('name VARCHAR(20)');
  const emptied = changeEvent([id, name], { op: 't' });
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => inserted([id, name], { id: from + n, name: 'x' }));
  await rig.produce(table, [...rows(0, 20), emptied, ...rows(100, 20), emptied, emptied, ...rows(200, 5)]);
  const connector = await rig.startConnector(rig.config(table, { ...EVENTS, topics: table }));
  const { totals } = await until('all rows loaded', async () => {
    const status = await rig.status(connector);
    return status.totals.rowsLoaded === 45 && status;
  });
  expect(totals.schemaChanges).toBe(3);
  expect(await changesOf(connector)).toEqual(Array.from({ length: 3 }, () => `TRUNCATE TABLE shop.${table}`));
  await rig.holds(`shop.${table}`, 5);
  expect(await rig.query(`SELECT MIN(id) AS first FROM shop.${table}`)).toEqual([{ first: '200' }]);
});

describe('auto.create', () => {
  test('from change events: the key of the record is the key of the table', async () => {
    const table = await topicAndTable();
    const fields = [name, id, jsonField('at', 'int64', { name: 'io.debezium.time.Timestamp' })];
    const key = (value: number) => structRecord([id], { id: value });
    await send(table, [
      [key(1), inserted(fields, { name: 'a', id: 1, at: 1_700_000_000_123 })],
      [key(2), inserted(fields, { name: 'b', id: 2, at: null })],
      [key(1), changeEvent(fields, { op: 'u', after: { name: 'c', id: 1, at: 0 } })],
      [key(2), changeEvent(fields, { op: 'd', before: { name: 'b', id: 2, at: null } })],
    ]);
    const settings = { 'auto.create': 'true', 'auto.create.properties.replication_num': '1', 'enable.delete': 'true' };
    const connector = await rig.startConnector(rig.config(table, { ...EVENTS, topics: table, ...settings }));
    await rig.reaches(connector, 'RUNNING');
    await until('the rows', async () => (await rig.status(connector)).totals.rowsLoaded === 4);
    expect(await columnsOf(table)).toEqual(['id bigint', 'name text', 'at datetime(3)']);
    expect(await rig.query(`SELECT id, name FROM shop.${table}`)).toEqual([{ id: '1', name: 'c' }]);
    const [definition] = await rig.query<Record<string, string>>(`SHOW CREATE TABLE shop.${table}`);
    expect(definition?.['Create Table']).toContain('UNIQUE KEY(`id`)');
    const [created] = await changesOf(connector);
    expect(created).toContain(`CREATE TABLE IF NOT EXISTS \`shop\`.\`${table}\``);
  });

  test('from JSON with a schema, without a key, and with a column that comes later', async () => {
    const table = await topicAndTable();
    await rig.produce(table, [
      structRecord([id, name], { id: 1, name: 'a' }),
      structRecord([id, name], { id: 1, name: 'a' }),
      structRecord([id, name, jsonField('more', 'double')], { id: 2, name: 'b', more: 1.5 }),
    ]);
    await rig.startConnector(
      rig.config(table, {
        topics: table,
        'doris.database': 'shop',
        'value.converter': 'JsonConverter',
        'auto.create': 'true',
        'schema.evolution': 'basic',
      }),
    );
    await rig.holds(`shop.${table}`, 3);
    expect(await rig.query(`SELECT * FROM shop.${table} ORDER BY id`)).toEqual([
      { id: '1', name: 'a', more: null },
      { id: '1', name: 'a', more: null },
      { id: '2', name: 'b', more: 1.5 },
    ]);
  });
});
