import { createSqlSession, isQueryResult } from '../../../../sandbox/olap/sql/index.js';
import { openContext, openSession, type TestContext, type TestSession } from './harness.js';

let context: TestContext;
let db: TestSession;

beforeEach(async () => {
  context = await openContext();
  db = openSession(context);
  await db.run('CREATE TABLE t (id INT NOT NULL COMMENT "key", v INT) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)');
});
afterEach(() => context.close());

describe('SHOW', () => {
  test('databases and tables, with LIKE and WHERE', async () => {
    await db.run('CREATE DATABASE other');
    expect(await db.column('SHOW DATABASES')).toEqual(['information_schema', 'db', 'other']);
    expect(await db.column("SHOW SCHEMAS LIKE 'o%'")).toEqual(['other']);
    expect(await db.rows('SHOW TABLES FROM db')).toEqual([{ Tables_in_db: 't' }]);
    expect(await db.rows("SHOW FULL TABLES IN db LIKE 't'")).toEqual([{ Tables_in_db: 't', Table_type: 'BASE TABLE' }]);
    expect(await db.column("SHOW TABLES LIKE '\\_'")).toEqual([]);
    await expect(db.run('SHOW TABLES FROM none')).rejects.toMatchObject({ errno: 1049 });
  });

  test('columns as JDBC drivers read them', async () => {
    expect(await db.rows("SHOW FULL COLUMNS FROM `t` FROM `db` LIKE '%'")).toMatchObject([
      { Field: 'id', Type: 'int', Null: 'NO', Key: 'YES', Comment: 'key' },
      { Field: 'v', Type: 'int', Null: 'YES', Key: 'NO', Comment: '' },
    ]);
  });

  test('variables', async () => {
    expect(await db.rows("SHOW VARIABLES LIKE 'tx\\_isolation'")).toEqual([
      { Variable_name: 'tx_isolation', Value: 'READ-COMMITTED' },
    ]);
    expect(await db.column("SHOW SESSION VARIABLES WHERE Variable_name IN ('autocommit', 'version')")).toHaveLength(2);
  });

  test.each(['BACKENDS', 'FRONTENDS', 'ENGINES', 'COLLATION', 'CHARACTER SET', 'CHARSET', 'GRANTS', 'STATUS'])(
    '%s has rows',
    async (topic) => {
      expect(await db.column(`SHOW ${topic}`)).not.toHaveLength(0);
    },
  );

  test.each(['WARNINGS', 'PROCESSLIST', 'FULL PROCESSLIST', 'INDEX FROM t', 'TRIGGERS'])(
    '%s has none',
    async (topic) => {
      expect(await db.column(`SHOW ${topic}`)).toEqual([]);
    },
  );
});

describe('SHOW TRANSACTION', () => {
  test('finds by id, label and pattern', async () => {
    const begin = (label: string) =>
      context.transactions.begin({ database: 'db', label, tables: ['t'], coordinator: 'BE: 127.0.0.1' });
    const first = begin('sluice__t__0__1');
    begin('sluice__t__0__2');
    context.transactions.precommit('db', first.id);
    expect(await db.rows(`SHOW TRANSACTION FROM db WHERE ID = ${first.id}`)).toMatchObject([
      {
        TransactionId: String(first.id),
        Label: 'sluice__t__0__1',
        Coordinator: 'BE: 127.0.0.1',
        TransactionStatus: 'PRECOMMITTED',
        LoadJobSourceType: 'BACKEND_STREAMING',
        PrepareTime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        CommitTime: '\\N',
      },
    ]);
    expect(await db.rows("SHOW TRANSACTION FROM db WHERE LABEL LIKE 'sluice__t__0__%'")).toHaveLength(2);
    expect(await db.rows("SHOW TRANSACTION WHERE LABEL = 'sluice__t__0__2'")).toHaveLength(1);
    expect(await db.rows("SHOW TRANSACTION FROM `db` WHERE TransactionStatus = 'prepare'")).toHaveLength(1);
  });

  test('an unknown id or label is an error, an unmatched pattern is not', async () => {
    await expect(db.run('SHOW TRANSACTION FROM db WHERE ID = 99')).rejects.toThrow(
      'errCode = 2, detailMessage = transaction with id 99 does not exist',
    );
    await expect(db.run("SHOW TRANSACTION FROM db WHERE LABEL = 'x'")).rejects.toThrow('does not exist');
    expect(await db.rows("SHOW TRANSACTION FROM db WHERE LABEL LIKE 'x%'")).toEqual([]);
    await expect(db.run('SHOW TRANSACTION FROM db')).rejects.toThrow('Where clause');
  });
});

describe('variables', () => {
  test('a session has its own, SET GLOBAL is for the sessions to come', async () => {
    await db.run('SET SESSION query_timeout = 5, @mine = "x", GLOBAL wait_timeout = 60');
    expect(await db.rows('SELECT @@query_timeout AS q, @mine AS m, @unset AS u')).toEqual([
      { q: '5', m: 'x', u: null },
    ]);
    const other = openSession(context);
    expect(await other.rows('SELECT @@query_timeout AS q, @@wait_timeout AS w')).toEqual([{ q: '900', w: '60' }]);
  });

  test('time_zone moves the clock and what comes with an offset', async () => {
    const eastern = openSession(context);
    await eastern.run("SET time_zone = '+8:00'; CREATE TABLE moments (at DATETIME) DUPLICATE KEY(at)");
    await eastern.run("INSERT INTO moments VALUES ('2020-07-17T10:00:22Z')");
    expect(await eastern.column('SELECT at FROM moments')).toEqual(['2020-07-17 18:00:22']);
    expect(await eastern.column('SELECT @@time_zone')).toEqual(['+08:00']);
    expect(await eastern.column('SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(), NOW())')).toEqual(['8']);
    await eastern.run('SET time_zone = CST');
    expect(await eastern.column('SELECT @@time_zone')).toEqual(['Asia/Shanghai']);
    await expect(eastern.run("SET time_zone = 'Nowhere'")).rejects.toMatchObject({
      errno: 1298,
      message: expect.stringContaining("Unknown or incorrect time zone: 'Nowhere'"),
    });
  });

  test('what drivers send when they log in is taken', async () => {
    await db.run('SET NAMES utf8mb4; SET character_set_results = NULL; SET autocommit=1; SET sql_mode="STRICT"');
    expect(await db.column('SELECT @@character_set_results')).toEqual([null]);
    expect(await db.column('/*!40101 SELECT @@session.auto_increment_increment AS x */')).toEqual(['1']);
  });
});

describe('users', () => {
  test('are created, given another password and dropped', async () => {
    const { accounts } = context.context;
    await db.run("CREATE USER 'app'@'%' IDENTIFIED BY 'one'; GRANT LOAD_PRIV ON db.* TO 'app'@'%'");
    expect(accounts.checkPassword('app', 'one')).toBe(true);
    await db.run("SET PASSWORD FOR 'app' = PASSWORD('two')");
    expect(accounts.checkPassword('app', 'one')).toBe(false);
    expect(accounts.checkPassword('app', 'two')).toBe(true);
    expect(await db.rows('SHOW GRANTS FOR app')).toMatchObject([{ GlobalPrivs: expect.stringContaining('LOAD_PRIV') }]);
    await db.run('DROP USER app');
    expect(accounts.has('app')).toBe(false);
    await expect(db.run('DROP USER app')).rejects.toThrow('does not exist');
  });
});

test('frontend settings are changed while it runs', async () => {
  await db.run('ADMIN SET FRONTEND CONFIG ("label_num_threshold" = "3")');
  expect(await db.rows("ADMIN SHOW FRONTEND CONFIG LIKE '%label%'")).toMatchObject([
    { Key: 'label_num_threshold', Value: '3' },
  ]);
  await expect(db.run('ADMIN SET FRONTEND CONFIG ("nope" = "3")')).rejects.toThrow("Config 'nope' does not exist");
});

test('parameters stand for values, wherever they are', async () => {
  const session = createSqlSession(context.context, { user: 'root', database: 'db' });
  const [insert] = session.statements('INSERT INTO t VALUES (?, ?)');
  expect(insert?.parameterCount).toBe(2);
  await insert?.execute([{ text: '-1', numeric: true }, null]);
  const [select] = session.statements('SELECT v, ? AS echo FROM t WHERE id = ? LIMIT ?');
  const numbers = ['-1', '5'].map((text) => ({ text, numeric: true }));
  const result = await select?.execute([{ text: "'; DROP TABLE t; --", numeric: false }, ...numbers]);
  expect(result !== undefined && isQueryResult(result) ? result.rows : []).toEqual([[null, "'; DROP TABLE t; --"]]);
});

test('transaction statements are taken, each statement is its own transaction', async () => {
  await db.run('BEGIN; INSERT INTO t VALUES (1, 1); COMMIT; START TRANSACTION; ROLLBACK');
  expect(await db.column('SELECT id FROM t')).toEqual(['1']);
});
