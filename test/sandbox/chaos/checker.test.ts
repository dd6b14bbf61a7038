/** The checker against tables that are wrong on purpose: what it does not see, no run can find. */
import mysql from 'mysql2/promise';
import { checkTable, isExact, OrderWatch } from '../../../sandbox/chaos/checker.js';
import { DATABASE, ddlOf, type Feed, feedsOf } from '../../../sandbox/chaos/topics.js';
import { Truth } from '../../../sandbox/chaos/truth.js';
import { type DorisDouble, startDorisDouble } from '../../../sandbox/doris/double.js';
import { until } from '../../support/temporal.js';

let doris: DorisDouble;
let sql: mysql.Connection;
let feeds: ReturnType<typeof feedsOf>;
let runs = 0;

beforeAll(async () => {
  doris = await startDorisDouble();
  sql = await mysql.createConnection({
    host: '127.0.0.1',
    port: doris.mysqlPort,
    user: 'root',
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  await sql.query(`CREATE DATABASE ${DATABASE}`);
});
beforeEach(async () => {
  feeds = feedsOf(`run${runs++}`);
  for (const feed of Object.values(feeds)) await sql.query(ddlOf(feed));
});
afterAll(async () => {
  await sql.end();
  await doris.close();
});

async function insert({ table }: Feed, rows: readonly (readonly [number, number | string])[]): Promise<void> {
  for (const [first, second] of rows) {
    await sql.query(
      `INSERT INTO ${DATABASE}.${table} VALUES (${first}, ${JSON.stringify(second).replaceAll('"', "'")})`,
    );
  }
}

function producedRows(count: number): Truth {
  const truth = new Truth();
  truth.written(feeds.events.topic, 0, 0n, truth.takeIds(count));
  return truth;
}

test('a table that holds every row once is exact', async () => {
  await insert(feeds.events, [
    [0, 'row 0'],
    [1, 'row 1'],
  ]);
  const verdict = await checkTable(sql, feeds.events, producedRows(2));
  expect(verdict).toMatchObject({ expected: 2, missing: 0, doubled: 0, unexpected: 0, wrong: 0, examples: [] });
  expect(isExact(verdict)).toBe(true);
});

test('missing, doubled, unexpected and changed rows are counted apart and named', async () => {
  await insert(feeds.events, [
    [0, 'row 0'],
    [0, 'row 0'],
    [0, 'row 0'],
    [1, 'row 2'],
    [9, 'row 9'],
  ]);
  const verdict = await checkTable(sql, feeds.events, producedRows(3));
  expect(verdict).toMatchObject({ missing: 1, doubled: 2, unexpected: 1, wrong: 1 });
  expect(verdict.examples).toEqual(
    expect.arrayContaining(['row 2 is missing', 'row 0 is there 3 times', 'row 9 should not be there']),
  );
  expect(isExact(verdict)).toBe(false);
});

test('a row with an unknown outcome may be there once, not twice', async () => {
  const truth = producedRows(0);
  for (const id of truth.takeIds(3)) truth.uncertain.add(id);
  await insert(feeds.events, [[0, 'row 0']]);
  expect(isExact(await checkTable(sql, feeds.events, truth))).toBe(true);
  await insert(feeds.events, [[0, 'row 0']]);
  expect(await checkTable(sql, feeds.events, truth)).toMatchObject({ doubled: 1, unexpected: 0 });
});

test('of a key the last write counts: older versions, lost keys and deletes that are not done show', async () => {
  const truth = new Truth();
  for (const [key, version, deleted] of [
    [1, 10, false],
    [2, 20, false],
    [3, 30, true],
    [4, 40, false],
  ] as const) {
    truth.accounts.set(key, { key, version, deleted });
  }
  await insert(feeds.accounts, [
    [1, 10],
    [2, 15],
    [3, 29],
  ]);
  expect(await checkTable(sql, feeds.accounts, truth)).toMatchObject({
    expected: 3,
    missing: 1,
    doubled: 0,
    unexpected: 1,
    wrong: 1,
  });
});

test('a key that goes back to an older version is noticed while it happens', async () => {
  const watch = new OrderWatch(sql, feeds.accounts);
  await insert(feeds.accounts, [[1, 10]]);
  watch.start(5);
  await until('version 10 was read', () => watch.newest(1) === 10);
  await insert(feeds.accounts, [[1, 9]]);
  await until('it is noticed', () => watch.violations.length > 0);
  await watch.stop();
  expect(watch.violations[0]).toBe('key 1 went from version 10 back to 9');
});
