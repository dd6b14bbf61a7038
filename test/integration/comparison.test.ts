/**
 * The table of README.md, row by row: the faults under which the Kafka Connect connector loses or doubles rows, one
 * connector and one table for each, and what Sluice makes of them. DUPLICATE KEY shows every row that is loaded twice.
 */
import type { Fault, FaultEffect } from '../../sandbox/olap/faults.js';
import { Rig, randomName, until } from './rig.js';

const ROWS = 2_000;
const BATCH = 500;
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.startWorker();
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(() => rig.close(), 60_000);

interface Job {
  readonly topic: string;
  readonly table: string;
  start(): Promise<string>;
}

async function job(): Promise<Job> {
  const topic = randomName('row');
  const table = `shop.${topic.replaceAll('-', '_')}`;
  await rig.createTopic(topic);
  await rig.sql.query(`CREATE TABLE ${table} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`);
  await rig.produce(
    topic,
    Array.from({ length: ROWS }, (_, id) => `{"id":${id}}`),
  );
  const config = rig.config(topic, {
    topics: topic,
    'doris.topic2table.map': `${topic}:${table}`,
    'buffer.count.records': String(BATCH),
    'batch.max.records': String(BATCH),
  });
  return { topic, table, start: () => rig.startConnector(config) };
}

function firings(id: number): number {
  return rig.doris.faults.list().find((armed) => armed.id === id)?.fired ?? 0;
}

async function isExact(table: string): Promise<void> {
  await rig.holds(table, ROWS, 120_000);
  expect(await rig.query(`SELECT COUNT(DISTINCT id) AS n FROM ${table}`)).toEqual([{ n: String(ROWS) }]);
}

const page: FaultEffect = { kind: 'reply', status: 500, body: '<html>500</html>', contentType: 'text/html' };

test.each<[string, Pick<Fault, 'point' | 'phase' | 'effect' | 'operation'> & { times: number }]>([
  ['five loads answered with HTTP 500', { point: 'be.load', phase: 'before', effect: page, times: 5 }],
  // Each of these waits for five seconds, as Doris needs time to compact.
  [
    'two loads refused with -235',
    { point: 'be.load', phase: 'before', effect: { kind: 'fail', code: 'E-235' }, times: 2 },
  ],
  [
    'a commit refused five times in a row',
    { point: 'be.2pc', phase: 'before', operation: 'commit', effect: page, times: 5 },
  ],
  [
    'a load stored, its reply lost, five times',
    { point: 'be.load', phase: 'after', effect: { kind: 'reset' }, times: 5 },
  ],
])(
  '%s: nothing is missing, nothing is there twice',
  async (_title, fault) => {
    const { topic, table, start } = await job();
    const label = `${topic}__.*`;
    const armed = rig.doris.faults.arm({ ...fault, label });
    await start();
    await isExact(table);
    expect(firings(armed)).toBe(fault.times);
  },
  180_000,
);

test('an outage of the back end in the middle: nothing is missing, nothing is there twice', async () => {
  const { topic, table, start } = await job();
  await rig.doris.stopBackend();
  await start();
  await until('a load has failed', async () => (await rig.status(topic)).retries.length > 0, { timeoutMs: 60_000 });
  await rig.doris.startBackend();
  await isExact(table);
}, 180_000);

test('a worker that is stopped for a rolling restart: the next one goes on with the same batch', async () => {
  const { topic, table, start } = await job();
  const label = `${topic}__.*`;
  const slow = rig.doris.faults.arm({
    point: 'be.load',
    phase: 'after',
    effect: { kind: 'delay', delayMs: 500 },
    label,
  });
  await start();
  await until('loads are under way', () => firings(slow) > 1, { timeoutMs: 60_000 });
  await rig.stopWorker();
  await rig.startWorker();
  await isExact(table);
}, 180_000);
