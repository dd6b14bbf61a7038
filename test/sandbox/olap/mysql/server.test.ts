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
