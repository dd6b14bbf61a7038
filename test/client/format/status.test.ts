import { hasFailed } from '../../../client/commands/connector/status.js';
import type { ObservedStatus } from '../../../client/connectors.js';
import { renderStatus } from '../../../client/format/status.js';

const NOW_MS = Date.UTC(2026, 2, 4, 5, 6, 7);
const view = { width: 120, nowMs: NOW_MS, paint: (_style: string, text: string) => text };

const running: ObservedStatus = {
  name: 'orders',
  state: 'RUNNING',
  connectorClass: 'org.apache.doris.kafka.connector.DorisSinkConnector',
  type: 'sink',
  identity: { id: 'abc', epoch: 0 },
  generation: 1,
  settings: {
    connectorClass: 'org.apache.doris.kafka.connector.DorisSinkConnector',
    labelPrefix: 'orders',
    kind: 'sink',
    tasksMax: 1,
    pipelineDepth: 2,
    retryIntervalMs: 1000,
    guarantee: 'exactly_once',
    guaranteeReason: 'two-phase commit',
    warnings: [],
    topics: ['orders'],
  },
  tasks: [
    {
      task: 0,
      state: 'RUNNING',
      partitions: [
        { topic: 'orders', partition: 0, committed: '1000', next: '1500', end: '1600', lag: '600' },
        { topic: 'orders', partition: 1, committed: '7', next: '7' },
      ],
      inFlight: [],
    },
  ],
  totals: {
    batches: 3,
    recordsRead: 1009,
    rowsLoaded: 1007,
    rowsFiltered: 2,
    sizeBytes: 2048,
    stalls: 0,
    schemaChanges: 0,
    deadLetters: 0,
    skipped: 0,
  },
  rowsPerSecond: 12.4,
  lag: '600',
  lastCommitAtMs: NOW_MS - 3000,
  workflowId: 'connector/orders',
  runId: 'run',
  taskQueue: 'sluice',
  retries: [],
};

test('a running connector: guarantee, totals, one line per partition', () => {
  expect(renderStatus(running, view)).toEqual([
    'orders  RUNNING  org.apache.doris.kafka.connector.DorisSinkConnector',
    'guarantee  exactly_once: two-phase commit',
    'loaded     1,007 rows (2.0 KiB), 2 filtered in 3 batches, last commit 3 s ago',
    'now        12 rows/s, lag 600',
    '',
    'TASK  STATE    TOPIC[PARTITION]  COMMITTED  IN FLIGHT    END  LAG',
    '   0  RUNNING  orders[0]             1,000        500  1,600  600',
    '   0  RUNNING  orders[1]                 7          0      -    -',
  ]);
  expect(hasFailed(running)).toBe(false);
});

test('changes of tables are counted', () => {
  const totals = { ...running.totals, schemaChanges: 2 };
  expect(renderStatus({ ...running, totals }, view)).toContain('tables     changed by 2 statements');
});

test('a retry in progress is told with its attempt, its next time and the words of the database', () => {
  const retry = {
    activity: 'prepareBatch',
    activityId: '7',
    attempt: 4,
    code: 'SINK_TOO_MANY_VERSIONS',
    message: 'tablet writer write failed, tablet_id=10, err=-235',
    nextAttemptAtMs: NOW_MS + 8000,
  };
  expect(renderStatus({ ...running, retries: [retry] }, view).at(-1)).toBe(
    'retrying   prepareBatch, attempt 4 in 8 s: SINK_TOO_MANY_VERSIONS: tablet writer write failed, tablet_id=10, err=-235',
  );
});

test('a task that stands still: since when, what with, and where to look', () => {
  const ranges = [0, 1, 2, 3, 4, 5, 6].map((partition) => ({ topic: 'orders', partition, start: '5', end: '9' }));
  const stall = { sinceMs: NOW_MS - 420_000, phase: 'COMMIT', sequence: 4, ranges, labels: ['l__1'] } as const;
  const [task] = running.tasks;
  if (task === undefined) throw new Error('there is no task');
  const totals = { ...running.totals, stalls: 2, deadLetters: 0, skipped: 0 };
  const lines = renderStatus({ ...running, totals, tasks: [{ ...task, stall }] }, view);
  expect(lines).toContain('stalled    2 times so far');
  expect(lines.slice(-2)).toEqual([
    'stalled    task 0: no progress for 7 min: batch 4 is being committed: orders[0] 5..9, orders[1] 5..9, orders[2] 5..9, orders[3] 5..9, orders[4] 5..9 and 2 more ranges, label l__1',
    "           Look for the label among the database's transactions; sluice connector status shows what is being retried, and why.",
  ]);
});

test('a task in doubt shows the label to look for and how to decide', () => {
  const load = {
    database: 'db',
    table: 't',
    label: 'l__1',
    state: 'PRECOMMITTED' as const,
    rows: 1,
    filteredRows: 0,
    sizeBytes: 9,
  };
  const failed: ObservedStatus = {
    ...running,
    state: 'FAILED',
    tasks: [
      {
        task: 0,
        state: 'IN_DOUBT',
        partitions: [],
        inFlight: [],
        failure: {
          code: 'IN_DOUBT',
          message: 'transaction 5 is not known',
          atMs: NOW_MS - 1000,
          inDoubt: { sequence: 9, loads: [load] },
        },
      },
    ],
  };
  const lines = renderStatus(failed, view);
  expect(lines).toContain('task 0     1 s ago: IN_DOUBT: transaction 5 is not known');
  expect(lines).toContain('           db.t under label l__1');
  expect(lines.join('\n')).toContain('sluice connector resolve orders --task 0 --skip | --reload');
  expect(hasFailed(failed)).toBe(true);
});

test('more partitions than fit are counted', () => {
  expect(renderStatus(running, { ...view, maxPartitions: 1 }).at(-1)).toBe('… and 1 partition more');
});
