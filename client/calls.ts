/**
 * Calls to a connector's workflow: each with a deadline, each failure in the user's words.
 */
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { CONNECTOR_WORKFLOW } from '../workflows/messages.js';
import { ClientError, unknownConnector } from './errors.js';
import { type TemporalSession, temporalUnreachable } from './temporal.js';

/** What Temporal's server answers by itself. */
export const SERVER_TIMEOUT_MS = 10_000;
/**
 * What needs a worker: a query, the acceptance of an update. After a worker has died, its workflows wait ten seconds
 * for it (Temporal's sticky queue) before another one gets them.
 */
export const WORKER_TIMEOUT_MS = 20_000;
/** An update that waits for batches in flight to end. */
export const DRAIN_TIMEOUT_MS = 120_000;

/** gRPC status codes as grpc-js numbers them. */
const GRPC = {
  cancelled: 1,
  deadlineExceeded: 4,
  permissionDenied: 7,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
};

/** A worker that idles asks for work anew at least this often (Temporal's long poll lasts a minute). */
const POLL_INTERVAL_MS = 70_000;

const TASK_QUEUE_TYPE_WORKFLOW = 1;

/**
 * Runs one call about a connector under a deadline.
 *
 * @throws ClientError in place of whatever the SDK throws
 */
export async function callTemporal<T>(
  session: TemporalSession,
  connector: string | undefined,
  timeoutMs: number,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await session.client.withDeadline(Date.now() + timeoutMs, call);
  } catch (error) {
    throw await explainFailure(session, connector, timeoutMs, error);
  }
}

/** Tells what an SDK error means for a person. Asks the task queue for its workers when nobody has answered. */
export async function explainFailure(
  session: TemporalSession,
  connector: string | undefined,
  timeoutMs: number,
  error: unknown,
): Promise<ClientError> {
  if (error instanceof ClientError) return error;
  const options = { cause: error, ...(connector === undefined ? {} : { connector }) };
  const { settings } = session;
  if (error instanceof WorkflowNotFoundError) return unknownConnector(connector ?? '', error);
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new ClientError('CONNECTOR_EXISTS', `Connector ${connector} exists already.`, {
      ...options,
      hint: `Change it by: sluice connector reconfigure ${connector} <file>. Or end it by: sluice connector delete ${connector}`,
    });
  }
  if (error instanceof NamespaceNotFoundError) {
    const message = `Temporal at ${settings.address} has no namespace ${settings.namespace}.`;
    return new ClientError('TEMPORAL_REFUSED', message, { ...options, hint: 'Set --namespace or TEMPORAL_NAMESPACE.' });
  }
  if (error instanceof WorkflowUpdateFailedError) return rejected(error, options);
  const grpcCode = grpcCodeOf(error);
  if (grpcCode === GRPC.unavailable) return temporalUnreachable(settings.address, error);
  if (grpcCode === GRPC.permissionDenied || grpcCode === GRPC.unauthenticated) {
    const message = `Temporal at ${settings.address} refuses access to namespace ${settings.namespace}: ${detailsOf(error)}.`;
    return new ClientError('TEMPORAL_REFUSED', message, {
      ...options,
      hint: 'Check TEMPORAL_API_KEY and the TLS settings.',
    });
  }
  if (isUnanswered(error, grpcCode)) return unanswered(session, connector, timeoutMs, error);
  return new ClientError('REQUEST_FAILED', `Temporal reports: ${detailsOf(error)}.`, options);
}

function isUnanswered(error: unknown, grpcCode: number | undefined): boolean {
  return (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    grpcCode === GRPC.deadlineExceeded ||
    grpcCode === GRPC.cancelled ||
    (grpcCode === GRPC.failedPrecondition && /no poller seen/i.test(detailsOf(error)))
  );
}

/** A validator's or handler's own text is what the user needs; the code says which kind it is. */
function rejected(error: WorkflowUpdateFailedError, options: { cause: unknown; connector?: string }): ClientError {
  const { cause } = error;
  const message = cause?.message ?? error.message;
  const invalid = cause instanceof ApplicationFailure && cause.type === 'CONFIG_INVALID';
  return new ClientError(invalid ? 'CONFIG_INVALID' : 'REQUEST_REJECTED', message, options);
}

async function unanswered(
  session: TemporalSession,
  connector: string | undefined,
  timeoutMs: number,
  cause: unknown,
): Promise<ClientError> {
  const { taskQueue } = session.settings;
  const waited = `within ${Math.round(timeoutMs / 1000)} s`;
  const options = { cause, ...(connector === undefined ? {} : { connector }) };
  const polled = await hasWorker(session).catch(() => undefined);
  if (polled === undefined) return temporalUnreachable(session.settings.address, cause);
  if (!polled) return workerAbsent(taskQueue, options);
  return new ClientError('WORKER_ABSENT', `No worker on task queue ${taskQueue} has answered ${waited}.`, {
    ...options,
    hint: 'The workers may be stopped or overloaded: see their logs, or start one more by: sluice worker',
  });
}

export function workerAbsent(taskQueue: string, options: { cause?: unknown; connector?: string } = {}): ClientError {
  return new ClientError('WORKER_ABSENT', `No worker polls task queue ${taskQueue}.`, {
    ...options,
    hint: 'Start one by: sluice worker worker.properties',
  });
}

/** Whether a worker has asked the connectors' task queue for work of late. */
export async function hasWorker(session: TemporalSession): Promise<boolean> {
  const { namespace, taskQueue } = session.settings;
  const { pollers } = await session.client.withDeadline(Date.now() + SERVER_TIMEOUT_MS, () =>
    session.client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
    }),
  );
  const oldest = Date.now() - POLL_INTERVAL_MS;
  return (pollers ?? []).some((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 >= oldest);
}

/** True when the error says that a search attribute has not been registered on the namespace. */
export function isSearchAttributeMissing(error: unknown): boolean {
  return /no mapping defined for search attribute|search attribute .* is not defined/i.test(detailsOf(error));
}

function grpcCodeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  if (error instanceof ServiceError && isGrpcServiceError(error.cause)) return error.cause.code;
  return undefined;
}

/** The server's own words, without the SDK's "Failed to …" and gRPC's code in front. */
function detailsOf(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details;
  if (error instanceof ServiceError && error.cause !== undefined) return detailsOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** The visibility query that finds connectors. */
export function connectorsQuery(includeClosed: boolean): string {
  return `WorkflowType = "${CONNECTOR_WORKFLOW}"${includeClosed ? '' : ' AND ExecutionStatus = "Running"'}`;
}
