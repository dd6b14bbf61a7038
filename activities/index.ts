/**
 * The activities: everything of a connector that touches the world. Each is a thin frame (lease, errors) around a
 * function that is given what it needs, so that the same functions run under test and in simulation.
 */
import type { ConnectorActivities } from '../workflows/core/activities.js';
import { applySchemaChange } from './apply-schema-change.js';
import { awaitBatch } from './await-batch.js';
import { abortBatch, commitBatch } from './commit-batch.js';
import type { ActivityDeps } from './deps.js';
import { asActivity } from './failures.js';
import { type Lease, underLease } from './lease.js';
import { prepareBatch } from './prepare-batch.js';
import { validateConnector } from './validate-connector.js';

export type { ActivityDeps } from './deps.js';

export function createActivities(deps: ActivityDeps): ConnectorActivities {
  const run = <T>({ connector, task }: Whose, work: (lease: Lease) => Promise<T>): Promise<T> =>
    asActivity({ connector: connector.name, ...(task === undefined ? {} : { task }) }, () => underLease(work));
  return {
    validateConnector: (input) => run(input, ({ signal }) => validateConnector(deps, input, signal)),
    awaitBatch: async (input) => {
      const output = await run(input, ({ signal }) => awaitBatch(deps, input, signal));
      deps.metrics.looked(input, output);
      return output;
    },
    prepareBatch: (input) => run(input, (lease) => prepareBatch(deps, input, lease)),
    applySchemaChange: (input) => run(input, (lease) => applySchemaChange(deps, input, lease)),
    commitBatch: async (input) => {
      const output = await run(input, (lease) => commitBatch(deps, input, lease));
      deps.metrics.committed(input, output);
      return output;
    },
    abortBatch: (input) => run(input, (lease) => abortBatch(deps, input, lease)),
  };
}

/** Whose work it is: errors name it. */
interface Whose {
  readonly connector: { readonly name: string };
  readonly task?: number;
}
