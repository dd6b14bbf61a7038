/**
 * The worker is killed (SIGKILL) again and again at random moments while it loads: every row arrives exactly once.
 *
 * `make test` runs it over 100,000 rows; `SLUICE_TEST_ROWS=1000000` runs it at full size.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Rig, randomName, until } from './rig.js';
import { WorkerProcess } from './worker-process.js';

const ROWS = Number(process.env.SLUICE_TEST_ROWS ?? '100000');
const KILLS = 5;
const PARTITIONS = 4;

let rig: Rig;
let worker: WorkerProcess;

beforeAll(async () => {
  rig = await Rig.start();
  worker = new WorkerProcess(rig.workerProperties());
}, 120_000);
afterAll(async () => {
  await worker.close();
  await rig.close();
}, 60_000);

test(`${ROWS.toLocaleString('en')} rows over ${PARTITIONS} partitions arrive exactly once through ${KILLS} kills`, async () => {
  const topic = randomName('killed');
  const table = `shop.${topic.replaceAll('-', '_')}`;
  await rig.createTopic(topic, PARTITIONS);
  await rig.createTable(
    'shop',
    `CREATE TABLE ${table} (id BIGINT NOT NULL, payload VARCHAR(200)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 4`,
  );
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const values = [];
    for (let id = partition; id < ROWS; id += PARTITIONS) {
      values.push(JSON.stringify({ id, payload: `row ${id} ${'x'.repeat(100)}` }));
    }
    await rig.produce(topic, values, partition);
  }
  worker.start();
  await rig.startConnector(
    rig.config(topic, {
      topics: topic,
      'tasks.max': '2',
      'doris.database': 'shop',
      'doris.topic2table.map': `${topic}:${table}`,
      // Small batches: many of them are under way when the worker dies.
      'batch.max.records': String(Math.max(1_000, Math.round(ROWS / 60))),
      'buffer.count.records': '500',
    }),
  );
  for (let kills = 0; kills < KILLS; kills++) {
    const before = await rig.count(table);
    await until('the next rows', async () => (await rig.count(table)) > before, { timeoutMs: 90_000, everyMs: 20 });
    await sleep(Math.random() * 400);
    await worker.kill();
    worker.start();
  }
  await rig.holds(table, ROWS, 300_000);
  const [facts] = await rig.query<Record<string, string>>(
    `SELECT COUNT(*) AS total, COUNT(DISTINCT id) AS ids, MIN(id) AS low, MAX(id) AS high,
              SUM(CASE WHEN payload = CONCAT('row ', id, ' ', REPEAT('x', 100)) THEN 1 ELSE 0 END) AS right_ones FROM ${table}`,
  );
  const all = String(ROWS);
  expect(facts).toEqual({ total: all, ids: all, low: '0', high: String(ROWS - 1), right_ones: all });
}, 600_000);
