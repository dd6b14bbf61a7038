/** A namespace that is not there is told before a worker is created, which would keep the process from ending. */
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { SluiceError } from '../connect/errors.js';

const DEADLINE_MS = 10_000;
const GRPC_NOT_FOUND = 5;

/**
 * Any other trouble, such as the missing right to describe a namespace, is left to the worker to find.
 * @throws CONFIG_INVALID when Temporal knows no such namespace
 */
export async function checkNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== GRPC_NOT_FOUND) return;
    throw new SluiceError(
      'CONFIG_INVALID',
      `Temporal at ${connection.options.address} has no namespace ${namespace}.`,
      {
        hint: `Correct temporal.namespace, or create it: temporal operator namespace create ${namespace}`,
        cause: error,
      },
    );
  }
}
