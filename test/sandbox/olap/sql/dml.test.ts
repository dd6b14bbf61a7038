import { openContext, openSession, type TestContext, type TestSession } from './harness.js';

let context: TestContext;
let db: TestSession;

beforeAll(async () => {
  context = await openContext();
  db = openSession(context);
  await db.run(
    'CREATE TABLE u (id INT NOT NULL, name VARCHAR(5), n TINYINT DEFAULT "3") UNIQUE KEY(id) DISTRIBUTED BY HASH(id)',
  );
  await db.run('CREATE TABLE d (id INT, name VARCHAR(5)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
});
afterAll(() => context.close());
beforeEach(() => db.run('TRUNCATE TABLE u; TRUNCATE TABLE d'));

describe('INSERT', () => {
  test('merges by key on a UNIQUE table, appends on a DUPLICATE one', async () => {
    await db.run("INSERT INTO u VALUES (1, 'a', 1), (2, 'b', 2), (1, 'c', 3); INSERT INTO u VALUES (2, NULL, NULL)");
    expect(await db.rows('SELECT * FROM u ORDER BY id')).toEqual([
      { id: '1', name: 'c', n: '3' },
      { id: '2', name: null, n: null },
    ]);
    await db.run("INSERT INTO d VALUES (1, 'a'); INSERT INTO d VALUES (1, 'a')");
    expect(await db.column('SELECT COUNT(*) FROM d')).toEqual(['2']);
  });

  test('fills what is not named with defaults, and takes expressions', async () => {
    await db.run("INSERT INTO u (name, id) VALUES (UPPER('x'), 1 + 1), (DEFAULT, +7)");
    expect(await db.rows('SELECT * FROM u ORDER BY id')).toEqual([
      { id: '2', name: 'X', n: '3' },
      { id: '7', name: null, n: '3' },
    ]);
  });

  test('numbers the rows of an AUTO_INCREMENT column', async () => {
    await db.run(
      'CREATE TABLE numbered (id BIGINT NOT NULL AUTO_INCREMENT, flag INT) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    await db.run(
      'INSERT INTO numbered (flag) VALUES (TRUE), (FALSE); INSERT INTO numbered VALUES (DEFAULT, 3), (9, 9)',
    );
    expect(await db.rows('SELECT * FROM numbered ORDER BY id')).toEqual([
      { id: '1', flag: '1' },
      { id: '2', flag: '0' },
      { id: '3', flag: '3' },
      { id: '9', flag: '9' },
    ]);
  });

  test('takes a SELECT', async () => {
    await db.run("INSERT INTO d VALUES (1, 'a'), (2, 'b'); INSERT INTO u (id, name) SELECT id * 10, name FROM d");
    expect(await db.column('SELECT id FROM u ORDER BY id')).toEqual(['10', '20']);
  });

  test('is a transaction with a label, which cannot be used twice', async () => {
    await db.run("INSERT INTO d WITH LABEL once VALUES (1, 'a')");
    const [row] = await db.rows("SHOW TRANSACTION FROM db WHERE LABEL = 'once'");
    expect(row).toMatchObject({ Label: 'once', TransactionStatus: 'VISIBLE' });
    await expect(db.run("INSERT INTO d WITH LABEL once VALUES (2, 'b')")).rejects.toThrow(
      /Label \[once\] has already been used, relate to txn \[\d+\]/,
    );
  });

  test.each([
    ["INSERT INTO u VALUES (NULL, 'a', 1)", 1105, /values is null while columns is not nullable/],
    ["INSERT INTO u VALUES (1, 'too long', 1)", 1105, /Insert has filtered data in strict mode/],
    ["INSERT INTO u VALUES (1, 'é€', 1000)", 1105, /Insert has filtered data in strict mode/],
    ["INSERT INTO u VALUES ('x', 'a', 1)", 1105, /Insert has filtered data in strict mode/],
    ['INSERT INTO u (name) VALUES (1)', 1105, /Column has no default value, column=id/],
    ['INSERT INTO u VALUES (1)', 1136, /Column count/],
    ['INSERT INTO u (nope) VALUES (1)', 1054, /Unknown column 'nope'/],
    ['INSERT INTO nope VALUES (1)', 1146, /Unknown table 'nope'/],
  ])('%s is refused', async (sql, errno, message) => {
    await expect(db.run(sql)).rejects.toMatchObject({ errno, message: expect.stringMatching(message) });
    expect(await db.column('SELECT COUNT(*) FROM u')).toEqual(['0']);
  });

  test('a value is never read as SQL', async () => {
    await db.run(`INSERT INTO d VALUES (1, "');--"), (2, 'a\\'b')`);
    expect(await db.column('SELECT name FROM d ORDER BY id')).toEqual(["');--", "a'b"]);
  });
});

describe('DELETE', () => {
  test.each(['u', 'd'])('removes what meets the condition from %s', async (table) => {
    await db.run(`INSERT INTO ${table} (id, name) VALUES (1, 'a'), (2, 'b'), (3, NULL)`);
    const result = await db.session.execute(`DELETE FROM ${table} WHERE name IS NULL OR id = 1`);
    expect(result).toEqual({ affectedRows: 2 });
    expect(await db.column(`SELECT id FROM ${table}`)).toEqual(['2']);
  });
});
