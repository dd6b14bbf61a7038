/**
 * While a table changes, Kafka Connect is killed (SIGKILL) and started again, and so is the worker of Sluice: events
 * come a second time, batches are under way, and in the end the tables are the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomName, until } from '../integration/rig.js';
import { WorkerProcess } from '../integration/worker-process.js';
import { describeLive } from './support/changes.js';
import { Live } from './support/live.js';
import { ACCOUNTS_DDL, accounts, Traffic } from './support/traffic.js';
import type { Variant } from './support/variant.js';

const CHANGES_AT_ONCE = 40;
const PAUSE_MS = 50;
/** What happens in this time comes again. */
const OFFSET_FLUSH_MS = 8_000;
const VARIANT = { title: 'events with schemas', schemas: true } as const;
const SEED = process.env.SLUICE_TEST_SEED ?? randomName('seed');

const DATABASES = [
  {
    database: 'postgres',
    title: 'PostgreSQL',
    variant: { ...VARIANT, name: 'crash', time: 'adaptive' } satisfies Variant,
    text: (expression: string) => `${expression}::text`,
  },
  {
    database: 'mariadb',
    title: 'MariaDB',
    variant: { ...VARIANT, name: 'crash', time: 'adaptive_time_microseconds' } satisfies Variant,
    text: (expression: string) => `cast(${expression} as char)`,
  },
] as const;

for (const { database, title, variant, text } of DATABASES) {
  await describeLive(database, `crashes while changes of ${title} are followed`, () => {
    const table = accounts(text);
    let live: Live;
    let worker: WorkerProcess;

    beforeAll(async () => {
      live = await Live.start({
        database,
        tables: [table],
        variants: [variant],
        snapshot: ACCOUNTS_DDL,
        offsetFlushMs: OFFSET_FLUSH_MS,
        startWorker: async (rig) => {
          worker = new WorkerProcess(rig.workerProperties());
          worker.start();
        },
      });
    }, 180_000);
    afterAll(async () => {
      await worker?.close();
      await live?.close();
    }, 60_000);

    test(`nothing is lost, and nothing old stays (seed ${SEED})`, async () => {
      const traffic = new Traffic(SEED);
      // Connect without any offset would make a new snapshot, which does not show what was deleted meanwhile.
      await live.capture.source.execute(traffic.changes(1));
      const changedAtMs = Date.now();
      await until('the offsets are written', () => live.capture.offsetsWrittenAtMs() > changedAtMs, {
        timeoutMs: 60_000,
      });
      let changing = true;
      const change = async () => {
        while (changing) {
          await live.capture.source.execute(traffic.changes(CHANGES_AT_ONCE));
          await sleep(PAUSE_MS);
        }
      };
      const topic = live.topicOf(table, variant);
      const arrived = () => live.recordsIn(topic);
      const changes = change();
      try {
        await until('many events', async () => (await arrived()) > 300, { timeoutMs: 60_000 });
        await worker.kill();
        await live.capture.killConnect();
        worker.start();
        await live.capture.reviveConnect();
        await sleep(500);
        await worker.kill();
        worker.start();
        const before = await arrived();
        await until('more events', async () => (await arrived()) > before + 300, { timeoutMs: 60_000 });
        await worker.kill();
        worker.start();
      } finally {
        changing = false;
        await changes;
      }
      await live.arrives(table, variant);
      // The snapshot's one, too.
      expect(await arrived()).toBeGreaterThan(traffic.events + 1);
    }, 360_000);
  });
}
