/** The connector workflow on a real Temporal server; its activities are scripted. */
import { Context } from '@temporalio/activity';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { bundleCode } from '../../workers/bundle.js';
import type { AwaitBatchInput, ConnectorActivities } from '../../workflows/core/activities.js';
import type { ConnectorInput, CoreSettings, LedgerEntry } from '../../workflows/core/model.js';
import {
  CONNECTOR_WORKFLOW,
  type ConnectorStatus,
  connectorWorkflowId,
  QUERIES,
  SIGNALS,
  UPDATES,
} from '../../workflows/messages.js';
import { connectRig, randomName, type TemporalRig, until, withWorkers } from '../support/temporal.js';

let rig: TemporalRig;

beforeAll(async () => {
  rig = await connectRig();
});
afterAll(() => rig.close());

const settings: CoreSettings = {
  connectorClass: 'org.apache.doris.kafka.connector.DorisSinkConnector',
  kind: 'sink',
  labelPrefix: 'p',
  tasksMax: 1,
  pipelineDepth: 2,
  retryIntervalMs: 100,
  guarantee: 'exactly_once',
  guaranteeReason: 'two-phase commit',
  warnings: [],
  topics: ['orders'],
};

/** One partition whose log grows when the test says so; loads of 100 records. */
function scripted(log: { end: number }, more: Partial<ConnectorActivities> = {}): ConnectorActivities {
  return {
    validateConnector: async () => ({
      settings,
      partitions: [{ topic: 'orders', topicId: 'T', partition: 0, offset: '0' }],
    }),
    awaitBatch: async ({ positions, dueAtOnce }: AwaitBatchInput) => {
      const context = Context.current();
      const from = Number(positions[0]?.offset ?? 0);
      for (;;) {
        const ends = [String(log.end)];
        const end = Math.min(log.end, from + 100);
        if (end > from) {
          const ranges = [{ topic: 'orders', partition: 0, start: String(from), end: String(end) }];
          return { outcome: 'due', reason: 'records', ranges, ends };
        }
        if (dueAtOnce) return { outcome: 'idle', ends };
        context.heartbeat();
        await context.sleep(20);
      }
    },
    prepareBatch: async ({ ranges }) => {
      const rows = Number(ranges[0]?.end) - Number(ranges[0]?.start);
      const label = `p__orders__0__${ranges[0]?.start}`;
      const load = {
        database: 'db',
        table: 'orders',
        label,
        transactionId: '7',
        state: 'PRECOMMITTED',
        rows,
        filteredRows: 0,
        sizeBytes: rows,
      } as const;
      return { outcome: 'prepared', loads: [load], recordsRead: rows };
    },
    commitBatch: async ({ loads }) => ({
      outcome: 'committed',
      loads: loads.map((load) => ({ ...load, state: 'COMMITTED' as const })),
      visible: true,
    }),
    abortBatch: async () => ({ outcome: 'aborted' }),
    ...more,
  };
}

async function withConnector(
  activities: ConnectorActivities,
  work: (handle: WorkflowHandle, name: string) => Promise<void>,
  input: Partial<ConnectorInput> = {},
): Promise<void> {
  const name = randomName('orders');
  const taskQueue = randomName('queue');
  await withWorkers(rig, taskQueue, activities, async () => {
    const config = { name, 'connector.class': settings.connectorClass, 'doris.password': 'tell-nobody' };
    const handle = await rig.client.workflow.start(CONNECTOR_WORKFLOW, {
      workflowId: connectorWorkflowId(name),
      taskQueue,
      args: [{ name, config, ...input }],
    });
    try {
      await work(handle, name);
    } finally {
      await handle.terminate().catch(() => undefined);
    }
  });
}

function status(handle: WorkflowHandle): Promise<ConnectorStatus> {
  return handle.query<ConnectorStatus>(QUERIES.status);
}

function loaded(handle: WorkflowHandle, rows: number): Promise<ConnectorStatus> {
  return until(`${rows} rows loaded`, async () => {
    const now = await status(handle);
    return now.totals.rowsLoaded === rows && now;
  });
}

test('loads, tells of it, pauses, resumes and ends with its checkpoint', async () => {
  const log = { end: 250 };
  await withConnector(scripted(log), async (handle) => {
    expect(await loaded(handle, 250)).toMatchObject({ state: 'RUNNING', lag: '0', totals: { batches: 3 } });
    const paused = await handle.executeUpdate<{ state: string }, []>(UPDATES.pause);
    expect(paused.state).toBe('PAUSED');
    log.end = 300;
    await handle.signal(SIGNALS.resume);
    await loaded(handle, 300);
    const history = await handle.query<LedgerEntry[]>(QUERIES.history);
    expect(history.map(({ ranges }) => ranges[0]?.end)).toEqual(['100', '200', '250', '300']);
    expect(await handle.query(QUERIES.config)).toMatchObject({ 'doris.password': '[hidden]' });
    await handle.executeUpdate(UPDATES.delete);
    expect(await handle.result()).toMatchObject({ tasks: [{ partitions: [{ committed: '300' }], inFlight: [] }] });
  });
});

test('shows itself: search attributes, activity summaries, current details', async () => {
  await withConnector(scripted({ end: 100 }), async (handle) => {
    await loaded(handle, 100);
    const { typedSearchAttributes } = await handle.describe();
    const shown = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
    expect(shown).toMatchObject({
      ConnectorState: 'RUNNING',
      ConnectorClass: settings.connectorClass,
      Topic: ['orders'],
    });
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? [])
      .map((event) => event.userMetadata?.summary?.data)
      .filter((data) => data != null)
      .map((data) => JSON.parse(Buffer.from(data).toString()));
    expect(summaries).toEqual(
      expect.arrayContaining([
        'await orders[0]',
        'prepare orders[0] 100 records',
        'commit orders[0] 100 rows → db.orders',
      ]),
    );
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('is **RUNNING**: 100 rows loaded in 1 batches, exactly_once');
  });
});

test('a permanent failure stops the task with its own words; transient ones are retried unseen', async () => {
  let attempts = 0;
  let mended = false;
  const activities = scripted({ end: 100 });
  const { prepareBatch } = activities;
  activities.prepareBatch = async (input) => {
    attempts += 1;
    if (attempts <= 2) throw ApplicationFailure.create({ type: 'SINK_UNREACHABLE', message: 'connection refused' });
    if (!mended)
      throw ApplicationFailure.create({ type: 'SINK_TABLE_UNKNOWN', message: 'unknown table', nonRetryable: true });
    return prepareBatch(input);
  };
  await withConnector(activities, async (handle) => {
    const failed = await until('the failure', async () => {
      const now = await status(handle);
      return now.state === 'FAILED' && now;
    });
    expect(attempts).toBe(3);
    expect(failed.tasks[0]).toMatchObject({
      state: 'FAILED',
      failure: { code: 'SINK_TABLE_UNKNOWN', message: 'unknown table' },
    });
    mended = true;
    await handle.executeUpdate(UPDATES.restart, { args: [{}] });
    await loaded(handle, 100);
  });
});

test('refuses what makes no sense, before it is written down', async () => {
  await withConnector(scripted({ end: 0 }), async (handle) => {
    await until('running', async () => (await status(handle)).state === 'RUNNING');
    const refusals: [string, unknown][] = [
      [UPDATES.alterOffsets, { offsets: [{ topic: 'orders', partition: 0, offset: '5' }] }],
      [UPDATES.restart, { task: 9 }],
      [UPDATES.resolve, { task: 0, decision: 'skip' }],
      [UPDATES.reconfigure, { config: { name: 'another' } }],
    ];
    for (const [update, request] of refusals) {
      await expect(handle.executeUpdate(update, { args: [request] })).rejects.toThrow(WorkflowUpdateFailedError);
    }
    const { events } = await handle.fetchHistory();
    expect((events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
  });
});

test('a request to cancel the workflow, as the Web UI sends it, ends the connector in good order', async () => {
  await withConnector(scripted({ end: 100 }), async (handle) => {
    await loaded(handle, 100);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ tasks: [{ inFlight: [] }] });
  });
});

test('history holds references only: few events and few bytes per batch', async () => {
  await withConnector(scripted({ end: 2_000 }), async (handle) => {
    await loaded(handle, 2_000);
    const { historyLength, raw } = await handle.describe();
    const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    process.stdout.write(
      `history: ${(historyLength / 20).toFixed(1)} events and ${Math.round(bytes / 20)} bytes per batch\n`,
    );
    expect(historyLength / 20).toBeLessThanOrEqual(20);
    expect(bytes / 20).toBeLessThan(8_192);
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
    expect(scheduled.length).toBeLessThanOrEqual(20 * 4);
    expect(JSON.stringify(events)).not.toContain('payload of a row');
  });
});

test('a history replays on the same code', async () => {
  await withConnector(scripted({ end: 500 }), async (handle) => {
    await loaded(handle, 500);
    await handle.executeUpdate(UPDATES.pause);
    await handle.executeUpdate(UPDATES.resume);
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { code: await bundleCode() } }, history);
  });
});
