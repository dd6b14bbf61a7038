import { randomUUID } from 'node:crypto';
import { measureKafkajs } from '../../../bench/parts/kafkajs.js';
import { measureRaw } from '../../../bench/parts/raw.js';
import { measureReader } from '../../../bench/reader.js';
import { recordKind } from '../../../bench/records/index.js';
import { plainRow, ROW_BYTES } from '../../../bench/records/json.js';
import { backendOf, createTables, rowsSent } from '../../../bench/sink.js';
import { createTopic, fillTopic, produceSteadily } from '../../../bench/topic.js';
import type { World } from '../../../bench/world.js';
import { type DorisDouble, startDorisDouble } from '../../../sandbox/doris/double.js';

const kafka = process.env.SLUICE_TEST_KAFKA ?? '';
const topic = { topic: `bench-${randomUUID()}`, partitions: 4, rows: 5_003 };
let sink: DorisDouble;
let world: Pick<World, 'kafka' | 'feUrl' | 'backend' | 'signal'>;

beforeAll(async () => {
  sink = await startDorisDouble({ nullMode: true });
  await createTables(sink.feUrl);
  const signal = new AbortController().signal;
  world = { kafka, feUrl: sink.feUrl, backend: await backendOf(sink.feUrl), signal };
  await fillTopic(kafka, { ...topic, kind: recordKind('plain') });
});

afterAll(() => sink.close());
beforeEach(async () => {
  await fetch(`${sink.feUrl}/stats`, { method: 'DELETE' });
});

const sinkTotals = async () => (await fetch(`${sink.feUrl}/stats`)).json();

test('the raw limit loads every row once, in loads of the size asked for', async () => {
  expect(await measureRaw(world, topic, 1_000)).toBeGreaterThan(0);
  expect(await sinkTotals()).toMatchObject({ loads: 8, rows: 5_003, bytes: 5_003 * (ROW_BYTES + 1) });
});

test('the kafkajs loop loads every row once', async () => {
  expect(await measureKafkajs(world, topic)).toBeGreaterThan(0);
  expect(await rowsSent(sink.feUrl)).toBe(5_003);
  expect(await sinkTotals()).toMatchObject({ rows: 5_003 });
});

test('the reader reads every byte', async () => {
  const { rowsPerSecond, megabytesPerSecond } = await measureReader(kafka, topic);
  expect((megabytesPerSecond * 1e6) / rowsPerSecond).toBeCloseTo(ROW_BYTES);
});

test('steady rows are where their senders were told', async () => {
  const steady = { topic: `steady-${randomUUID()}`, partitions: 2 };
  await createTopic(kafka, steady.topic, steady.partitions);
  const pace = { ...steady, rowsPerSecond: 500, durationMs: 300, row: plainRow };
  const sent = await produceSteadily(kafka, pace, world.signal);
  expect(sent.reduce((sum, { count }) => sum + count, 0)).toBe(150);
  for (const partition of [0, 1]) {
    let offset = 0n;
    for (const { firstOffset, count } of sent.filter((rows) => rows.partition === partition)) {
      expect(firstOffset).toBe(offset);
      offset += BigInt(count);
    }
  }
});
