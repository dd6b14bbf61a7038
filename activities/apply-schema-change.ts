/** Changes a table so that the rows of a batch can be loaded: a step of its own, with the DDL as its summary. */
import { systemClock } from '../connect/clock.js';
import type { ApplySchemaChangeInput, ApplySchemaChangeOutput } from '../workflows/core/activities.js';
import type { ActivityDeps } from './deps.js';
import { checkFence } from './fence.js';
import type { Lease } from './lease.js';

/**
 * @throws SluiceError as `checkFence` before a table is emptied: a workflow that knows less than the group would take
 *   rows away that were loaded since
 */
export async function applySchemaChange(
  { connectors, logger, clock = systemClock }: Pick<ActivityDeps, 'connectors' | 'logger' | 'clock'>,
  input: ApplySchemaChangeInput,
  { check, signal }: Lease,
): Promise<ApplySchemaChangeOutput> {
  return connectors.use(input.connector, async ({ sink, log, group }) => {
    const { connector, task, change } = input;
    const { database, table } = change;
    check();
    // A batch whose commit was begun has had its truncate.
    if (change.kind === 'truncate' && (await checkFence({ log, group, clock }, input, signal)) !== 'open') {
      return { statements: [] };
    }
    try {
      const statements = await sink.driver.applySchemaChange(change, { check, signal });
      for (const statement of statements) {
        logger.info({ connector: connector.name, task, table: `${database}.${table}`, statement }, 'table changed');
      }
      return { statements };
    } finally {
      sink.tables.forget({ database, table });
    }
  });
}
