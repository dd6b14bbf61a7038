/** The main job on real parts: Temporal, Kafka and the Doris double, from topic to table. */

import { pauseConnector, resumeConnector } from '../../client/connectors.js';
import { QUERIES, UPDATES } from '../../workflows/messages.js';
import { Rig, randomName, until } from './rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.startWorker();
}, 120_000);
afterAll(() => rig.close(), 60_000);

const DDL = (name: string) => `CREATE TABLE ${name} (id BIGINT NOT NULL, name VARCHAR(64)) DUPLICATE KEY(id)
  DISTRIBUTED BY HASH(id) BUCKETS 4`;

function rows(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: from + index, name: `name ${from + index}` }),
  );
}

async function sink(more: Record<string, string> = {}, partitions = 2) {
  const topic = randomName('orders');
  const table = topic.replaceAll('-', '_');
  await rig.createTopic(topic, partitions);
  await rig.createTable('shop', DDL(`shop.${table}`));
  const config = rig.config(topic, {
    topics: topic,
    'doris.database': 'shop',
    'doris.topic2table.map': `${topic}:${table}`,
    ...more,
  });
  return { topic, table: `shop.${table}`, config };
}

async function ids(table: string): Promise<number[]> {
  const found = await rig.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`);
  return found.map(({ id }) => Number(id));
}

test('every row arrives exactly once, with its content', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 3_000), 0);
  await rig.produce(topic, rows(3_000, 1_000), 1);
  await rig.startConnector(config);
  await rig.holds(table, 4_000);
  expect(await ids(table)).toEqual(Array.from({ length: 4_000 }, (_, id) => id));
  expect(await rig.query(`SELECT name FROM ${table} WHERE id = 3999`)).toEqual([{ name: 'name 3999' }]);
  const status = await rig.status(topic);
  expect(status).toMatchObject({ state: 'RUNNING', totals: { rowsLoaded: 4_000 } });
  expect(status.settings?.guarantee).toBe('exactly_once');
});

test('the consumer group connect-<name> mirrors the offsets', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 10), 0);
  await rig.produce(topic, rows(10, 5), 1);
  await rig.startConnector(config);
  await rig.holds(table, 15);
  const admin = rig.kafka.admin();
  await admin.connect();
  try {
    await until('the group is at the end', async () => {
      const [offsets] = await admin.fetchOffsets({ groupId: `connect-${topic}`, topics: [topic] });
      const found = [...(offsets?.partitions ?? [])].sort((a, b) => a.partition - b.partition);
      return found.map(({ offset }) => offset).join() === '10,5';
    });
  } finally {
    await admin.disconnect();
  }
});

test('pause stops new loads within two seconds, and resume goes on from the same offset', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 10));
  await rig.startConnector(config);
  await rig.holds(table, 10);
  await pauseConnector(rig.session, topic);
  const pausedAtMs = Date.now();
  await rig.produce(topic, rows(10, 10));
  const loadsAt = () => rig.doris.stats.totals.loads;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 2_000 - (Date.now() - pausedAtMs))));
  const before = loadsAt();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(loadsAt()).toBe(before);
  expect(await rig.count(table)).toBe(10);
  await resumeConnector(rig.session, topic);
  await rig.holds(table, 20);
  expect(await ids(table)).toEqual(Array.from({ length: 20 }, (_, id) => id));
});

test('a worker may be absent for any time', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 10));
  await rig.startConnector(config);
  await rig.holds(table, 10);
  await rig.stopWorker();
  await rig.produce(topic, rows(10, 10));
  await rig.startWorker();
  await rig.holds(table, 20);
});

test("a producer's aborted transaction never reaches the table", async () => {
  const { topic, table, config } = await sink({}, 1);
  const producer = rig.kafka.producer({ transactionalId: randomName('tx'), maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  try {
    for (const [from, keep] of [
      [0, true],
      [100, false],
      [200, true],
      [300, false],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: rows(from, 10).map((value) => ({ value, partition: 0 })) });
      await (keep ? transaction.commit() : transaction.abort());
    }
  } finally {
    await producer.disconnect();
  }
  await rig.startConnector(config);
  await rig.holds(table, 20);
  expect((await ids(table)).filter((id) => id >= 100 && id < 200)).toEqual([]);
  expect(Math.max(...(await ids(table)))).toBe(209);
});

test('topics.regex picks up a new topic, and a topic that grows partitions, while running', async () => {
  const { topic, table, config } = await sink({}, 1);
  const { topics: _named, ...rest } = config;
  const second = `${topic}-b`;
  const map = `${topic}:${table},${second}:${table}`;
  await rig.startConnector({ ...rest, 'topics.regex': `${topic}.*`, 'doris.topic2table.map': map, 'tasks.max': '3' });
  await rig.produce(topic, rows(0, 10));
  await rig.holds(table, 10);
  await rig.createTopic(second);
  await rig.produce(second, rows(10, 10));
  await rig.holds(table, 20);
  const admin = rig.kafka.admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
  await admin.disconnect();
  const producer = rig.kafka.producer();
  await producer.connect();
  await until('the new partition takes rows', async () => {
    await producer.send({ topic, messages: rows(20, 10).map((value) => ({ value, partition: 2 })) });
    return true;
  });
  await producer.disconnect();
  await rig.holds(table, 30);
  expect(await ids(table)).toEqual(Array.from({ length: 30 }, (_, id) => id));
});

test('an idle connector adds at most a few events a minute', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 10));
  await rig.startConnector(config);
  await rig.holds(table, 10);
  const handle = rig.session.client.workflow.getHandle(`connector/${topic}`);
  await until('the commit is recorded', async () => (await rig.status(topic)).totals.rowsLoaded === 10);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const before = (await handle.describe()).historyLength;
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const after = (await handle.describe()).historyLength;
  expect(after - before).toBe(0);
});

test('a connector that was deleted and is created again goes on where it was', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 10));
  await rig.startConnector(config);
  await rig.holds(table, 10);
  const handle = rig.session.client.workflow.getHandle(`connector/${topic}`);
  await handle.executeUpdate(UPDATES.delete);
  await handle.result();
  await rig.produce(topic, rows(10, 10));
  await rig.startConnector(config);
  await rig.holds(table, 20);
  const checkpoint = await handle.query<{ identity: { id: string } }>(QUERIES.checkpoint);
  expect(checkpoint.identity.id).toMatch(/^[0-9a-f]{12}$/);
});

test('one that was terminated goes on from its last run, too', async () => {
  const { topic, table, config } = await sink();
  await rig.produce(topic, rows(0, 10));
  await rig.startConnector(config);
  await rig.holds(table, 10);
  await rig.session.client.workflow.getHandle(`connector/${topic}`).terminate();
  await rig.produce(topic, rows(10, 10));
  await rig.startConnector(config);
  await rig.holds(table, 20);
});
