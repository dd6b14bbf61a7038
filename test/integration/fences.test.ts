/** What must not be able to double or to lose a row: a second connector of the same name, a foreign label, a guess. */
import { jest } from '@jest/globals';
import { handleOf, pauseConnector, resolveBatch, restartConnector, resumeConnector } from '../../client/connectors.js';
import { renderStatus } from '../../client/format/status.js';
import { labelOf } from '../../connectors/label.js';
import type { Checkpoint } from '../../workflows/core/model.js';
import { QUERIES } from '../../workflows/messages.js';
import { call } from '../sandbox/doris/support/client.js';
import { type OwnTemporal, startOwnTemporal } from './own-temporal.js';
import { Rig, randomName, until } from './rig.js';

jest.setTimeout(90_000);

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.startWorker();
}, 120_000);
afterAll(() => rig.close(), 60_000);

interface Subject {
  readonly name: string;
  readonly table: string;
  readonly config: Record<string, string>;
}

async function create(): Promise<Subject> {
  const topic = randomName('fenced');
  const table = topic.replaceAll('-', '_');
  await rig.createTopic(topic);
  await rig.createTable(
    'shop',
    `CREATE TABLE shop.${table} (id BIGINT NOT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
  );
  const more = { topics: topic, 'doris.database': 'shop', 'doris.topic2table.map': `${topic}:${table}` };
  return { name: topic, table: `shop.${table}`, config: rig.config(topic, more) };
}

function rows(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => JSON.stringify({ id: from + index }));
}

/** So many rows, from 0 on, each of them once. */
async function isExact(table: string, count: number): Promise<void> {
  await rig.holds(table, count);
  const [facts] = await rig.query(`SELECT COUNT(DISTINCT id) AS ids, MAX(id) AS high FROM ${table}`);
  expect(facts).toEqual({ ids: String(count), high: String(count - 1) });
}

describe('a connector of the same name on another Temporal server, with the same group and table,', () => {
  let temporal: OwnTemporal;
  let other: Rig;

  beforeAll(async () => {
    temporal = await startOwnTemporal('fences');
    await temporal.instead(async () => {
      other = await Rig.start();
      await other.startWorker();
    });
  }, 120_000);
  afterAll(async () => {
    await other.close();
    await temporal.close();
  }, 60_000);

  const isFenced = (where: Rig, name: string) =>
    until('the connector stands still', async () => {
      const { tasks } = await where.status(name);
      return tasks.find(({ failure }) => failure?.code === 'CONNECTOR_SUPERSEDED')?.failure;
    });

  test('takes over where the first one stands; whoever was overtaken stops, and says why', async () => {
    const { name, table, config } = await create();
    await rig.produce(name, rows(0, 50));
    await rig.startConnector(config);
    await isExact(table, 50);

    await other.startConnector(config);
    await other.reaches(name, 'RUNNING');
    await rig.produce(name, rows(50, 50));
    const failure = await isFenced(rig, name);
    expect(failure.message).toContain(`connect-${name} was taken over by another connector`);
    await isExact(table, 100);

    await restartConnector(rig.session, name);
    await rig.reaches(name, 'RUNNING');
    await rig.produce(name, rows(100, 50));
    await isFenced(other, name);
    await isExact(table, 150);
  });
});

test('labels that look like its own are nobody’s rows but its own', async () => {
  const { name, table, config } = await create();
  await rig.startConnector(config);
  await rig.reaches(name, 'RUNNING');
  await pauseConnector(rig.session, name);
  await rig.produce(name, rows(0, 10));
  const { identity, settings } = await handleOf(rig.session, name).query<Checkpoint>(QUERIES.checkpoint);
  const range = { topic: name, partition: 0, start: '0', end: '10' };
  const label = (id: string) =>
    labelOf({
      prefix: settings?.labelPrefix ?? '',
      database: 'shop',
      table: table.slice('shop.'.length),
      ranges: [range],
      identity: { ...identity, id },
    });
  const byHand = async (value: string, twoPhase: boolean) => {
    const { text } = await call(`http://127.0.0.1:${rig.doris.bePort}/api/${table.replace('.', '/')}/_stream_load`, {
      method: 'PUT',
      headers: { label: value, format: 'json', read_json_by_line: 'true', two_phase_commit: String(twoPhase) },
      body: '{"id":-1}\n',
    });
    expect(JSON.parse(text)).toMatchObject({ Status: 'Success' });
  };
  // Of another connector, the same in everything else: committed. By somebody else under the very label: precommitted.
  await byHand(label('somebody else'), false);
  await byHand(label(identity.id), true);
  await resumeConnector(rig.session, name);
  await rig.holds(table, 11);
  const [facts] = await rig.query(`SELECT MIN(id) AS low, MAX(id) AS high, COUNT(DISTINCT id) AS ids FROM ${table}`);
  expect(facts).toEqual({ low: '-1', high: '9', ids: '11' });
  const [entry] = await handleOf(rig.session, name).query<Checkpoint['ledger']>(QUERIES.history);
  expect(entry?.loads.map((load) => load.label)).toEqual([label(identity.id)]);
});

describe('a commit whose outcome the database has forgotten', () => {
  /** Forgets every transaction that has ended. */
  function evict(): void {
    const { transactions } = rig.doris;
    const { labelKeepCount } = transactions.settings;
    transactions.settings.labelKeepCount = 0;
    transactions.sweep();
    transactions.settings.labelKeepCount = labelKeepCount;
  }

  const doubtful = [
    ['was done', 'after', 'skip'],
    ['was not done', 'before', 'reload'],
  ] as const;

  test.each(doubtful)('is in doubt, and when it %s the operator’s word makes it exact', async (_, phase, decision) => {
    const { name, table, config } = await create();
    await rig.startConnector(config);
    await rig.reaches(name, 'RUNNING');
    const fault = rig.doris.faults.arm({
      point: 'be.2pc',
      phase,
      operation: 'commit',
      table: table.slice('shop.'.length),
      effect: { kind: 'hang' },
    });
    await rig.produce(name, rows(0, 10));
    const [load] = await until('the commit has no answer', () => {
      const reached = phase === 'after' ? 'VISIBLE' : 'PRECOMMITTED';
      const found = rig.doris.transactions.list('shop').filter(({ label }) => label.includes(name));
      const isLost = rig.doris.faults.list().some(({ id, fired }) => id === fault && fired > 0);
      return isLost && found.some(({ state }) => state === reached) && found;
    });
    if (load === undefined) throw new Error('there is no load');
    if (decision === 'reload') rig.doris.transactions.abort('shop', load.id, 'by hand');
    evict();
    rig.doris.faults.disarm(fault);
    // Only now the commit learns that there will be no answer.
    await rig.doris.restartBackend();

    const status = await until('the batch is in doubt', async () => {
      const found = await rig.status(name);
      return found.tasks[0]?.state === 'IN_DOUBT' && found;
    });
    const words = renderStatus(status, { width: 120, nowMs: Date.now(), paint: (_style, text) => text }).join('\n');
    expect(words).toContain('IN_DOUBT');
    expect(words).toContain(load.label);
    expect(words).toContain('sluice connector resolve');
    const page = await handleOf(rig.session, name).query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(page.currentDetails).toMatch(/\| IN_DOUBT \|.*SINK_COMMIT_IN_DOUBT.*no longer knows the label/);

    // Nothing goes on, and nothing is guessed, until somebody says what to do: a restart does not.
    await restartConnector(rig.session, name);
    expect((await rig.status(name)).tasks[0]?.state).toBe('IN_DOUBT');
    await resolveBatch(rig.session, name, { task: 0, decision });
    await rig.produce(name, rows(10, 10));
    await isExact(table, 20);
    expect((await rig.status(name)).identity.epoch).toBe(decision === 'reload' ? 1 : 0);
  });
});
