/**
 * Workers are replaced by those of the next build while batches are in flight: the next build does something else at
 * every activity, behind a `patched` marker, as docs/decisions/0007-changing-the-workflow.md asks for.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { handleOf } from '../../client/connectors.js';
import { Rig, randomName, until } from './rig.js';
import { WorkerProcess } from './worker-process.js';

jest.setTimeout(180_000);

const ROWS = 2_000;
const PARTITIONS = 4;
const MARK = 'of the next build';

let rig: Rig;
let nextBuild: string;

beforeAll(async () => {
  rig = await Rig.start();
  nextBuild = await buildNext();
}, 180_000);
afterAll(async () => {
  await rig.close();
  await rm(nextBuild, { recursive: true });
}, 60_000);

/** The checkout's build with a changed workflow: every activity's summary says so, in runs and times that know of it. */
async function buildNext(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-next-'));
  for (const part of ['bin', 'dist', 'package.json']) await cp(part, join(folder, part), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const runtime = join(folder, 'dist/workflows/temporal-runtime.js');
  const before = await readFile(runtime, 'utf8');
  const after = before.replace(
    /^(\s+)summary,$/m,
    `$1summary: patched('next-build') ? \`\${summary} ${MARK}\` : summary,`,
  );
  expect(after).not.toBe(before);
  await writeFile(runtime, `import { patched } from '@temporalio/workflow';\n${after}`);
  await promisify(execFile)(process.execPath, [join(folder, 'dist/workers/build-bundle.js')]);
  return folder;
}

test('a running connector survives the upgrade of its workers, with every row once', async () => {
  const name = randomName('upgraded');
  const table = `shop.${name.replaceAll('-', '_')}`;
  await rig.createTopic(name, PARTITIONS);
  await rig.createTable(
    'shop',
    `CREATE TABLE ${table} (id BIGINT NOT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
  );
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const ids = Array.from({ length: ROWS / PARTITIONS }, (_, index) => index * PARTITIONS + partition);
    await rig.produce(
      name,
      ids.map((id) => JSON.stringify({ id })),
      partition,
    );
  }
  // Commits take a while: some are under way at any moment.
  rig.doris.faults.arm({ point: 'be.2pc', phase: 'before', effect: { kind: 'delay', delayMs: 150 } });
  const before = new WorkerProcess(rig.workerProperties());
  const after = new WorkerProcess({ ...rig.workerProperties(), 'log.level': 'info' }, join(nextBuild, 'bin/sluice'));
  try {
    before.start();
    await rig.startConnector(
      rig.config(name, {
        topics: name,
        'tasks.max': '2',
        'doris.database': 'shop',
        'doris.topic2table.map': `${name}:${table}`,
        'batch.max.records': String(ROWS / 20),
        'buffer.count.records': String(ROWS / 20),
      }),
    );
    await until('a few batches', async () => (await rig.count(table)) >= ROWS / 5, { timeoutMs: 90_000 });
    after.start();
    await until('the next build polls', () => after.logged.includes('worker is polling'), { timeoutMs: 60_000 });
    await before.kill();
    await rig.produce(name, [JSON.stringify({ id: ROWS })]);
    await rig.holds(table, ROWS + 1, 120_000);
  } finally {
    await before.close();
    await after.close();
  }
  const [facts] = await rig.query(`SELECT COUNT(DISTINCT id) AS ids, MAX(id) AS high FROM ${table}`);
  expect(facts).toEqual({ ids: String(ROWS + 1), high: String(ROWS) });

  const { events = [] } = await handleOf(rig.session, name).fetchHistory();
  const failed = (events ?? []).flatMap(
    ({ workflowTaskFailedEventAttributes: failure }) => failure?.failure?.message ?? [],
  );
  expect(failed).toEqual([]);
  const summaries = (events ?? []).map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? []).toString());
  expect(summaries.some((summary) => summary.includes('prepare') && !summary.includes(MARK))).toBe(true);
  expect(summaries.some((summary) => summary.includes('prepare') && summary.includes(MARK))).toBe(true);
});
