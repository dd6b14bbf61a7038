/** Changes a table so that the rows of a batch can be loaded: a step of its own, with the DDL as its summary. */
import type { ApplySchemaChangeInput, ApplySchemaChangeOutput } from '../workflows/core/activities.js';
import type { ActivityDeps } from './deps.js';
import type { Lease } from './lease.js';

export async function applySchemaChange(
  { connectors, logger }: Pick<ActivityDeps, 'connectors' | 'logger'>,
  { connector, task, change }: ApplySchemaChangeInput,
  { check, signal }: Lease,
): Promise<ApplySchemaChangeOutput> {
  return connectors.use(connector, async ({ sink }) => {
    const { database, table } = change;
    check();
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
