/**
 * What docs/positions.md says of each way to end, begin and change a connector, held to exact counts: tables are
 * DUPLICATE KEY, so that a doubled row shows. Temporal cuts histories early here: most tests continue as new, too.
 */
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import {
  deleteConnector,
  handleOf,
  reconfigureConnector,
  restartConnector,
  resumeConnector,
  stopConnector,
} from '../../client/connectors.js';
import type { Checkpoint } from '../../workflows/core/model.js';
import { connectorWorkflowId, QUERIES } from '../../workflows/messages.js';
import { type OwnTemporal, startOwnTemporal } from './own-temporal.js';
import { Rig, randomName, until } from './rig.js';

/** Events after which Temporal suggests to continue as new: a dozen batches. */
const SHORT_HISTORY = 200;

jest.setTimeout(90_000);

let rig: Rig;
let temporal: OwnTemporal;

beforeAll(async () => {
  temporal = await startOwnTemporal('positions', `limit.historyCount.suggestContinueAsNew=${SHORT_HISTORY}`);
  await temporal.instead(async () => {
    rig = await Rig.start();
    await rig.startWorker();
  });
}, 180_000);

afterAll(async () => {
  await rig.close();
  await temporal.close();
}, 60_000);

/** A connector over a topic of two partitions, and what has been produced to it. */
class Subject {
  private produced = 0;

  private constructor(
    readonly name: string,
    readonly table: string,
    readonly config: Record<string, string>,
  ) {}

  static async create(more: Record<string, string> = {}): Promise<Subject> {
    const topic = randomName('position');
    const table = `shop.${topic.replaceAll('-', '_')}`;
    // The broker may not know a new topic everywhere yet: what fails then is asked for again.
    await until('the topic is there', () => rig.createTopic(topic, 2).then(() => true));
    await rig.createTable(
      'shop',
      `CREATE TABLE ${table} (id BIGINT NOT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
    );
    const config = rig.config(topic, {
      topics: topic,
      'doris.database': 'shop',
      'doris.topic2table.map': `${topic}:${table}`,
      ...more,
    });
    return new Subject(topic, table, config);
  }

  async start(): Promise<void> {
    await rig.startConnector(this.config);
    await rig.reaches(this.name, 'RUNNING');
  }

  /** Twice so many rows: each partition gets `count` of them. */
  async produce(count: number): Promise<void> {
    for (const partition of [0, 1]) {
      const rows = Array.from({ length: count }, () => JSON.stringify({ id: this.produced++ }));
      await rig.produce(this.name, rows, partition);
    }
  }

  /** Every row that was produced is in the table, once, and the connector knows it. */
  async isExact(): Promise<void> {
    await rig.holds(this.table, this.produced);
    const [facts] = await rig.query(`SELECT COUNT(DISTINCT id) AS ids, MAX(id) AS high FROM ${this.table}`);
    expect(facts).toEqual({ ids: String(this.produced), high: String(this.produced - 1) });
    await until('its position is at the end', async () => {
      const { tasks } = await this.checkpoint();
      const committed = tasks.flatMap(({ partitions }) => partitions).map((partition) => BigInt(partition.committed));
      return committed.reduce((sum, offset) => sum + offset, 0n) === BigInt(this.produced);
    });
  }

  async load(count: number): Promise<void> {
    await this.produce(count);
    await this.isExact();
  }

  checkpoint(): Promise<Checkpoint> {
    return handleOf(rig.session, this.name).query<Checkpoint>(QUERIES.checkpoint);
  }

  async terminate(): Promise<void> {
    await handleOf(rig.session, this.name).terminate();
  }

  /** Forgets every run: what is left of the connector is the consumer group. */
  async forget(): Promise<void> {
    const { client } = rig.session;
    const workflowExecution = { workflowId: connectorWorkflowId(this.name) };
    await until('Temporal has forgotten the connector', async () => {
      const described = await handleOf(rig.session, this.name)
        .describe()
        .catch(() => undefined);
      if (described === undefined) return true;
      await client.workflowService.deleteWorkflowExecution({
        namespace: client.options.namespace,
        workflowExecution: { ...workflowExecution, runId: described.runId },
      });
      return false;
    });
  }

  async deleteGroup(): Promise<void> {
    const admin = rig.kafka.admin();
    await admin.connect();
    try {
      await admin.deleteGroups([`connect-${this.name}`]);
    } finally {
      await admin.disconnect();
    }
  }
}

test('terminate, create again: from the checkpoint of the terminated run', async () => {
  const subject = await Subject.create();
  await subject.produce(20);
  await subject.start();
  await subject.isExact();
  const { identity } = await subject.checkpoint();
  await subject.produce(200);
  await subject.terminate();
  await subject.start();
  await subject.isExact();
  expect((await subject.checkpoint()).identity).toEqual(identity);
});

describe('delete, create again', () => {
  test.each([
    ['with its consumer group', false],
    ['without its consumer group, which is a mirror', true],
  ])('%s: from the last checkpoint', async (_, removeGroup) => {
    const subject = await Subject.create();
    await subject.start();
    await subject.load(20);
    await deleteConnector(rig.session, subject.name);
    if (removeGroup) await subject.deleteGroup();
    await subject.produce(20);
    await subject.start();
    await subject.isExact();
  });
});

describe('Temporal has forgotten the connector: from the consumer group', () => {
  test.concurrent('under the same id, and the epoch after that of the group', async () => {
    const subject = await Subject.create();
    await subject.start();
    await subject.load(20);
    const { identity } = await subject.checkpoint();
    await subject.forget();
    await subject.produce(20);
    await subject.start();
    await subject.isExact();
    expect((await subject.checkpoint()).identity).toEqual({ id: identity.id, epoch: identity.epoch + 1 });
  });

  test.concurrent('also before its first commit, with auto.offset.reset=latest', async () => {
    const subject = await Subject.create({ 'consumer.override.auto.offset.reset': 'latest' });
    const before = JSON.stringify({ id: -1 });
    await rig.produce(subject.name, [before, before]);
    await subject.start();
    await subject.forget();
    await subject.produce(20);
    await subject.start();
    await rig.holds(subject.table, 40);
    expect(await rig.query(`SELECT COUNT(DISTINCT id) AS ids, MIN(id) AS low FROM ${subject.table}`)).toEqual([
      { ids: '40', low: '0' },
    ]);
  });
});

describe('a reset of the workflow', () => {
  /** Resets the connector to its latest workflow task of that time, as the Web UI's button does. */
  async function resetTo(subject: Subject, eventId: number): Promise<void> {
    const { client } = rig.session;
    const { events } = await handleOf(rig.session, subject.name).fetchHistory();
    const chosen = (events ?? []).filter(
      ({ eventId: id, workflowTaskCompletedEventAttributes: completed }) => completed && Number(id) <= eventId,
    );
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: connectorWorkflowId(subject.name) },
      workflowTaskFinishEventId: chosen.at(-1)?.eventId ?? null,
      requestId: randomUUID(),
      reason: 'test',
    });
  }

  const lengthOf = async (subject: Subject) => (await handleOf(rig.session, subject.name).describe()).historyLength;

  test.concurrent('goes on where the database stands, though its batches would be others', async () => {
    const subject = await Subject.create();
    await subject.start();
    await subject.load(5);
    const early = await lengthOf(subject);
    // Each of these is a batch; after the reset they would be one, under another label.
    for (const count of [5, 6]) await subject.load(count);
    const { identity } = await subject.checkpoint();
    await resetTo(subject, early);
    await subject.load(10);
    expect((await subject.checkpoint()).identity).toEqual({ id: identity.id, epoch: identity.epoch + 1 });
    await subject.load(10);
  });

  test.concurrent('with batches in flight, to its very beginning', async () => {
    const subject = await Subject.create({ 'batch.max.records': '40', 'buffer.count.records': '40' });
    const table = subject.table.slice('shop.'.length);
    rig.doris.faults.arm({ point: 'be.2pc', phase: 'after', table, effect: { kind: 'delay', delayMs: 300 }, times: 6 });
    await subject.produce(200);
    await subject.start();
    await until('a few batches', async () => (await rig.count(subject.table)) >= 80);
    await resetTo(subject, 4);
    await subject.isExact();
  });
});

test('another number of tasks: each partition at its own position', async () => {
  const subject = await Subject.create();
  await subject.start();
  for (const tasks of ['2', '1']) {
    await subject.produce(200);
    await reconfigureConnector(rig.session, subject.name, { ...subject.config, 'tasks.max': tasks });
    await subject.produce(20);
    await subject.isExact();
    expect((await rig.status(subject.name)).tasks).toHaveLength(Number(tasks));
  }
});

test('restart of the whole connector, stop and resume: the batches in flight, then on', async () => {
  const subject = await Subject.create();
  await subject.start();
  await subject.produce(200);
  await restartConnector(rig.session, subject.name, { includeRunning: true });
  await subject.produce(20);
  await stopConnector(rig.session, subject.name);
  await subject.produce(20);
  await resumeConnector(rig.session, subject.name);
  await subject.isExact();
});

test('continue-as-new: nothing changes but the history', async () => {
  const subject = await Subject.create({ 'batch.max.records': '20', 'buffer.count.records': '20' });
  await subject.produce(250);
  await subject.start();
  const { runId } = await rig.status(subject.name);
  await subject.isExact();
  const after = await rig.status(subject.name);
  expect(after.runId).not.toBe(runId);
  expect(after.identity.epoch).toBe(0);
});
