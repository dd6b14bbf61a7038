/** Limits: what a worker may take, what a database can take, what a task can do without its table, and what hangs. */
import { createServer } from 'node:net';
import { usageOf } from '../../bench/process-usage.js';
import { hasWorker } from '../../client/calls.js';
import { type ObservedStatus, restartConnector } from '../../client/connectors.js';
import { renderStatus } from '../../client/format/status.js';
import { Rig, randomName, until } from './rig.js';
import { WorkerProcess } from './worker-process.js';

const MIB = 1 << 20;
const BUDGET_BYTES = 16 * MIB;
/**
 * What a worker takes beside its budget: chunks that it keeps for the next batches (as much again at most), and the
 * heap of 64 tasks.
 */
const OVERHEAD_MIB = 16 + 144;

let rig: Rig;
let worker: WorkerProcess;
let metricsPort: number;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.sql.query('CREATE DATABASE shop');
  metricsPort = await freePort();
  worker = new WorkerProcess({
    ...rig.workerProperties(),
    'memory.budget.bytes': String(BUDGET_BYTES),
    'metrics.port': String(metricsPort),
    'log.level': 'warn',
  });
  worker.start();
  await until('the worker polls', () => hasWorker(rig.session), { timeoutMs: 60_000 });
}, 120_000);
afterAll(async () => {
  await worker.close();
  await rig.close();
}, 60_000);

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function createTable(table: string): Promise<void> {
  await rig.sql.query(`CREATE TABLE shop.${table} (id BIGINT NOT NULL, payload STRING) DUPLICATE KEY(id)
    DISTRIBUTED BY HASH(id) BUCKETS 1`);
}

/** A topic and a table of the same name, and a connector between them. */
async function sink(partitions: number, more: Record<string, string> = {}) {
  const topic = randomName('t');
  const table = topic.replaceAll('-', '_');
  await rig.createTopic(topic, partitions);
  await createTable(table);
  const config = rig.config(topic, {
    topics: topic,
    'doris.database': 'shop',
    'doris.topic2table.map': `${topic}:${table}`,
    ...more,
  });
  return { topic, table, config };
}

function rows(from: number, count: number, payloadBytes: number): string[] {
  const payload = 'x'.repeat(payloadBytes);
  return Array.from({ length: count }, (_, row) => JSON.stringify({ id: from + row, payload }));
}

/** Every id from `from` on, once. */
async function expectEachOnce(table: string, count: number, from = 0): Promise<void> {
  const [facts] = await rig.query<Record<string, string>>(
    `SELECT COUNT(*) AS total, COUNT(DISTINCT id) AS ids, MIN(id) AS low, MAX(id) AS high FROM shop.${table}`,
  );
  expect(facts).toEqual({ total: `${count}`, ids: `${count}`, low: `${from}`, high: `${from + count - 1}` });
}

test('64 tasks of big batches stay within the memory budget, and none waits for ever', async () => {
  const [partitions, each, payloadBytes] = [64, 24, 64 << 10];
  const big = { 'buffer.size.bytes': '100000000', 'batch.max.bytes': '100000000' };
  const { topic, table, config } = await sink(partitions, { 'tasks.max': `${partitions}`, ...big });
  for (let row = 0; row < each; row += 8) {
    const sending = Array.from({ length: partitions }, (_, partition) =>
      rig.produce(topic, rows(partition * each + row, 8, payloadBytes), partition),
    );
    await Promise.all(sending);
  }
  const idleMiB = usageOf(worker.pid ?? 0).peakMiB;
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, partitions * each, 240_000);
  await expectEachOnce(table, partitions * each);
  const grownMiB = usageOf(worker.pid ?? 0).peakMiB - idleMiB;
  process.stdout.write(
    `memory: ${(partitions * each * payloadBytes) / MIB} MiB through ${BUDGET_BYTES / MIB} MiB by ${partitions} tasks: ` +
      `${Math.round(idleMiB)} MiB idle, ${Math.round(grownMiB)} MiB more at the peak\n`,
  );
  expect(grownMiB).toBeLessThan(BUDGET_BYTES / MIB + OVERHEAD_MIB);
}, 300_000);

test('a slow database slows the reading: no more is under way than the depth of the pipeline', async () => {
  const [perBatch, batches, depth] = [50, 8, 2];
  const { topic, table, config } = await sink(1, { 'batch.max.records': `${perBatch}`, 'pipeline.depth': `${depth}` });
  const id = rig.doris.faults.arm({
    point: 'be.load',
    phase: 'before',
    table,
    effect: { kind: 'delay', delayMs: 200 },
  });
  await rig.produce(topic, rows(0, perBatch * batches, 1_000));
  await rig.startConnector(config);
  let aheadMost = 0;
  await until(
    'all rows',
    async () => {
      const { tasks, totals } = await rig.status(topic);
      const [partition] = tasks.flatMap((task) => task.partitions);
      if (partition !== undefined)
        aheadMost = Math.max(aheadMost, Number(partition.next) - Number(partition.committed));
      return totals.rowsLoaded === perBatch * batches;
    },
    { timeoutMs: 60_000, everyMs: 20 },
  );
  rig.doris.faults.disarm(id);
  process.stdout.write(
    `slow database: at most ${aheadMost} of ${perBatch * batches} records ahead of what is loaded\n`,
  );
  expect(aheadMost).toBeGreaterThan(0);
  expect(aheadMost).toBeLessThanOrEqual(depth * perBatch);
  await expectEachOnce(table, perBatch * batches);
});

test('a table that is dropped stops its own task only, and nothing of it is lost', async () => {
  const name = randomName('two');
  const [there, gone] = [`${name}-a`, `${name}-b`];
  const tableOf = (topic: string) => topic.replaceAll('-', '_');
  for (const topic of [there, gone]) {
    await rig.createTopic(topic);
    await createTable(tableOf(topic));
    await rig.produce(topic, rows(0, 10, 10));
  }
  await rig.startConnector(
    rig.config(name, {
      topics: `${there},${gone}`,
      'tasks.max': '2',
      'doris.database': 'shop',
      'doris.topic2table.map': `${there}:${tableOf(there)},${gone}:${tableOf(gone)}`,
    }),
  );
  for (const topic of [there, gone]) await rig.holds(`shop.${tableOf(topic)}`, 10);
  await rig.sql.query(`DROP TABLE shop.${tableOf(gone)}`);
  for (const topic of [there, gone]) await rig.produce(topic, rows(10, 10, 10));
  const status = await rig.reaches(name, 'DEGRADED', 60_000);
  await rig.produce(there, rows(20, 10, 10));
  await rig.holds(`shop.${tableOf(there)}`, 30);

  const failed = status.tasks.find((task) => task.failure !== undefined);
  expect(failed?.partitions.map(({ topic }) => topic)).toEqual([gone]);
  expect(failed?.failure?.code).toBe('SINK_TABLE_UNKNOWN');
  expect(failed?.failure?.message).toMatch(/unknown table/i);
  expect(failed?.failure?.message).toContain(`shop.${tableOf(gone)}`);
  expect(failed?.failure?.message).toContain(`__${gone}__0__10__`);

  await createTable(tableOf(gone));
  await restartConnector(rig.session, name, { task: failed?.task ?? -1 });
  await rig.holds(`shop.${tableOf(gone)}`, 10);
  await expectEachOnce(tableOf(gone), 10, 10);
  await expectEachOnce(tableOf(there), 30);
  await rig.reaches(name, 'RUNNING');
});

test('a transaction that a producer leaves open: what waits behind it is shown', async () => {
  const { topic, table, config } = await sink(1, { 'stall.timeout.ms': '1000' });
  await rig.produce(topic, rows(0, 5, 10));
  await rig.startConnector(config);
  await rig.holds(`shop.${table}`, 5);
  const producer = rig.kafka.producer({
    transactionalId: randomName('open'),
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: rows(5, 5, 10).map((value) => ({ value, partition: 0 })) });
  const stall = await until('the stall', async () => (await rig.status(topic)).tasks[0]?.stall, { timeoutMs: 60_000 });
  expect(stall).toMatchObject({ phase: 'WAIT', ranges: [{ topic, partition: 0, start: '5', end: '10' }] });

  await transaction.commit();
  await producer.disconnect();
  await rig.holds(`shop.${table}`, 10);
  await until('the stall is over', async () => (await rig.status(topic)).tasks[0]?.stall === undefined);
  await expectEachOnce(table, 10);
});

test('a load that hangs: shown, logged and counted, and all is well when it goes on', async () => {
  const { topic, table, config } = await sink(1, { 'stall.timeout.ms': '1000', 'request.read.timeout.ms': '3000' });
  const id = rig.doris.faults.arm({ point: 'be.load', phase: 'before', table, effect: { kind: 'hang' } });
  await rig.produce(topic, rows(0, 10, 10));
  await rig.startConnector(config);
  const stallOf = ({ tasks }: ObservedStatus) => tasks[0]?.stall;
  const stalled = await until(
    'the stall',
    async () => {
      const status = await rig.status(topic);
      return stallOf(status) !== undefined && status;
    },
    { timeoutMs: 60_000 },
  );
  expect(stalled).toMatchObject({ state: 'RUNNING', totals: { stalls: 1 } });
  expect(stallOf(stalled)).toMatchObject({ phase: 'PREPARE', sequence: 1, ranges: [{ topic, start: '0', end: '10' }] });
  const view = { width: 120, nowMs: Date.now(), paint: (_: string, text: string) => text };
  expect(renderStatus(stalled, view).join('\n')).toMatch(
    new RegExp(`stalled +task 0: no progress for .*: batch 1 is being prepared: ${topic}\\[0\\] 0\\.\\.10`),
  );
  const handle = rig.session.client.workflow.getHandle(`connector/${topic}`);
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain('no progress since');

  rig.doris.faults.disarm(id);
  await rig.holds(`shop.${table}`, 10);
  await until('the stall is over', async () => stallOf(await rig.status(topic)) === undefined);
  await expectEachOnce(table, 10);
  const lines = worker.logged.split('\n').filter((line) => line.includes('makes no progress') && line.includes(topic));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { connector: topic, task: 0, phase: 'PREPARE', topics: topic, offsets: `${topic}[0] 0..10` },
  ]);
  await until('the metric', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const line = metrics.split('\n').find((text) => text.startsWith('sluice_task_stalls') && text.includes(topic));
    return line?.endsWith(' 1') && line.includes('task="0"');
  });
});
