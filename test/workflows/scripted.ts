/** A connector workflow on the run's Temporal server whose activities are functions of the test. */
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { AwaitBatchInput, ConnectorActivities } from '../../workflows/core/activities.js';
import type { ConnectorInput, CoreSettings } from '../../workflows/core/model.js';
import { CONNECTOR_WORKFLOW, type ConnectorStatus, connectorWorkflowId, QUERIES } from '../../workflows/messages.js';
import { randomName, type TemporalRig, until, withWorkers } from '../support/temporal.js';

export const settings: CoreSettings = {
  connectorClass: 'org.apache.doris.kafka.connector.DorisSinkConnector',
  kind: 'sink',
  labelPrefix: 'p',
  tasksMax: 1,
  pipelineDepth: 2,
  retryIntervalMs: 100,
  stallTimeoutMs: 300_000,
  guarantee: 'exactly_once',
  guaranteeReason: 'two-phase commit',
  warnings: [],
  topics: ['orders'],
};

/** One partition whose log grows when the test says so; loads of 100 records. */
export function scripted(log: { end: number }, more: Partial<ConnectorActivities> = {}): ConnectorActivities {
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
    applySchemaChange: async () => ({ statements: [] }),
    abortBatch: async () => ({ outcome: 'aborted' }),
    ...more,
  };
}

export async function withConnector(
  rig: TemporalRig,
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

export function status(handle: WorkflowHandle): Promise<ConnectorStatus> {
  return handle.query<ConnectorStatus>(QUERIES.status);
}

export function loaded(handle: WorkflowHandle, rows: number): Promise<ConnectorStatus> {
  return until(`${rows} rows loaded`, async () => {
    const now = await status(handle);
    return now.totals.rowsLoaded === rows && now;
  });
}
