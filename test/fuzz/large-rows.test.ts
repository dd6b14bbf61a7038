/** Rows far larger than anybody means them to be, over the real broker: loaded, or refused with their place. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics } from '../../sandbox/chaos/kafka-admin.js';
import { Rig, randomName } from '../integration/rig.js';

const MIB = 1 << 20;
const COLUMNS = [...'abcdefgh'];
const DATABASE_LIMIT_BYTES = 24 * MIB;
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ bodyLimits: { maxBytes: DATABASE_LIMIT_BYTES } });
  await rig.startWorker();
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(() => rig.close(), 60_000);

/** A connector whose batches are a megabyte, and a topic that takes rows of any size. */
async function connector(): Promise<{ topic: string; table: string; config: Record<string, string> }> {
  const topic = randomName('large');
  const table = `shop.${topic.replaceAll('-', '_')}`;
  const configEntries = [{ name: 'max.message.bytes', value: String(90 * MIB) }];
  await createTopics(rig.kafka, [{ topic, numPartitions: 1, configEntries }]);
  const columns = COLUMNS.map((name) => `${name} STRING`).join(', ');
  await rig.sql.query(`CREATE TABLE ${table} (id INT, ${columns}) DUPLICATE KEY(id)
    DISTRIBUTED BY HASH(id) BUCKETS 1`);
  const config = rig.config(topic, {
    topics: topic,
    'doris.topic2table.map': `${topic}:${table}`,
    'batch.max.bytes': String(MIB),
    'buffer.size.bytes': String(MIB),
  });
  return { topic, table, config };
}

/** Spread over the columns: Doris takes a megabyte for each. */
function row(id: number, sizeBytes = COLUMNS.length): string {
  const texts = COLUMNS.map((name) => `"${name}":"${'x'.repeat(sizeBytes / COLUMNS.length)}"`);
  return `{"id":${id},${texts.join(',')}}`;
}

/** The most memory that the process has in use meanwhile. */
async function peakBytes(work: Promise<unknown>): Promise<number> {
  const done = new AbortController();
  let peak = 0;
  const watching = (async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, process.memoryUsage.rss());
      await sleep(20);
    }
  })();
  await work.finally(() => done.abort());
  await watching;
  return peak;
}

test('a row that is larger than a batch is a batch of its own; those around it are loaded as well', async () => {
  const { topic, table, config } = await connector();
  await rig.produce(topic, [row(1), row(2)]);
  await rig.produce(topic, [row(3, 4 * MIB)]);
  await rig.produce(topic, [row(4)]);
  const before = process.memoryUsage.rss();
  const started = rig.startConnector(config).then(() => rig.holds(table, 4, 100_000));
  const peak = await peakBytes(started);
  const lengths = await rig.query<{ n: string | number }>(`SELECT LENGTH(h) AS n FROM ${table} ORDER BY id`);
  expect(lengths.map(({ n }) => Number(n))).toEqual([1, 1, (4 * MIB) / COLUMNS.length, 1]);
  // The response, the rows, the request; and the same again in the double, which is in this process.
  expect(peak - before).toBeLessThan(400 * MIB);
}, 180_000);

test('a row that is larger than the database takes: its topic, partition, offset, and what to do', async () => {
  const { topic, table, config } = await connector();
  await rig.produce(topic, [row(1)]);
  await rig.produce(topic, [row(2, 64 * MIB)]);
  const before = process.memoryUsage.rss();
  const started = rig.startConnector(config).then(() => rig.reaches(topic, 'FAILED', 120_000));
  const peak = await peakBytes(started);
  const { tasks } = await started;
  const failure = tasks[0]?.failure;
  expect(failure).toMatchObject({ code: 'SINK_BODY_TOO_LARGE' });
  expect(failure?.message).toMatch(new RegExp(`topic ${topic}, partition 0, offset 1`));
  expect(failure?.message).toMatch('streaming_load_max_mb');
  expect(failure?.message).toMatch('move the offset past this record');
  expect(await rig.count(table)).toBeLessThanOrEqual(1);
  expect(peak - before).toBeLessThan(12 * 64 * MIB);
}, 180_000);
