/** Activities as a script: two partitions of ten records each, and failures where the configuration asks for them. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ConnectorActivities } from '../../../workflows/core/activities.js';

/** Keys that only the script knows; the command warns of them and hands them on. */
export const SCRIPT = { refuse: 'script.refuse', busy: 'script.busy', inDoubt: 'script.in.doubt' } as const;

const END = '10';

export function scriptedActivities(): ConnectorActivities {
  return {
    validateConnector: async ({ connector: { config } }) => {
      const refusal = config[SCRIPT.refuse];
      if (refusal !== undefined)
        throw ApplicationFailure.create({ type: 'CONFIG_INVALID', message: refusal, nonRetryable: true });
      return {
        settings: {
          connectorClass: config['connector.class'] ?? '',
          kind: 'sink',
          labelPrefix: 'orders',
          tasksMax: Number(config['tasks.max'] ?? '1'),
          pipelineDepth: 2,
          retryIntervalMs: 50,
          guarantee: 'exactly_once',
          guaranteeReason: 'two-phase commit',
          warnings: [],
          topics: ['orders'],
        },
        partitions: [0, 1].map((partition) => ({ topic: 'orders', partition, topicId: 'T', offset: '0' })),
      };
    },
    awaitBatch: async ({ positions }) => {
      const ends = positions.map(() => END);
      const waiting = positions.filter(({ offset }) => offset !== END);
      const ranges = waiting.map(({ topic, partition, offset }) => ({ topic, partition, start: offset, end: END }));
      if (ranges.length > 0) return { outcome: 'due', reason: 'start', ranges, ends };
      const context = Context.current();
      for (;;) {
        context.heartbeat();
        await context.sleep(50);
      }
    },
    prepareBatch: async ({ connector: { config }, task, sequence, ranges, identity, settled }) => {
      const busy = config[SCRIPT.busy];
      if (busy !== undefined) throw ApplicationFailure.create({ type: 'SINK_TOO_MANY_VERSIONS', message: busy });
      const rows = ranges.reduce((sum, { start, end }) => sum + Number(end) - Number(start), 0);
      const label = `orders__${task}__${sequence}__${identity.epoch}`;
      const load = {
        database: 'db',
        table: 'orders',
        label,
        transactionId: '7',
        state: 'PRECOMMITTED',
        rows,
        filteredRows: 0,
        sizeBytes: rows * 100,
      } as const;
      // A table that an operator took for loaded is not loaded again.
      return { outcome: 'prepared', loads: (settled ?? []).length === 0 ? [load] : [], recordsRead: rows };
    },
    commitBatch: async ({ connector: { config }, loads, identity }) => {
      if (config[SCRIPT.inDoubt] !== undefined && loads.length > 0 && identity.epoch === 0) {
        return { outcome: 'inDoubt', loads, message: 'transaction 7 is not known' };
      }
      return {
        outcome: 'committed',
        loads: loads.map((load) => ({ ...load, state: 'COMMITTED' as const })),
        visible: true,
      };
    },
    applySchemaChange: async () => ({ statements: [] }),
    abortBatch: async () => ({ outcome: 'aborted' }),
  };
}
