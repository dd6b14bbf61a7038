/** The connector workflow on a real Temporal server; its activities are scripted. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { LedgerEntry } from '../../workflows/core/model.js';
import { QUERIES, SIGNALS, UPDATES } from '../../workflows/messages.js';
import { connectRig, type TemporalRig, until } from '../support/temporal.js';
import { loaded, scripted, settings, status, withConnector } from './scripted.js';

let rig: TemporalRig;

beforeAll(async () => {
  rig = await connectRig();
});
afterAll(() => rig.close());

test('loads, tells of it, pauses, resumes and ends with its checkpoint', async () => {
  const log = { end: 250 };
  await withConnector(rig, scripted(log), async (handle) => {
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
  await withConnector(rig, scripted({ end: 100 }), async (handle) => {
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

test('a change of a table is a step of its own, with the DDL as its summary', async () => {
  const statement = 'ALTER TABLE `db`.`orders` ADD COLUMN (`note` STRING NULL)';
  const activities = scripted({ end: 100 });
  const { prepareBatch } = activities;
  activities.prepareBatch = async (input) => {
    if (input.changed !== undefined) return prepareBatch(input);
    const schema = { row: { type: 'STRUCT', optional: false, fields: [] }, keys: [], dialect: 'mysql' } as const;
    const table = { database: 'db', table: 'orders' };
    return { outcome: 'schemaChange', changes: [{ kind: 'schema', ...table, schema, statements: [statement] }] };
  };
  activities.applySchemaChange = async () => ({ statements: [statement] });
  await withConnector(rig, activities, async (handle) => {
    expect(await loaded(handle, 100)).toMatchObject({ totals: { schemaChanges: 1 } });
    const { events } = await handle.fetchHistory();
    const step = (events ?? []).find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'applySchemaChange',
    );
    expect(JSON.parse(Buffer.from(step?.userMetadata?.summary?.data ?? []).toString())).toBe(statement);
    expect(await handle.query(QUERIES.history)).toMatchObject([{ ddl: [statement] }]);
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
  await withConnector(rig, activities, async (handle) => {
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
  await withConnector(rig, scripted({ end: 0 }), async (handle) => {
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
  await withConnector(rig, scripted({ end: 100 }), async (handle) => {
    await loaded(handle, 100);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ tasks: [{ inFlight: [] }] });
  });
});

test('history holds references only: few events and few bytes per batch', async () => {
  await withConnector(rig, scripted({ end: 2_000 }), async (handle) => {
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
