/** What the simulator has found, as the shortest stories that show it (docs/reliability/found.md). */
import type { CommitBatchInput, PrepareBatchInput } from '../../../workflows/core/activities.js';
import { Connector } from '../../../workflows/core/connector.js';
import type { LoadReference } from '../../../workflows/core/model.js';
import { Refusal, reconfigure } from '../../../workflows/core/requests.js';
import { BenchRuntime, eventually, forever, type Script } from '../../workflows/core/bench-runtime.js';

const BATCH = 10;

/** A log of 30 records in one partition, batches of ten, and a database that takes everything unless told otherwise. */
function world(changes: Partial<Script> = {}) {
  const runtime = new BenchRuntime({
    validateConnector: () => ({
      settings: {
        connectorClass: 'DorisSink',
        kind: 'sink',
        labelPrefix: 'orders',
        tasksMax: 1,
        pipelineDepth: 2,
        retryIntervalMs: 1,
        guarantee: 'exactly_once',
        guaranteeReason: 'two-phase commit',
        warnings: [],
        topics: ['t'],
      },
      partitions: [{ topic: 't', topicId: 'T', partition: 0, offset: '0' }],
    }),
    awaitBatch: (input, signal) => {
      const start = Number(input.positions[0]?.offset);
      if (start >= 3 * BATCH) return forever(signal);
      const range = { topic: 't', partition: 0, start: String(start), end: String(start + BATCH) };
      return { outcome: 'due', reason: 'records', ranges: [range], ends: [String(3 * BATCH)] };
    },
    prepareBatch: (input) => ({ outcome: 'prepared', loads: [loadOf(input, 'a')], recordsRead: BATCH }),
    commitBatch: (input) => ({ outcome: 'committed', loads: input.loads.map(asCommitted), visible: true }),
    applySchemaChange: () => ({ statements: [] }),
    abortBatch: () => ({ outcome: 'aborted' }),
    ...changes,
  });
  const connector = new Connector(runtime, { name: 'orders', config: {} });
  const finished = connector.run();
  const end = async () => {
    connector.delete();
    await finished;
  };
  return { runtime, connector, end };
}

function loadOf({ ranges, identity }: Pick<PrepareBatchInput, 'ranges' | 'identity'>, table: string): LoadReference {
  const label = `${table}_${ranges[0]?.start}_${identity.epoch}`;
  return { database: 'db', table, label, state: 'PRECOMMITTED', rows: BATCH, filteredRows: 0, sizeBytes: 100 };
}

const asCommitted = (load: LoadReference): LoadReference => ({ ...load, state: 'COMMITTED' });
const startsOf = (inputs: readonly CommitBatchInput[]) => inputs.map(({ ranges }) => ranges[0]?.start);

test('a batch is not committed before the one in front of it, also when that is interrupted', async () => {
  let again = false;
  const { runtime, connector, end } = world({
    prepareBatch: (input, signal) =>
      again && input.sequence === 1
        ? forever(signal)
        : { outcome: 'prepared', loads: [loadOf(input, 'a')], recordsRead: BATCH },
    commitBatch: async (input) => {
      // The second batch is prepared before the first turns out to be aborted.
      await eventually(() => runtime.inputs('prepareBatch').length === 2);
      again = true;
      return { outcome: 'aborted', loads: input.loads, reason: 'timeout by txn manager' };
    },
  });
  await eventually(() => runtime.inputs('prepareBatch').length === 3);
  await connector.stop();
  expect(startsOf(runtime.inputs('commitBatch'))).toEqual(['0']);
  expect(connector.lanes[0]?.state.inFlight.map(({ sequence }) => sequence)).toEqual([1, 2]);
  await end();
});

test('two configurations at once are taken over one after the other', async () => {
  const { connector, end } = world();
  await eventually(() => connector.lanes.length === 1);
  await Promise.all(['2', '3'].map((tasks) => reconfigure(connector, { 'tasks.max': tasks })));
  expect(connector.generation).toBe(3);
  await eventually(() => connector.totals.rowsLoaded === 3 * BATCH);
  expect(connector.ledger.map(({ ranges }) => ranges[0]?.start)).toEqual(['0', '10', '20']);
  await end();
});

describe('two tables of one batch in doubt', () => {
  const inDoubt = () => {
    const decided: string[] = [];
    const made = world({
      prepareBatch: (input) => {
        const settled = input.settled?.map(({ table }) => table) ?? [];
        const open = ['a', 'b'].filter((table) => !settled.includes(table));
        decided.push(settled.join());
        return { outcome: 'prepared', loads: open.map((table) => loadOf(input, table)), recordsRead: BATCH };
      },
      commitBatch: (input) =>
        input.identity.epoch === 0 && input.ranges[0]?.start === '0' && input.loads.length === 2
          ? { outcome: 'inDoubt', loads: input.loads, message: 'unknown' }
          : { outcome: 'committed', loads: input.loads.map(asCommitted), visible: true },
    });
    return { ...made, decided, doubt: () => made.connector.lanes[0]?.inDoubt?.table };
  };

  test('are decided upon one by one: what is there stays, what is not is loaded again', async () => {
    const { connector, decided, doubt, end } = inDoubt();
    await eventually(() => doubt() === 'a');
    await connector.resolve(0, 'skip');
    await eventually(() => doubt() === 'b');
    await connector.resolve(0, 'reload');
    await eventually(() => connector.totals.rowsLoaded >= 2 * BATCH);
    expect(decided).toContain('a');
    expect(connector.ledger[0]).toMatchObject({ recordsRead: BATCH, rowsLoaded: 2 * BATCH, epoch: 1 });
    await end();
  });

  test('a decision is about the load that was in doubt when it was asked for', async () => {
    const { connector, doubt, end } = inDoubt();
    await eventually(() => doubt() === 'a');
    const [first, second] = await Promise.allSettled([connector.resolve(0, 'skip'), connector.resolve(0, 'skip')]);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Refusal) });
    await eventually(() => doubt() === 'b');
    await end();
  });
});
