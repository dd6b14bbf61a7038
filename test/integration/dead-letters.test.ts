/** Dead letters: what cannot be loaded is in the queue, once, with the reason; everything else is in the table. */
import { Kafka } from 'kafkajs';
import { Rig, randomName, until } from './rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.startWorker();
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(() => rig.close(), 60_000);

interface Letter {
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly timestamp: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function sink(more: Record<string, string> = {}, partitions = 1) {
  const topic = randomName('t');
  const table = topic.replaceAll('-', '_');
  await rig.createTopic(topic, partitions);
  await rig.sql.query(`CREATE TABLE shop.${table} (id INT NOT NULL, name VARCHAR(8)) DUPLICATE KEY(id)
    DISTRIBUTED BY HASH(id) BUCKETS 1`);
  const config = rig.config(topic, {
    topics: topic,
    'doris.database': 'shop',
    'doris.topic2table.map': `${topic}:${table}`,
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': `${topic}-dlq`,
    'errors.deadletterqueue.topic.replication.factor': '1',
    'errors.deadletterqueue.context.headers.enable': 'true',
    ...more,
  });
  return { topic, table, config, queue: `${topic}-dlq` };
}

/** What a read_committed reader sees of a topic, once there are so many. */
async function lettersOf(queue: string, count: number): Promise<Letter[]> {
  const consumer = new Kafka({ brokers: [process.env.SLUICE_TEST_KAFKA ?? ''], logLevel: 0 }).consumer({
    groupId: randomName('reader'),
    readUncommitted: false,
  });
  const letters: Letter[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [queue], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
      letters.push({
        key: message.key?.toString(),
        value: message.value?.toString(),
        timestamp: message.timestamp,
        headers: Object.fromEntries(headers) as Record<string, string>,
      });
    },
  });
  await until(`${queue} has ${count} letters`, async () => letters.length >= count, { timeoutMs: 30_000 });
  await consumer.disconnect();
  return letters;
}

test('a record that no converter takes: its bytes, its headers and where it came from are in the queue', async () => {
  const { topic, table, config, queue } = await sink({
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
  });
  await rig.producer.send({
    topic,
    messages: [
      { value: '{"id":1,"name":"one"}' },
      { key: 'k', value: 'this is no JSON', timestamp: '1700000000123', headers: { trace: 'abc' } },
      { value: '{"id":3,"name":"three"}' },
    ],
  });
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, 2);
  const [letter, ...others] = await lettersOf(queue, 1);
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ key: 'k', value: 'this is no JSON', timestamp: '1700000000123' });
  expect(letter?.headers).toMatchObject({
    trace: 'abc',
    '__connect.errors.topic': topic,
    '__connect.errors.partition': '0',
    '__connect.errors.offset': '1',
    '__connect.errors.connector.name': topic,
    '__connect.errors.task.id': '0',
    '__connect.errors.stage': 'VALUE_CONVERTER',
    '__connect.errors.class.name': 'org.apache.kafka.connect.json.JsonConverter',
    '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
    '__connect.errors.exception.message': expect.stringMatching(/JSON/),
    '__connect.errors.exception.stacktrace': expect.stringMatching(/DataException: /),
  });
  const status = await until('the batch is counted', async () => {
    const seen = await rig.status(topic);
    return seen.totals.recordsRead === 3 && seen;
  });
  expect(status.totals).toMatchObject({ rowsLoaded: 2, deadLetters: 1, skipped: 0 });
});

test('20 rows of 50,000 that the database refuses: they are found in seconds, the others are loaded', async () => {
  const { topic, table, config, queue } = await sink({ 'buffer.count.records': '50000' }, 2);
  const row = (id: number) => `{"id":${id},"name":"${id % 2_500 === 7 ? 'far too long for it' : 'short'}"}`;
  const all = Array.from({ length: 50_000 }, (_, id) => row(id));
  await rig.produce(topic, all.slice(0, 25_000), 0);
  await rig.produce(topic, all.slice(25_000), 1);
  const startedAt = performance.now();
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, 49_980);
  const tookMs = performance.now() - startedAt;
  const letters = await lettersOf(queue, 20);
  expect(letters.map(({ value }) => value).sort()).toEqual(all.filter((value) => value.includes('far')).sort());
  expect(letters[0]?.headers).toMatchObject({
    '__connect.errors.stage': 'TASK_PUT',
    '__connect.errors.class.name': 'org.apache.kafka.connect.sink.SinkTask',
    '__connect.errors.exception.message': expect.stringMatching(/name/),
  });
  expect(tookMs).toBeLessThan(15_000);
});
