/** Bad input: one clear message each, nothing lost, and on it goes once the cause is mended. */
import { restartConnector } from '../../client/connectors.js';
import { Rig, randomName } from './rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ users: { root: '', loader: 'right' } });
  await rig.startWorker();
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(() => rig.close(), 60_000);

const DDL = (table: string) => `CREATE TABLE shop.${table} (id INT NOT NULL, name VARCHAR(8)) DUPLICATE KEY(id)
  DISTRIBUTED BY HASH(id) BUCKETS 1`;

async function sink(more: Record<string, string> = {}, { topic = randomName('t'), create = true, table = true } = {}) {
  const name = topic.replaceAll('-', '_');
  if (create) await rig.createTopic(topic);
  if (table) await rig.sql.query(DDL(name));
  const config = rig.config(topic, {
    topics: topic,
    'doris.database': 'shop',
    'doris.topic2table.map': `${topic}:${name}`,
    ...more,
  });
  return { topic, table: name, config };
}

/** The message that a user sees: of the connector, else of its failed task. */
async function failureOf(name: string): Promise<string> {
  const status = await rig.reaches(name, 'FAILED');
  return (status.failure ?? status.tasks.find((task) => task.failure !== undefined)?.failure)?.message ?? '';
}

async function restart(name: string): Promise<void> {
  await restartConnector(rig.session, name, {});
}

test('a topic that does not exist: named, with the key; created, it is read', async () => {
  const { topic, table, config } = await sink({}, { create: false });
  await rig.startConnector(config);
  expect(await failureOf(topic)).toMatch(`Kafka has no topic ${topic}`);
  await rig.createTopic(topic);
  await rig.produce(topic, ['{"id":1,"name":"one"}']);
  await restart(topic);
  await rig.holds(`shop.${table}`, 1);
});

test('a missing table: in the words of the database, with what to do; created, it is loaded', async () => {
  const { topic, table, config } = await sink({}, { table: false });
  await rig.produce(topic, ['{"id":1,"name":"one"}']);
  await rig.startConnector(config);
  const message = await failureOf(topic);
  expect(message).toMatch(/unknown table/i);
  expect(message).toMatch(table);
  expect(message).toMatch('doris.topic2table.map');
  await rig.sql.query(DDL(table));
  await restart(topic);
  await rig.holds(`shop.${table}`, 1);
});

test('a front end that cannot be reached: its address and the key', async () => {
  const { topic, config } = await sink({ 'doris.http.port': '1' });
  await rig.startConnector(config);
  const message = await failureOf(topic);
  expect(message).toMatch('127.0.0.1:1');
  expect(message).toMatch('doris.http.port');
});

test('a wrong password: refused in the words of the database, never shown', async () => {
  const { topic, config } = await sink({ 'doris.user': 'loader', 'doris.password': 'wr0ng-s3cret' });
  await rig.startConnector(config);
  const message = await failureOf(topic);
  expect(message).toMatch(/access denied/i);
  expect(message).toMatch('doris.password');
  expect(JSON.stringify(await rig.status(topic))).not.toContain('wr0ng-s3cret');
});

test('a row that is no JSON: topic, partition and offset; the rows before and after are kept for later', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, ['{"id":1,"name":"one"}', 'this is no JSON', '{"id":3,"name":"three"}']);
  await rig.startConnector(config);
  expect(await failureOf(topic)).toMatch(new RegExp(`topic ${topic}, partition 0, offset 1`));
  expect(await rig.count(`shop.${table}`)).toBe(0);
});

test('a row that only looks like JSON: found after the database has refused it', async () => {
  const { topic, config } = await sink();
  await rig.produce(topic, ['{"id":1,"name":"one"}', '{"id":2,"name":}', '{"id":3,"name":"three"}']);
  await rig.startConnector(config);
  expect(await failureOf(topic)).toMatch(new RegExp(`${topic}\\[0\\] offset 1`));
});

test('a row that does not fit its column: the database says why, Sluice says where; mended, nothing is lost', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, [
    '{"id":1,"name":"one"}',
    '{"id":2,"name":"far too long for it"}',
    '{"id":3,"name":"three"}',
  ]);
  await rig.startConnector(config);
  const message = await failureOf(topic);
  expect(message).toMatch(/DATA_QUALITY_ERROR/);
  expect(message).toMatch(new RegExp(`${topic}\\[0\\] offset 1`));
  await rig.sql.query(`ALTER TABLE shop.${table} MODIFY COLUMN name VARCHAR(64)`);
  await restart(topic);
  await rig.holds(`shop.${table}`, 3);
});

test('several problems of a configuration are told at once', async () => {
  const { topic, config } = await sink({ 'tasks.max': 'many', 'buffer.flush.time': '-1' });
  const { 'doris.user': _missing, ...rest } = config;
  await rig.startConnector(rest);
  const message = await failureOf(topic);
  expect(message).toMatch('tasks.max');
  expect(message).toMatch('buffer.flush.time');
  expect(message).toMatch('doris.user');
});
