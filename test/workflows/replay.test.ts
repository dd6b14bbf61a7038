/**
 * Histories of released versions replay on today's code: a running connector survives an upgrade of its workers.
 *
 * The histories in `histories/` are recorded from the released commit, never from the code under test:
 * `SLUICE_RECORD_HISTORIES=0.1.0 npm test -- test/workflows/replay` writes those of a release.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import type { ConnectorActivities } from '../../workflows/core/activities.js';
import { UPDATES } from '../../workflows/messages.js';
import { connectRig, sharedBundle, type TemporalRig, until } from '../support/temporal.js';
import { loaded, scripted, status, withConnector } from './scripted.js';

const FOLDER = join(process.cwd(), 'test/workflows/histories');
const RECORD = process.env.SLUICE_RECORD_HISTORIES;

let rig: TemporalRig;

beforeAll(async () => {
  rig = await connectRig();
});
afterAll(() => rig.close());

type Handle = Parameters<Parameters<typeof withConnector>[2]>[0];

interface Scenario {
  readonly name: string;
  activities(log: { end: number }): ConnectorActivities;
  run(handle: Handle, log: { end: number }): Promise<void>;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'loading',
    activities: (log) => scripted(log),
    run: async (handle) => {
      await loaded(handle, 500);
    },
  },
  {
    name: 'known-backlog',
    activities: (log) => {
      const activities = scripted(log);
      const validateConnector: ConnectorActivities['validateConnector'] = async (input) => {
        const { settings, partitions } = await activities.validateConnector(input);
        const seen = { end: String(log.end), leaderEpoch: 0 };
        return {
          settings: { ...settings, batch: { maxRecords: 100, maxBytes: 1 << 20 } },
          partitions: partitions.map((partition) => ({ ...partition, ...seen })),
        };
      };
      return { ...activities, validateConnector };
    },
    run: async (handle, log) => {
      await loaded(handle, 500);
      log.end = 700;
      await loaded(handle, 700);
    },
  },
  {
    name: 'paused-and-resumed',
    activities: (log) => scripted(log),
    run: async (handle, log) => {
      await loaded(handle, 500);
      await handle.executeUpdate(UPDATES.pause);
      log.end = 700;
      await handle.executeUpdate(UPDATES.resume);
      await loaded(handle, 700);
    },
  },
  {
    name: 'failed-and-restarted',
    activities: (log) => {
      const activities = scripted(log);
      let failures = 0;
      const prepareBatch: ConnectorActivities['prepareBatch'] = async (input) => {
        if (failures++ === 2) {
          throw ApplicationFailure.create({ type: 'SINK_TABLE_UNKNOWN', message: 'unknown table', nonRetryable: true });
        }
        return activities.prepareBatch(input);
      };
      return { ...activities, prepareBatch };
    },
    run: async (handle) => {
      await until('the failure', async () => (await status(handle)).state === 'FAILED');
      await handle.executeUpdate(UPDATES.restart, { args: [{}] });
      await loaded(handle, 500);
    },
  },
  {
    name: 'stopped-and-moved',
    activities: (log) => scripted(log),
    run: async (handle) => {
      await loaded(handle, 500);
      await handle.executeUpdate(UPDATES.stop);
      const offsets = [{ topic: 'orders', partition: 0, offset: '400' }];
      await handle.executeUpdate(UPDATES.alterOffsets, { args: [{ offsets }] });
      await handle.executeUpdate(UPDATES.resume);
      await loaded(handle, 600);
    },
  },
  {
    name: 'overtaken-by-its-group',
    activities: (log) => {
      const activities = scripted(log);
      let isKnown = false;
      const validateConnector: ConnectorActivities['validateConnector'] = async (input) => {
        const output = await activities.validateConnector(input);
        if (!isKnown || input.begins === undefined) return output;
        const positions = [{ topic: 'orders', partition: 0, offset: '300' }];
        const identity = { ...input.begins, epoch: input.begins.epoch + 1 };
        return { ...output, recovered: { identity, batches: [], positions } };
      };
      const commitBatch: ConnectorActivities['commitBatch'] = async (input) => {
        if (isKnown || input.sequence < 3) return activities.commitBatch(input);
        isKnown = true;
        throw ApplicationFailure.create({ type: 'POSITION_PASSED', message: 'a later life', nonRetryable: true });
      };
      return { ...activities, validateConnector, commitBatch };
    },
    run: async (handle) => {
      const { identity } = await loaded(handle, 400);
      expect(identity.epoch).toBe(1);
    },
  },
  {
    name: 'stalled-and-gone-on',
    activities: (log) => {
      const activities = scripted(log);
      const validateConnector: ConnectorActivities['validateConnector'] = async (input) => {
        const output = await activities.validateConnector(input);
        return { ...output, settings: { ...output.settings, stallTimeoutMs: 1_000 } };
      };
      const prepareBatch: ConnectorActivities['prepareBatch'] = async (input) => {
        // A load that hangs until the log has grown.
        while (log.end === 500 && input.sequence === 3) await Context.current().sleep(20);
        return activities.prepareBatch(input);
      };
      return { ...activities, validateConnector, prepareBatch };
    },
    run: async (handle, log) => {
      await until('the stall', async () => (await status(handle)).tasks[0]?.stall?.phase === 'PREPARE');
      log.end = 600;
      const { tasks, totals } = await loaded(handle, 600);
      expect([tasks[0]?.stall, totals.stalls]).toEqual([undefined, 1]);
    },
  },
  {
    name: 'tables-changed',
    activities: (log) => {
      const activities = scripted(log);
      const place = { topic: 'orders', partition: 0, offset: '300' };
      const prepareBatch: ConnectorActivities['prepareBatch'] = async (input) => {
        const table = { database: 'db', table: 'orders' };
        if (input.sequence === 2 && input.changed === undefined) {
          const row = { type: 'STRUCT', optional: false, fields: [] } as const;
          const schema = { row, keys: [], dialect: 'mysql' } as const;
          const statements = ['ALTER TABLE `db`.`orders` ADD COLUMN (`note` STRING NULL)'];
          return { outcome: 'schemaChange', changes: [{ kind: 'schema', ...table, schema, statements }] };
        }
        if (input.ranges[0]?.start === '300' && input.applied === undefined) {
          return { outcome: 'schemaChange', changes: [{ kind: 'truncate', ...table, ...place }] };
        }
        return activities.prepareBatch(input);
      };
      const applySchemaChange: ConnectorActivities['applySchemaChange'] = async ({ change }) => ({
        statements: change.kind === 'schema' ? change.statements : ['TRUNCATE TABLE `db`.`orders`'],
      });
      return { ...activities, prepareBatch, applySchemaChange };
    },
    run: async (handle) => {
      const { totals } = await loaded(handle, 500);
      expect(totals.schemaChanges).toBe(2);
    },
  },
];

async function record({ activities, run }: Scenario): Promise<string> {
  const log = { end: 500 };
  let json = '';
  await withConnector(rig, activities(log), async (handle) => {
    await run(handle, log);
    await handle.executeUpdate(UPDATES.delete);
    await handle.result();
    json = historyToJSON(await handle.fetchHistory());
  });
  return json;
}

async function replay(json: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: { code: await sharedBundle() } }, JSON.parse(json));
}

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  'a history made now replays: %s',
  async (name, scenario) => {
    const json = await record(scenario);
    await replay(json);
    if (RECORD === undefined) return;
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, `${RECORD}-${name}.json`), json);
  },
);

test('histories of released versions replay', async () => {
  const recorded = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith('.json')) : [];
  expect(recorded.length).toBeGreaterThan(0);
  for (const file of recorded) await replay(readFileSync(join(FOLDER, file), 'utf8'));
});
