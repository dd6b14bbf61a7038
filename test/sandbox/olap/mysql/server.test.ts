import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { openQueryPort, type QueryPort } from './harness.js';

let server: QueryPort;
let connection: Connection;

beforeAll(async () => {
  server = await openQueryPort({ root: '', app: 'sécret' });
});
afterAll(() => server.close());
beforeEach(async () => {
  connection = await createConnection({ host: server.host, port: server.port, user: 'root', database: 'db' });
});
afterEach(() => connection.end());

async function rows(sql: string, values?: unknown[]): Promise<RowDataPacket[]> {
  const [result] = await connection.query<RowDataPacket[]>(sql, values);
  return result;
}

describe('logging in', () => {
  test('with a password', async () => {
    const app = await createConnection({ host: server.host, port: server.port, user: 'app', password: 'sécret' });
    const [found] = await app.query<RowDataPacket[]>('SELECT CURRENT_USER() AS me, DATABASE() AS db');
    expect(found).toEqual([{ me: "'app'@'%'", db: null }]);
    await app.end();
  });

  test.each([
    ['app', 'wrong', 'YES'],
    ['app', '', 'NO'],
    ['nobody', 'x', 'YES'],
  ])('as %s with password "%s" is refused', async (user, password, using) => {
    const attempt = createConnection({ host: server.host, port: server.port, user, password });
    await expect(attempt).rejects.toMatchObject({
      errno: 1045,
      sqlState: '28000',
      message: `Access denied for user '${user}'@'127.0.0.1' (using password: ${using})`,
    });
  });

  test('into a database that does not exist is error 1049', async () => {
    const attempt = createConnection({ host: server.host, port: server.port, user: 'root', database: 'none' });
    await expect(attempt).rejects.toMatchObject({ errno: 1049, sqlState: '42000' });
  });

  test('as another user on the same connection', async () => {
    await connection.changeUser({ user: 'app', password: 'sécret', database: 'db' });
    expect(await rows('SELECT CURRENT_USER() AS me, DATABASE() AS db')).toEqual([{ me: "'app'@'%'", db: 'db' }]);
  });

  test('says that it is a double', async () => {
    const [row] = await rows('SELECT VERSION() AS version, @@version_comment');
    expect(row).toEqual({
      version: '5.7.99',
      '@@version_comment': 'Sluice sandbox double of Apache Doris (not Apache Doris)',
    });
  });
});

describe('a table', () => {
  test('is created, filled, read and dropped', async () => {
    await connection.query(
      'CREATE TABLE t1 (id BIGINT NOT NULL, name VARCHAR(20), price DECIMAL(10,2), seen DATETIME(3)) ' +
        'UNIQUE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1 PROPERTIES("replication_num" = "1")',
    );
    const [ok] = await connection.query<ResultSetHeader>(
      `INSERT INTO t1 VALUES (1, 'Zoë', 1.5, '2024-05-01 10:00:00.25'), (9007199254740993, NULL, -2, NULL), (1, '二', 3, NULL)`,
    );
    expect(ok.affectedRows).toBe(3);
    expect(ok.info).toMatch(/'status':'VISIBLE'/);
    connection.config.supportBigNumbers = true;
    connection.config.bigNumberStrings = true;
    const found = await rows('SELECT * FROM t1 ORDER BY id');
    expect(found).toEqual([
      { id: '1', name: '二', price: '3.00', seen: null },
      { id: '9007199254740993', name: null, price: '-2.00', seen: null },
    ]);
    await connection.query('DROP TABLE t1');
    await expect(rows('SELECT * FROM t1')).rejects.toMatchObject({ errno: 1146, sqlState: '42S02' });
  });
});

test('columns have no flags: Connector/J takes a BOOLEAN that has BINARY for bytes', async () => {
  await connection.query('CREATE TABLE flags (id INT, ok BOOLEAN, n DECIMAL(6,0), p DECIMAL(6,2)) DUPLICATE KEY(id)');
  const [, fields] = await connection.query<RowDataPacket[]>('SELECT * FROM flags');
  expect(fields.map(({ name, flags }) => [name, flags])).toEqual([
    ['id', 0],
    ['ok', 0],
    ['n', 0],
    ['p', 0],
  ]);
  expect(fields.map(({ columnLength }) => columnLength)).toEqual([11, 1, 7, 8]);
});

describe('prepared statements', () => {
  test('write and read every type in the binary protocol', async () => {
    await connection.query(
      'CREATE TABLE kinds (id INT, tiny TINYINT, small SMALLINT, big BIGINT, wide LARGEINT, ratio FLOAT, exact DOUBLE, ' +
        'price DECIMAL(12,3), name STRING, day DATE, moment DATETIME(6), flag BOOLEAN, list ARRAY<INT>, doc JSON) ' +
        'DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const values = [
      ...[1, -128, 32767, '-9223372036854775808', '170141183460469231731687303715884105727', 1.5, 0.1],
      ...['-1.125', 'ünï😀\u0000\n', '2024-02-29', '2024-02-29 23:59:59.000001', true, '[1, 2]', '{"a":1}'],
    ];
    const places = values.map(() => '?').join(', ');
    await connection.execute(`INSERT INTO kinds VALUES (${places})`, values);
    await connection.execute(`INSERT INTO kinds VALUES (${places})`, [2, ...values.slice(1).map(() => null)]);
    const read = await createConnection({
      ...{ host: server.host, port: server.port, user: 'root', database: 'db' },
      ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true },
    });
    const [binary] = await read.execute<RowDataPacket[]>('SELECT * FROM kinds WHERE id <= ? ORDER BY id', [2]);
    const [text] = await read.query<RowDataPacket[]>('SELECT * FROM kinds WHERE id <= ? ORDER BY id', [2]);
    await read.end();
    expect(binary[0]).toMatchObject({
      ...{ id: 1, tiny: -128, small: 32767, big: '-9223372036854775808', ratio: 1.5, exact: 0.1, price: '-1.125' },
      ...{ wide: '170141183460469231731687303715884105727', name: 'ünï😀\u0000\n', day: '2024-02-29', flag: 1 },
      moment: '2024-02-29 23:59:59.000001',
    });
    expect(binary).toEqual(text);
    expect(Object.values(binary[1] ?? {}).filter((value) => value !== null)).toEqual([2]);
  });

  test('are run again with other values, and closed', async () => {
    const statement = await connection.prepare('SELECT ? + 1 AS next, ? AS name');
    for (const value of [1, 41]) {
      const [result] = await statement.execute([value, `n${value}`]);
      expect(result).toEqual([{ next: value + 1, name: `n${value}` }]);
    }
    await statement.close();
  });

  test('report errors when they are run', async () => {
    await expect(connection.execute('SELECT * FROM nope WHERE id = ?', [1])).rejects.toMatchObject({ errno: 1146 });
    await connection.ping();
  });
});

describe('results', () => {
  test('several of one text, to clients that ask for them', async () => {
    const many = await createConnection({
      ...{ host: server.host, port: server.port, user: 'root', database: 'db', multipleStatements: true },
    });
    const [results] = await many.query<RowDataPacket[][]>('SELECT 1 AS a; SET @x = 2; SELECT @x AS b;');
    expect(results.map((result) => (Array.isArray(result) ? result : 'ok'))).toEqual([[{ a: 1 }], 'ok', [{ b: 2 }]]);
    await expect(many.query('SELECT 1; SELECT * FROM nope; SELECT 3')).rejects.toMatchObject({ errno: 1146 });
    expect(await many.query('SELECT 4 AS d')).toMatchObject([[{ d: 4 }], expect.anything()]);
    await many.end();
  });

  test('bigger than a packet', async () => {
    const bytes = 17 * 1024 * 1024;
    const [row] = await rows('SELECT ? AS text, 1 AS behind', ['x'.repeat(bytes)]);
    expect([row?.text.length, row?.behind]).toEqual([bytes, 1]);
  });

  test('with many rows', async () => {
    const found = await rows('SELECT range AS n FROM range(100000)');
    expect(found).toHaveLength(100_000);
    expect(found.at(-1)).toEqual({ n: 99_999 });
  });
});

describe('connections', () => {
  test('are listed and killed', async () => {
    const other = await createConnection({ host: server.host, port: server.port, user: 'app', password: 'sécret' });
    const closed = new Promise((resolve) => other.on('error', resolve));
    const list = await rows('SHOW PROCESSLIST');
    const found = list.find((process) => process.User === 'app');
    expect(found).toMatchObject({ Command: 'Sleep', Db: null });
    await connection.query(`KILL ${found?.Id}`);
    expect(await closed).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
    await expect(connection.query(`KILL ${found?.Id}`)).rejects.toMatchObject({ errno: 1094 });
  });

  test('keep to their own database and variables', async () => {
    await connection.query('CREATE DATABASE IF NOT EXISTS other; SET @mine = 1');
    const other = await createConnection({ host: server.host, port: server.port, user: 'root', database: 'other' });
    const [found] = await other.query('SELECT DATABASE() AS db, @mine AS mine');
    expect(found).toEqual([{ db: 'other', mine: null }]);
    await other.end();
    expect(await rows('SELECT DATABASE() AS db')).toEqual([{ db: 'db' }]);
  });
});
