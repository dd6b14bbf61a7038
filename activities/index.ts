/**
 * The activities: everything of a connector that touches the world. Each is a thin frame (lease, errors) around a
 * function that is given what it needs, so that the same functions run under test and in simulation.
 */
import type { ConnectorActivities } from '../workflows/core/activities.js';
import { awaitBatch } from './await-batch.js';
import { abortBatch, commitBatch } from './commit-batch.js';
import type { ActivityDeps } from './deps.js';
import { asActivity } from './failures.js';
import { underLease } from './lease.js';
import { prepareBatch } from './prepare-batch.js';
import { validateConnector } from './validate-connector.js';

export type { ActivityDeps } from './deps.js';

export function createActivities(deps: ActivityDeps): ConnectorActivities {
  return {
    validateConnector: (input) =>
      asActivity({ connector: input.connector.name }, () =>
        underLease(({ signal }) => validateConnector(deps, input, signal)),
      ),
    awaitBatch: (input) =>
      asActivity({ connector: input.connector.name, task: input.task }, () =>
        underLease(({ signal }) => awaitBatch(deps, input, signal)),
      ),
    prepareBatch: (input) =>
      asActivity({ connector: input.connector.name, task: input.task }, () =>
        underLease((lease) => prepareBatch(deps, input, lease)),
      ),
    commitBatch: (input) =>
      asActivity({ connector: input.connector.name, task: input.task }, () =>
        underLease((lease) => commitBatch(deps, input, lease)),
      ),
    abortBatch: (input) =>
      asActivity({ connector: input.connector.name, task: input.task }, () =>
        underLease((lease) => abortBatch(deps, input, lease)),
      ),
  };
}
