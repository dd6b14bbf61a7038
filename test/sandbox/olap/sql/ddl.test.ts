import { openContext, openSession, type TestContext, type TestSession } from './harness.js';

let context: TestContext;
let db: TestSession;

beforeAll(async () => {
  context = await openContext();
  db = openSession(context);
});
afterAll(() => context.close());

describe('CREATE TABLE', () => {
  test('takes everything that Doris’ DDL has, and SHOW CREATE TABLE makes the same table again', async () => {
    await db.run(`
      CREATE TABLE IF NOT EXISTS everything (
        \`id\` BIGINT NOT NULL AUTO_INCREMENT COMMENT "the ""key""",
        day DATEV2 NOT NULL,
        flag BOOLEAN DEFAULT "true",
        tiny TINYINT(4) NULL DEFAULT -1,
        wide LARGEINT,
        price DECIMALV3(38, 10) DEFAULT 0.5,
        code CHAR(3),
        name VARCHAR(*) COMMENT 'it''s',
        note STRING NULL,
        created DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),
        tags ARRAY<ARRAY<VARCHAR(10)>>,
        attributes MAP<STRING, INT>,
        address STRUCT<street: STRING, number: INT>,
        document JSONB,
        anything VARIANT,
        INDEX idx_name (name) USING INVERTED COMMENT 'x'
      ) ENGINE = OLAP
      UNIQUE KEY(id, day)
      COMMENT 'all of it'
      PARTITION BY RANGE(day) (PARTITION p1 VALUES LESS THAN ("2025-01-01"), PARTITION p2 VALUES LESS THAN MAXVALUE)
      DISTRIBUTED BY HASH(id) BUCKETS AUTO
      PROPERTIES ("replication_num" = "1", 'enable_unique_key_merge_on_write' = 'true')`);
    const ddl = async (): Promise<string> => (await db.rows('SHOW CREATE TABLE everything'))[0]?.['Create Table'] ?? '';
    const printed = await ddl();
    expect(printed).toContain('  `id` bigint NOT NULL AUTO_INCREMENT COMMENT \'the "key"\',');
    expect(printed).toContain('  `price` decimal(38,10) NULL DEFAULT "0.5",');
    expect(printed).toContain('  `created` datetime(6) NULL DEFAULT CURRENT_TIMESTAMP(6),');
    expect(printed).toContain('  `tags` array<array<varchar(10)>> NULL,');
    expect(printed).toContain("UNIQUE KEY(`id`, `day`)\nCOMMENT 'all of it'\nPARTITION BY RANGE(day) (");
    expect(printed).toContain('"replication_allocation" = "tag.location.default: 1"');
    await db.run('DROP TABLE everything');
    await db.run(printed);
    expect(await ddl()).toBe(printed);
  });

  test('the seeds’ own statement', async () => {
    await db.run(`
      CREATE TABLE test_kafka_connector_tbl(
        user_id            BIGINT       NOT NULL COMMENT "user id",
        name               VARCHAR(20)           COMMENT "name",
        age                INT                   COMMENT "age"
      )
      DUPLICATE KEY(user_id)
      DISTRIBUTED BY HASH(user_id) BUCKETS 12;`);
    expect(await db.rows('DESC test_kafka_connector_tbl')).toEqual([
      { Field: 'user_id', Type: 'bigint', Null: 'No', Key: 'true', Default: null, Extra: '' },
      { Field: 'name', Type: 'varchar(20)', Null: 'Yes', Key: 'false', Default: null, Extra: 'NONE' },
      { Field: 'age', Type: 'int', Null: 'Yes', Key: 'false', Default: null, Extra: 'NONE' },
    ]);
  });

  test('without a key clause the first columns are the key of a DUPLICATE table', async () => {
    await db.run('CREATE TABLE implied (a INT, b INT, c VARCHAR(5), d INT) DISTRIBUTED BY RANDOM BUCKETS 3');
    const table = context.context.engine.table('db', 'implied');
    expect(table).toMatchObject({ model: 'DUPLICATE', keys: ['a', 'b', 'c'], distribution: 'RANDOM BUCKETS 3' });
  });

  test('a comma may end the list of columns', async () => {
    await db.run('CREATE TABLE trailing (a INT, b SMALLINT,) UNIQUE KEY(a) DISTRIBUTED BY HASH(a)');
    expect(context.context.engine.table('db', 'trailing')?.columns).toHaveLength(2);
  });

  test('LIKE copies a definition', async () => {
    await db.run('CREATE TABLE original (a INT) UNIQUE KEY(a) DISTRIBUTED BY HASH(a); CREATE TABLE copy LIKE original');
    expect(context.context.engine.table('db', 'copy')).toMatchObject({ name: 'copy', model: 'UNIQUE', keys: ['a'] });
  });

  test.each([
    ['CREATE TABLE x (a INT, A INT) DISTRIBUTED BY HASH(a)', 1105, /Duplicate column name/],
    ['CREATE TABLE x (a INT, b INT) UNIQUE KEY(b) DISTRIBUTED BY HASH(b)', 1105, /ordered prefix/],
    ['CREATE TABLE x (a STRING, b INT) UNIQUE KEY(a) DISTRIBUTED BY HASH(a)', 1105, /should not be used in key/],
    ['CREATE TABLE x (a INT, b INT SUM) DUPLICATE KEY(a) DISTRIBUTED BY HASH(a)', 1105, /should not specify aggregate/],
    ['CREATE TABLE x (a INT, b INT) AGGREGATE KEY(a) DISTRIBUTED BY HASH(a)', 1105, /must specify aggregate/],
    ['CREATE TABLE x (a INT) PRIMARY KEY(a) DISTRIBUTED BY HASH(a)', 1105, /Not supported key type/],
    ['CREATE TABLE x (a INT,,) DISTRIBUTED BY HASH(a)', 1064, /Syntax error/],
    ['CREATE TABLE x (a WRONG) DISTRIBUTED BY HASH(a)', 1064, /Syntax error/],
    ['CREATE TABLE x (a VARCHAR(70000)) DISTRIBUTED BY HASH(a)', 1105, /VARCHAR size/],
    ['CREATE TABLE none.x (a INT) DISTRIBUTED BY HASH(a)', 1049, /Unknown database 'none'/],
    ['CREATE TABLE x (a INT) DISTRIBUTED BY HASH(a) BOGUS', 1064, /Syntax error near 'BOGUS'/],
  ])('%s', async (sql, errno, message) => {
    await expect(db.run(sql)).rejects.toMatchObject({ errno, message: expect.stringMatching(message) });
  });

  test('a table that is there is error 1050, one that is not 1051', async () => {
    await db.run('CREATE TABLE there (a INT) DISTRIBUTED BY HASH(a)');
    const again = db.run('CREATE TABLE there (a INT) DISTRIBUTED BY HASH(a)');
    await expect(again).rejects.toMatchObject({
      errno: 1050,
      message: "errCode = 2, detailMessage = Table 'there' already exists",
    });
    await db.run('DROP TABLE there; DROP TABLE IF EXISTS there');
    await expect(db.run('DROP TABLE there')).rejects.toMatchObject({ errno: 1051 });
  });

  test('names may hold anything', async () => {
    await db.run('CREATE DATABASE `we``ird "db"`');
    await db.run('CREATE TABLE `we``ird "db"`.`select` (`from "x"` INT, `ключ` INT) DISTRIBUTED BY HASH(`ключ`)');
    await db.run('INSERT INTO `we``ird "db"`.`select` VALUES (1, 2)');
    expect(await db.rows('SELECT `from "x"`, `ключ` FROM `we``ird "db"`.`select`')).toEqual([
      { 'from "x"': '1', ключ: '2' },
    ]);
    await db.run('DROP DATABASE `we``ird "db"`');
  });
});

describe('ALTER TABLE', () => {
  test('adds one column, several, and a list of them', async () => {
    await db.run('CREATE TABLE grows (id INT) DISTRIBUTED BY HASH(id); INSERT INTO grows VALUES (1)');
    await db.run("ALTER TABLE `db`.`grows` ADD COLUMN `a` VARCHAR(10) NULL DEFAULT 'x' COMMENT 'new' AFTER id");
    await db.run('ALTER TABLE grows ADD COLUMN b INT, ADD COLUMN c INT DEFAULT 7');
    await db.run('ALTER TABLE grows ADD COLUMN (d INT, e STRING)');
    expect(await db.rows('SELECT * FROM grows')).toEqual([{ id: '1', a: 'x', b: null, c: '7', d: null, e: null }]);
    expect(await db.column("SHOW ALTER TABLE COLUMN FROM db WHERE TableName = 'grows' LIMIT 1")).toHaveLength(1);
  });

  test('a column that is there is refused in Doris’ words, and nothing is added', async () => {
    await db.run('CREATE TABLE twice (id INT, c1 INT) DISTRIBUTED BY HASH(id)');
    await expect(db.run('ALTER TABLE twice ADD COLUMN c2 INT, ADD COLUMN c1 INT')).rejects.toMatchObject({
      errno: 1105,
      message: 'errCode = 2, detailMessage = Can not add column which already exists in base table: c1',
    });
    expect(await db.column("SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_NAME = 'twice'")).toEqual([
      'id',
      'c1',
    ]);
  });

  test('widens, renames and drops', async () => {
    await db.run('CREATE TABLE changes (id INT, n SMALLINT, s VARCHAR(5)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
    await db.run('ALTER TABLE changes MODIFY COLUMN n BIGINT, MODIFY COLUMN s VARCHAR(50)');
    await db.run('ALTER TABLE changes RENAME COLUMN n number; ALTER TABLE changes DROP COLUMN s');
    expect(await db.column('DESC changes')).toEqual(['id', 'number']);
    await expect(db.run('ALTER TABLE changes MODIFY COLUMN number INT')).rejects.toMatchObject({
      message: expect.stringMatching(/Can not change bigint to int/),
    });
  });
});

describe('schema changes that are jobs', () => {
  const jobs = async () =>
    (await db.rows("SHOW ALTER TABLE COLUMN WHERE TableName = 'jobs'")).map(({ State }) => State);
  const typeOfN = async () => (await db.rows('DESC jobs')).find(({ Field }) => Field === 'n')?.Type;

  beforeEach(() => db.run('CREATE TABLE jobs (id INT, n INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)'));
  afterEach(async () => {
    context.context.alterJobs.durationMs = 0;
    await db.run('DROP TABLE jobs');
  });

  test('the table takes no other change until the job is done', async () => {
    context.context.alterJobs.durationMs = 50;
    await db.run('ALTER TABLE jobs MODIFY COLUMN n BIGINT');
    expect((await jobs()).at(-1)).toBe('RUNNING');
    await expect(db.run('ALTER TABLE jobs ADD COLUMN more INT')).rejects.toThrow('state(SCHEMA_CHANGE) is not NORMAL');
    await expect(db.run('TRUNCATE TABLE jobs')).rejects.toThrow('state(SCHEMA_CHANGE) is not NORMAL');
    while ((await jobs()).at(-1) === 'RUNNING') await new Promise(setImmediate);
    expect(await typeOfN()).toBe('bigint');
    await db.run('ALTER TABLE jobs ADD COLUMN more INT');
    expect((await jobs()).slice(-2)).toEqual(['FINISHED', 'FINISHED']);
  });

  test('one that is cancelled changes nothing', async () => {
    await expect(db.run('CANCEL ALTER TABLE COLUMN FROM jobs')).rejects.toThrow('is under NORMAL state');
    context.context.alterJobs.durationMs = 60_000;
    await db.run('ALTER TABLE jobs MODIFY COLUMN n BIGINT');
    await db.run('CANCEL ALTER TABLE COLUMN FROM jobs');
    expect((await jobs()).at(-1)).toBe('CANCELLED');
    expect(await typeOfN()).toBe('int');
  });
});

test('a table may have no key at all', async () => {
  await db.run(
    "CREATE TABLE keyless (id INT) DISTRIBUTED BY RANDOM PROPERTIES ('enable_duplicate_without_keys_by_default' = 'true')",
  );
  expect((await db.rows('DESC keyless'))[0]?.Key).toBe('false');
});
