import { openContext, openSession, type TestContext, type TestSession } from './harness.js';

let context: TestContext;
let db: TestSession;

beforeAll(async () => {
  context = await openContext();
  db = openSession(context);
  await db.run(
    'CREATE TABLE t (id INT, name VARCHAR(20), `offset` BIGINT, `moment` DATETIME, wide LARGEINT) ' +
      'DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1',
  );
  await db.run("INSERT INTO t VALUES (1, 'a', 5, '2024-01-02 03:04:05', 1), (2, NULL, 6, NULL, NULL)");
});
afterAll(() => context.close());

describe('SELECT in the spelling of MySQL', () => {
  test.each([
    ["SELECT 'it''s'", "it's"],
    ['SELECT "say \\"x\\""', 'say "x"'],
    ["SELECT 'back\\\\slash\\n'", 'back\\slash\n'],
    ["SELECT x'4142', _utf8'c'", 'AB'],
    ['SELECT /* a comment */ 1 -- another\n # and one more', '1'],
    ['SELECT offset FROM t ORDER BY offset LIMIT 1, 1', '6'],
    ['SELECT name FROM t ORDER BY name LIMIT 1', null],
    ['SELECT `t`.`id` FROM `db`.`t` WHERE `t`.`id` = 2', '2'],
    ['SELECT db.t.id FROM db.t WHERE id = 1', '1'],
    ["SELECT IFNULL(name, 'none') FROM t WHERE id = 2", 'none'],
    ['SELECT IF(id > 1, "many", "one") FROM t WHERE id = 2', 'many'],
    ["SELECT CONCAT(name, '-', id) FROM t WHERE id = 1", 'a-1'],
    ["SELECT CONCAT(name, '-') FROM t WHERE id = 2", null],
    ["SELECT LENGTH('é')", '2'],
    ["SELECT CHAR_LENGTH('é')", '1'],
    ['SELECT 7 DIV 2', '3'],
    ['SELECT COALESCE(1 / 0, 1.5 / 0, 1 % 0)', null],
    ['SELECT 1 || 0', '1'],
    ['SELECT 1 && 0', '0'],
    ['SELECT NULL <=> NULL', '1'],
    ["SELECT 'abc' REGEXP 'b'", '1'],
    ["SELECT DATE_FORMAT(moment, '%Y/%m/%d %H:%i:%s') FROM t WHERE id = 1", '2024/01/02 03:04:05'],
    ["SELECT CAST('5' AS SIGNED)", '5'],
    ["SELECT CAST('2024-01-01 10:00:00' AS DATETIME(3))", '2024-01-01 10:00:00.000'],
    ["SELECT DATEDIFF('2024-03-01', '2024-02-28')", '2'],
    ["SELECT GROUP_CONCAT(id ORDER BY id DESC SEPARATOR ';') FROM t", '2;1'],
    ['SELECT COUNT(*) FROM (SELECT 1 UNION ALL SELECT 2) AS two', '2'],
    ['WITH x AS (SELECT id FROM t) SELECT SUM(id) FROM x', '3'],
    ['SELECT a.id FROM t a JOIN t AS b ON a.id = b.id AND b.id IN (SELECT MAX(id) FROM t)', '2'],
    ['SELECT EXISTS(SELECT 1 FROM t WHERE id = 3)', '0'],
    ['SELECT 1 FROM DUAL', '1'],
    ["SELECT CASE WHEN id = 1 THEN 'one' ELSE 'two' END AS kind FROM t HAVING kind = 'two' ORDER BY kind", 'two'],
    ['SELECT MIN(id) FROM t HAVING COUNT(*) > 1', '1'],
    ['SELECT @@version_comment LIMIT 1', 'Sluice sandbox double of Apache Doris (not Apache Doris)'],
    ['/* app */ SELECT @@session.tx_isolation', 'READ-COMMITTED'],
    ['SELECT DATABASE()', 'db'],
    ['SELECT CONNECTION_ID()', '7'],
    ['SELECT CURRENT_USER', "'root'@'%'"],
  ])('%s', async (sql, expected) => {
    expect((await db.column(sql))[0]).toBe(expected);
  });

  test('columns are named as they were written', async () => {
    const [row] = await db.rows("SELECT COUNT(*), max( id ), 1+1 AS two, 'x' three FROM t");
    expect(Object.keys(row ?? {})).toEqual(['COUNT(*)', 'max( id )', 'two', 'three']);
  });

  test('a SUM of integers is a BIGINT, a LARGEINT stays one', async () => {
    await db.run('CREATE TABLE narrow (id INT) DISTRIBUTED BY HASH(id)');
    const types = async (sql: string): Promise<unknown> => {
      const result = await db.session.execute(sql);
      return 'columns' in result ? result.columns.map((column) => column.type) : [];
    };
    expect(await types('SELECT SUM(id) FROM narrow')).toEqual(['BIGINT']);
    expect(await types('SELECT wide FROM t')).toEqual(['HUGEINT']);
  });

  test('the smallest value is NULL', async () => {
    expect(await db.column('SELECT name FROM t ORDER BY name DESC')).toEqual(['a', null]);
  });
});

describe('errors are the database’s', () => {
  test.each([
    ['SELECT nope FROM t', 1054, /Unknown column 'nope'/],
    ['SELECT t.nope FROM t', 1054, /Unknown column 'nope'/],
    ['SELECT nope(1)', 1105, /Can not found function 'nope'/],
    ['SELECT * FROM nope', 1146, /errCode = 2, detailMessage = Unknown table 'nope'/],
    ['SELECT * FROM nope.t', 1049, /Unknown database 'nope'/],
    ['SELECT 1 +', 1064, /Syntax error/],
    ['SELECT (1', 1064, /Syntax error/],
    ["SELECT 'open", 1064, /Syntax error/],
    ['SELECT @@nope', 1193, /Unknown system variable 'nope'/],
    ['FROBNICATE', 1064, /Syntax error near 'FROBNICATE'/],
  ])('%s', async (sql, errno, message) => {
    await expect(db.run(sql)).rejects.toMatchObject({ errno, message: expect.stringMatching(message) });
  });

  test('without a database, a bare table name is error 1046', async () => {
    const other = openSession(context);
    await other.run('CREATE DATABASE gone; USE gone; DROP DATABASE gone');
    await expect(other.run('SELECT * FROM t')).rejects.toMatchObject({ errno: 1046 });
  });
});

describe('information_schema', () => {
  test('is found in any case and with backticks', async () => {
    expect(await db.column('SELECT `SCHEMA_NAME` FROM `INFORMATION_SCHEMA`.`SCHEMATA`')).toContain('db');
    const tables = await db.column("select table_name from information_schema.`TABLES` where TABLE_SCHEMA = 'db'");
    expect(tables).toContain('t');
  });

  test('tells the columns as the StarRocks and Doris connectors ask for them', async () => {
    const found = await db.rows(
      'select `COLUMN_NAME`,`ORDINAL_POSITION`,`COLUMN_KEY`,`DATA_TYPE`,`COLUMN_SIZE`,`DECIMAL_DIGITS` ' +
        "from `information_schema`.`COLUMNS` where `TABLE_SCHEMA` = 'db' and `TABLE_NAME` = 't' order by 2 limit 2",
    );
    expect(found.map((row) => Object.values(row))).toEqual([
      ['id', '1', 'DUP', 'int', '10', null],
      ['name', '2', '', 'varchar', '20', null],
    ]);
  });
});
