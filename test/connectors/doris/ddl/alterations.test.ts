/** DDL against a Doris that refuses, loses replies, takes its time, and is changed by others. */
import type { SluiceError } from '../../../../connect/errors.js';
import { failureOf } from '../support/sink.js';
import { attempt, changeFor, DdlBench, field, rows, TABLE } from './support.js';

let bench: DdlBench;

beforeAll(async () => {
  bench = await DdlBench.start();
});
afterAll(() => bench.close());

beforeEach(() =>
  bench.sql("CREATE TABLE db.t (id BIGINT, name VARCHAR(8) COMMENT 'it''s') UNIQUE KEY(id) DISTRIBUTED BY HASH(id)"),
);
afterEach(async () => {
  bench.doris.faults.disarm();
  bench.doris.alterJobs.durationMs = 0;
  await bench.sql('DROP TABLE IF EXISTS db.t');
});

const id = field('id', 'INT64');

test('a table is described with its columns, its model and how its keys are merged', async () => {
  const { driver } = bench.sink();
  expect(await driver.describeTable(TABLE, attempt.signal)).toEqual({
    model: 'unique',
    mergeOnWrite: true,
    columns: [
      { name: 'id', type: 'bigint', key: true, nullable: true, comment: '' },
      { name: 'name', type: 'varchar(8)', key: false, nullable: true, comment: "it's" },
    ],
  });
  expect(await driver.describeTable({ database: 'db', table: 'nowhere' }, attempt.signal)).toBeUndefined();
  await driver.close();
});

test('all missing columns come in one ALTER, with type, default and comment', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  const change = changeFor(
    rows(
      id,
      field('price', 'BYTES', {
        name: 'org.apache.kafka.connect.data.Decimal',
        parameters: { scale: '2', 'connect.decimal.precision': '10' },
      }),
      field('state', 'STRING', {
        defaultJson: '"new"',
        parameters: { '__debezium.source.column.comment': "customer's", '__debezium.source.column.length': '10' },
      }),
    ),
  );
  expect(await driver.applySchemaChange(change, attempt)).toEqual([
    "ALTER TABLE `db`.`t` ADD COLUMN (`price` DECIMAL(10,2) NULL, `state` VARCHAR(40) NULL DEFAULT 'new' COMMENT 'customer''s')",
  ]);
  expect(await bench.columns()).toEqual(['id bigint', 'name varchar(8)', 'price decimal(10,2)', 'state varchar(40)']);
  expect(await driver.applySchemaChange(change, attempt)).toEqual([]);
  await driver.close();
});

test('two tasks that add the same column at once both find it there', async () => {
  const [one, other] = [bench.sink({ 'schema.evolution': 'basic' }), bench.sink({ 'schema.evolution': 'basic' })];
  // Both have looked before either has changed anything.
  bench.doris.faults.arm({ point: 'fe.ddl', phase: 'before', effect: { kind: 'delay', delayMs: 50 } });
  const change = changeFor(rows(id, field('added', 'INT32'), field('own', 'INT32')));
  const done = await Promise.all([one, other].map(({ driver }) => driver.applySchemaChange(change, attempt)));
  expect(done.flat()).toHaveLength(1);
  expect(await bench.columns()).toContain('added int');
  await Promise.all([one, other].map(({ driver }) => driver.close()));
});

test('what a race has left is added', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  bench.doris.faults.arm({ point: 'fe.ddl', phase: 'before', times: 1, effect: { kind: 'delay', delayMs: 100 } });
  const changing = driver.applySchemaChange(changeFor(rows(id, field('a'), field('b'))), attempt);
  while (bench.doris.faults.list()[0]?.fired === 0) await new Promise(setImmediate);
  await bench.sql('ALTER TABLE db.t ADD COLUMN a TEXT');
  expect(await changing).toEqual(['ALTER TABLE `db`.`t` ADD COLUMN (`b` STRING NULL)']);
  expect(await bench.columns()).toEqual(['id bigint', 'name varchar(8)', 'a text', 'b text']);
  await driver.close();
});

test('an ALTER whose reply is lost is not done twice', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  bench.doris.faults.arm({ point: 'fe.ddl', phase: 'after', operation: 'alter', times: 1, effect: { kind: 'reset' } });
  const change = changeFor(rows(id, field('added', 'INT32')));
  const lost = await failureOf(driver.applySchemaChange(change, attempt));
  expect(lost).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
  expect(await driver.applySchemaChange(change, attempt)).toEqual([]);
  expect(await bench.columns()).toContain('added int');
  await driver.close();
});

test('a second front end is told when the first does not answer', async () => {
  const own = await DdlBench.start({ frontends: 2 });
  await own.sql('CREATE TABLE db.t (id BIGINT) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)');
  const { driver } = own.sink({ 'schema.evolution': 'basic', 'doris.urls': 'localhost:1,127.0.0.1' });
  own.doris.faults.arm({ point: 'fe.ddl', phase: 'after', operation: 'alter', times: 1, effect: { kind: 'reset' } });
  // The reply of the first is lost, and the second says that the column is there.
  expect(await driver.applySchemaChange(changeFor(rows(id, field('added'))), attempt)).toEqual([]);
  expect(await own.columns()).toEqual(['id bigint', 'added text']);
  await driver.close();
  await own.close();
});

test('full: a type is widened by a job, which is waited for', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'full' });
  bench.doris.alterJobs.durationMs = 150;
  const change = changeFor(
    rows(
      id,
      field('name', 'STRING', { parameters: { '__debezium.source.column.length': '100' } }),
      field('n', 'INT32'),
    ),
  );
  const wide = changeFor(rows(id, field('n', 'INT64')));
  expect(await driver.applySchemaChange(change, attempt)).toEqual([
    'ALTER TABLE `db`.`t` ADD COLUMN (`n` INT NULL)',
    "ALTER TABLE `db`.`t` MODIFY COLUMN `name` VARCHAR(400) NULL COMMENT 'it''s'",
  ]);
  expect(await driver.applySchemaChange(wide, attempt)).toEqual(['ALTER TABLE `db`.`t` MODIFY COLUMN `n` BIGINT NULL']);
  expect(await bench.columns()).toEqual(['id bigint', 'name varchar(400)', 'n bigint']);
  const [job] = (await bench.sql("SHOW ALTER TABLE COLUMN FROM db WHERE TableName = 't'")).slice(-1);
  expect(job?.[9]).toBe('FINISHED');
  await driver.close();
});

test('full: columns are renamed, added and dropped as the user allows it, each step by what there is then', async () => {
  const { driver } = bench.sink({
    'schema.evolution': 'full',
    'schema.evolution.rename.columns': 'name:title',
    'schema.evolution.drop.columns': 'old',
  });
  await bench.sql('ALTER TABLE db.t ADD COLUMN old INT');
  await bench.sql("INSERT INTO db.t VALUES (1, 'a', 7)");
  const change = changeFor(rows(id, field('title'), field('fresh', 'BOOLEAN')));
  expect(await driver.applySchemaChange(change, attempt)).toEqual([
    'ALTER TABLE `db`.`t` RENAME COLUMN `name` `title`',
    'ALTER TABLE `db`.`t` ADD COLUMN (`fresh` BOOLEAN NULL)',
    "ALTER TABLE `db`.`t` MODIFY COLUMN `title` STRING NULL COMMENT 'it''s'",
    'ALTER TABLE `db`.`t` DROP COLUMN `old`',
  ]);
  expect(await bench.sql('SELECT * FROM db.t')).toEqual([[1, 'a', null]]);
  expect(await driver.applySchemaChange(change, attempt)).toEqual([]);
  await driver.close();
});

test('basic leaves types alone', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  const change = changeFor(rows(id, field('name', 'STRING'), field('added')));
  expect(await driver.applySchemaChange(change, attempt)).toHaveLength(1);
  expect(await bench.columns()).toEqual(['id bigint', 'name varchar(8)', 'added text']);
  await driver.close();
});

test('a table that somebody else is changing is waited for', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  bench.doris.alterJobs.durationMs = 150;
  await bench.sql('ALTER TABLE db.t MODIFY COLUMN name TEXT');
  expect(await driver.applySchemaChange(changeFor(rows(id, field('added'))), attempt)).toHaveLength(1);
  expect(await bench.columns()).toEqual(['id bigint', 'name text', 'added text']);
  await driver.close();
});

test('a job that is cancelled says so, with the statement', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'full' });
  bench.doris.alterJobs.durationMs = 60_000;
  const changing = driver.applySchemaChange(changeFor(rows(id, field('name'))), attempt);
  const failing = failureOf(changing);
  while (bench.doris.alterJobs.list('db').every(({ state }) => state !== 'RUNNING')) await new Promise(setImmediate);
  await bench.sql('CANCEL ALTER TABLE COLUMN FROM db.t');
  const failure = await failing;
  expect(failure).toMatchObject({ code: 'SINK_SCHEMA_CHANGE_FAILED', retryable: false });
  expect(failure.message).toMatch(/cancelled the schema change \(job \d+\): user cancelled .* MODIFY COLUMN `name`/);
  await driver.close();
});

test('a job that takes too long is left to the next attempt, which waits for the same one', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'full', 'schema.evolution.timeout.ms': '1000' });
  bench.doris.alterJobs.durationMs = 1_600;
  const change = changeFor(rows(id, field('name')));
  const failure = await failureOf(driver.applySchemaChange(change, attempt));
  expect(failure).toMatchObject({ code: 'SINK_SCHEMA_CHANGE_FAILED', retryable: true });
  while ((await driver.applySchemaChange(change, attempt).catch(() => undefined)) === undefined);
  expect(await bench.columns()).toEqual(['id bigint', 'name text']);
  expect(bench.doris.alterJobs.list('db').filter(({ state }) => state === 'RUNNING')).toEqual([]);
  await driver.close();
});

test.each([
  [
    'no right to',
    'Access denied; you need (at least one of) the (ALTER) privilege(s) for this operation',
    'SINK_ACCESS_DENIED',
    /ALTER_PRIV/,
  ],
  ['a refusal', 'Can not change aggregation type', 'SINK_SCHEMA_CHANGE_FAILED', /by hand/],
])('a statement that is refused is told with it: %s', async (_name, text, code, hint) => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  bench.doris.faults.arm({ point: 'fe.ddl', phase: 'before', effect: { kind: 'fail', code: '', text } });
  const failure: SluiceError = await failureOf(driver.applySchemaChange(changeFor(rows(id, field('x'))), attempt));
  expect(failure).toMatchObject({ code, retryable: false, context: { table: 'db.t' } });
  expect(failure.message).toContain(text);
  expect(failure.message).toContain('ADD COLUMN (`x` STRING NULL)');
  expect(failure.hint).toMatch(hint);
  await driver.close();
});

test('an attempt whose lease is lost changes nothing', async () => {
  const { driver } = bench.sink({ 'schema.evolution': 'basic' });
  const check = () => {
    throw new Error('the lease is lost');
  };
  await expect(driver.applySchemaChange(changeFor(rows(id, field('x'))), { ...attempt, check })).rejects.toThrow();
  expect(await bench.columns()).toEqual(['id bigint', 'name varchar(8)']);
  await driver.close();
});

test('a truncate waits for a change of the table and empties it', async () => {
  const { driver } = bench.sink();
  await bench.sql("INSERT INTO db.t VALUES (1, 'a')");
  bench.doris.alterJobs.durationMs = 150;
  await bench.sql('ALTER TABLE db.t MODIFY COLUMN name TEXT');
  const change = { kind: 'truncate', ...TABLE, topic: 't', partition: 0, offset: '7' } as const;
  expect(await driver.applySchemaChange(change, attempt)).toEqual(['TRUNCATE TABLE `db`.`t`']);
  expect(await bench.sql('SELECT * FROM db.t')).toEqual([]);
  await driver.close();
});

describe('auto.create', () => {
  beforeEach(() => bench.sql('DROP TABLE db.t'));

  const keyed = {
    ...rows(
      field('name'),
      field('id', 'INT64', { optional: false }),
      field('at', 'INT64', { name: 'io.debezium.time.Timestamp' }),
    ),
    keys: ['id'],
  };

  test('a table with the key of the record', async () => {
    const { driver } = bench.sink({ 'auto.create': 'true', 'auto.create.properties.replication_num': '1' });
    const statements = await driver.applySchemaChange(changeFor(keyed), attempt);
    expect(statements).toHaveLength(1);
    expect(await driver.describeTable(TABLE, attempt.signal)).toMatchObject({ model: 'unique', mergeOnWrite: true });
    expect(await bench.columns()).toEqual(['id bigint', 'name text', 'at datetime(3)']);
    const [shown] = await bench.sql('SHOW CREATE TABLE db.t');
    expect(shown?.[1]).toContain('UNIQUE KEY(`id`)\nDISTRIBUTED BY HASH(`id`) BUCKETS AUTO');
    expect(await driver.applySchemaChange(changeFor(keyed), attempt)).toEqual([]);
    await driver.close();
  });

  test('without a key every row is kept', async () => {
    const { driver } = bench.sink({ 'auto.create': 'true' });
    await driver.applySchemaChange(changeFor({ ...keyed, keys: [] }), attempt);
    expect(await driver.describeTable(TABLE, attempt.signal)).toMatchObject({ model: 'duplicate' });
    expect(await bench.columns()).toEqual(['name text', 'id bigint', 'at datetime(3)']);
    await driver.close();
  });

  test('a key of the user', async () => {
    const { driver } = bench.sink({ 'auto.create': 'true', 'auto.create.key.columns': 'name' });
    await driver.applySchemaChange(changeFor(keyed), attempt);
    expect(await bench.columns()).toEqual(['name varchar(65533)', 'id bigint', 'at datetime(3)']);
    await driver.close();
  });

  test('two tasks create it at once, and what one lacks is added where that is allowed', async () => {
    const settings = { 'auto.create': 'true', 'schema.evolution': 'basic' };
    const [one, other] = [bench.sink(settings), bench.sink(settings)];
    bench.doris.faults.arm({ point: 'fe.ddl', phase: 'before', times: 2, effect: { kind: 'delay', delayMs: 50 } });
    const wide = { ...keyed, row: { ...keyed.row, fields: [...keyed.row.fields, field('more')] } };
    await Promise.all([
      one.driver.applySchemaChange(changeFor(keyed), attempt),
      other.driver.applySchemaChange(changeFor(wide), attempt),
    ]);
    expect((await bench.columns()).sort()).toEqual(['at datetime(3)', 'id bigint', 'more text', 'name text']);
    await Promise.all([one.driver.close(), other.driver.close()]);
  });

  test('off, a table that is missing stays so', async () => {
    const { driver } = bench.sink({ 'schema.evolution': 'basic' });
    const failure = await failureOf(driver.applySchemaChange(changeFor(keyed), attempt));
    expect(failure).toMatchObject({ code: 'SINK_TABLE_UNKNOWN', retryable: false });
    await driver.close();
  });
});
