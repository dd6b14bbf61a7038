/** Dead letters: what cannot be loaded is in the queue, once, with the reason; everything else is in the table. */
import kafkajs, { Kafka } from 'kafkajs';
import { alterOffsets, restartConnector, resumeConnector, stopConnector } from '../../client/connectors.js';
import { Rig, randomName, until } from './rig.js';
import { WorkerProcess } from './worker-process.js';

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

test('more bad rows than max_filter_ratio allows go to the queue; fewer are left out by the database, and counted', async () => {
  const { topic, table, config, queue } = await sink({ 'sink.properties.max_filter_ratio': '0.4' });
  const bad = (id: number) => `{"id":${id},"name":"far too long for it"}`;
  const good = (id: number) => `{"id":${id},"name":"good"}`;
  await rig.produce(topic, [good(1), bad(2), good(3), good(4)]);
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, 3);
  await rig.produce(topic, [bad(5), bad(6), good(7)]);
  await rig.holds(`shop.${table}`, 4);
  expect((await lettersOf(queue, 2)).map(({ value }) => value)).toEqual([bad(5), bad(6)]);
  expect((await rig.status(topic)).totals).toMatchObject({ rowsLoaded: 4, rowsFiltered: 1, deadLetters: 2 });
});

test('without a queue bad records are left out, and counted', async () => {
  const { topic, table, config } = await sink({ 'errors.deadletterqueue.topic.name': '' });
  await rig.produce(topic, ['{"id":1,"name":"one"}', 'no JSON', '{"id":3,"name":"far too long for it"}']);
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, 1);
  const { totals } = await until('the batch is counted', async () => {
    const status = await rig.status(topic);
    return status.totals.recordsRead === 3 && status;
  });
  expect(totals).toMatchObject({ rowsLoaded: 1, deadLetters: 0, skipped: 2 });
});

test('a queue that cannot be created: the key that is wrong; created by hand, the connector goes on', async () => {
  const { topic, table, config, queue } = await sink({ 'errors.deadletterqueue.topic.replication.factor': '3' });
  await rig.produce(topic, ['{"id":1,"name":"one"}', 'no JSON']);
  await rig.startConnector(config);
  const status = await rig.reaches(topic, 'FAILED');
  expect(status.failure?.message).toMatch(/dead letter queue/);
  expect(status.failure?.message).toMatch('errors.deadletterqueue.topic.replication.factor');
  await rig.createTopic(queue);
  await restartConnector(rig.session, topic, {});
  await rig.holds(`shop.${table}`, 1);
  expect(await lettersOf(queue, 1)).toMatchObject([{ value: 'no JSON' }]);
});

test('a queue that cannot be written to: nothing is skipped; the cause is named, and mended the connector goes on', async () => {
  const { topic, table, config, queue } = await sink();
  const configure = (maxBytes: string) => ({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: queue,
        configEntries: [{ name: 'max.message.bytes', value: maxBytes }],
      },
    ],
  });
  const admin = rig.kafka.admin();
  await rig.createTopic(queue);
  await admin.alterConfigs(configure('100'));
  await rig.produce(topic, ['{"id":1,"name":"one"}', 'no JSON']);
  await rig.startConnector(config);
  const status = await rig.reaches(topic, 'FAILED');
  expect(status.tasks[0]?.failure?.message).toMatch(
    /dead letter queue cannot be written to.*MESSAGE_TOO_LARGE.*max.message.bytes/,
  );
  expect(await rig.count(`shop.${table}`)).toBe(0);
  await admin.alterConfigs(configure('1000000'));
  await admin.disconnect();
  await restartConnector(rig.session, topic, {});
  await rig.holds(`shop.${table}`, 1);
  expect(await lettersOf(queue, 1)).toMatchObject([{ value: 'no JSON' }]);
});

test('what is read again on purpose becomes dead letters again', async () => {
  const { topic, table, config, queue } = await sink();
  await rig.produce(topic, ['{"id":1,"name":"one"}', 'no JSON']);
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, 1);
  await stopConnector(rig.session, topic);
  await alterOffsets(rig.session, topic, { offsets: [{ topic, partition: 0, offset: '0' }] });
  await resumeConnector(rig.session, topic);
  await rig.holds(`shop.${table}`, 2);
  expect((await lettersOf(queue, 2)).map(({ value }) => value)).toEqual(['no JSON', 'no JSON']);
});

test('a worker that dies between the dead letters and the commit: each of them once, and all rows', async () => {
  const own = await Rig.start();
  const worker = new WorkerProcess(own.workerProperties());
  try {
    await own.sql.query('CREATE DATABASE shop');
    const topic = randomName('t');
    const table = topic.replaceAll('-', '_');
    await own.createTopic(topic);
    await own.sql.query(`CREATE TABLE shop.${table} (id INT NOT NULL, name VARCHAR(8)) DUPLICATE KEY(id)
      DISTRIBUTED BY HASH(id) BUCKETS 1`);
    const values = Array.from({ length: 1_000 }, (_, id) =>
      id % 100 === 3 ? `no JSON ${id}` : `{"id":${id},"name":"${id % 100 === 5 ? 'far too long for it' : 'x'}"}`,
    );
    await own.produce(topic, values);
    own.doris.faults.arm({ point: 'be.2pc', phase: 'before', operation: 'commit', effect: { kind: 'hang' } });
    worker.start();
    await own.startConnector(
      own.config(topic, {
        topics: topic,
        'doris.database': 'shop',
        'doris.topic2table.map': `${topic}:${table}`,
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': `${topic}-dlq`,
        'errors.deadletterqueue.topic.replication.factor': '1',
      }),
    );
    const bad = values.filter((value) => /no JSON|far too long/.test(value));
    await until('a commit hangs', async () => own.doris.faults.list().some(({ fired }) => fired > 0), {
      timeoutMs: 60_000,
    });
    expect((await lettersOf(`${topic}-dlq`, bad.length)).map(({ value }) => value)).toEqual(bad);
    await worker.kill();
    for (const { id } of own.doris.faults.list()) own.doris.faults.disarm(id);
    worker.start();
    await own.holds(`shop.${table}`, values.length - bad.length, 90_000);
    expect((await lettersOf(`${topic}-dlq`, bad.length)).map(({ value }) => value)).toEqual(bad);
  } finally {
    await worker.close();
    await own.close();
  }
}, 180_000);
