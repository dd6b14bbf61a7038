/**
 * Starting a connector, and waiting until it stands.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ConnectorConfig, ConnectorInput, DesiredState } from '../workflows/core/model.js';
import { CONNECTOR_WORKFLOW, connectorWorkflowId } from '../workflows/messages.js';
import {
  callTemporal,
  explainFailure,
  hasWorker,
  isSearchAttributeMissing,
  SERVER_TIMEOUT_MS,
  workerAbsent,
} from './calls.js';
import { connectorStatus, handleOf, type ObservedStatus } from './connectors.js';
import { ClientError } from './errors.js';
import type { RetryInProgress } from './pending.js';
import { registerSearchAttributes, searchAttributes } from './search-attributes.js';
import type { TemporalSession } from './temporal.js';

const POLL_INTERVAL_MS = 400;
const REGISTRATION_TIMEOUT_MS = 15_000;

export interface StartRequest {
  readonly name: string;
  /** As the user wrote it: placeholders unresolved. */
  readonly config: ConnectorConfig;
  /** The same as it may be shown: secrets masked. */
  readonly shownConfig: ConnectorConfig;
  readonly connectorClass: string;
  readonly topics: readonly string[];
  readonly initialState?: DesiredState;
}

export interface StartedConnector {
  readonly name: string;
  readonly workflowId: string;
  readonly runId: string;
  /** The closed run whose final checkpoint is continued from. */
  readonly previousRunId?: string;
}

/**
 * Starts a connector's workflow. It goes on for as long as the connector lives, whether or not a worker is there.
 *
 * @throws ClientError CONNECTOR_EXISTS when a connector of this name runs already
 */
export async function startConnector(session: TemporalSession, request: StartRequest): Promise<StartedConnector> {
  const { name } = request;
  const previousRunId = await lastClosedRun(session, name);
  const input: ConnectorInput = {
    name,
    config: request.config,
    ...(previousRunId === undefined ? {} : { previousRunId }),
    ...(request.initialState === undefined ? {} : { initialState: request.initialState }),
  };
  const runId = await withSearchAttributes(session, name, () => startWorkflow(session, request, input));
  const workflowId = connectorWorkflowId(name);
  return { name, workflowId, runId, ...(previousRunId === undefined ? {} : { previousRunId }) };
}

async function startWorkflow(session: TemporalSession, request: StartRequest, input: ConnectorInput): Promise<string> {
  const { client, settings } = session;
  const start = client.workflow.start(CONNECTOR_WORKFLOW, {
    workflowId: connectorWorkflowId(request.name),
    taskQueue: settings.taskQueue,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    typedSearchAttributes: searchAttributes(request.connectorClass, request.topics),
    staticSummary: summaryOf(request),
    staticDetails: detailsOf(request.shownConfig),
  });
  return (await start).firstExecutionRunId;
}

/** Temporal keeps closed runs for the namespace's retention; after that there is nothing to continue from but Kafka. */
async function lastClosedRun(session: TemporalSession, name: string): Promise<string | undefined> {
  const described = await callTemporal(session, name, SERVER_TIMEOUT_MS, () =>
    handleOf(session, name)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }),
  );
  return described === undefined || described.status.name === 'RUNNING' ? undefined : described.runId;
}

/** Registers the search attributes where a namespace does not have them yet, and tries until they are in force. */
async function withSearchAttributes<T>(session: TemporalSession, name: string, start: () => Promise<T>): Promise<T> {
  const attempt = () => session.client.withDeadline(Date.now() + SERVER_TIMEOUT_MS, start);
  const deadline = Date.now() + REGISTRATION_TIMEOUT_MS;
  for (let registered = false; ; registered = true) {
    try {
      return await attempt();
    } catch (error) {
      if (!isSearchAttributeMissing(error) || Date.now() > deadline) {
        throw await explainFailure(session, name, SERVER_TIMEOUT_MS, error);
      }
      if (!registered) await registerSearchAttributes(session);
      await delay(POLL_INTERVAL_MS);
    }
  }
}

/** `orders, payments → DorisSinkConnector`: the line that the Web UI shows in its list. */
function summaryOf({ topics, connectorClass, config }: StartRequest): string {
  const source = topics.length > 0 ? topics.join(', ') : (config['topics.regex'] ?? '');
  return `${source} → ${connectorClass.split('.').at(-1)}`.slice(0, 200);
}

function detailsOf(config: ConnectorConfig): string {
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value}`);
  return ['```', ...lines, '```'].join('\n').slice(0, 10_000);
}

export interface SettleOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Called once for every new retry of what keeps the connector from starting. */
  onRetry?: (retry: RetryInProgress) => void;
}

/**
 * Waits until a worker polls the connectors' task queue.
 *
 * @throws ClientError WORKER_ABSENT
 */
export async function waitForWorker(
  session: TemporalSession,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  while (!(await hasWorker(session))) {
    if (Date.now() > deadline) throw workerAbsent(session.settings.taskQueue);
    await pause(options.signal);
  }
}

/**
 * Waits until a connector has left STARTING and returns its status, whatever state that is.
 *
 * @throws ClientError WORKER_ABSENT, or TIMED_OUT with what is being retried
 */
export async function waitUntilSettled(
  session: TemporalSession,
  name: string,
  options: SettleOptions,
): Promise<ObservedStatus> {
  const deadline = Date.now() + options.timeoutMs;
  const reported = new Set<string>();
  for (;;) {
    const status = await connectorStatus(session, name);
    if (status.state !== 'STARTING') return status;
    for (const retry of status.retries) {
      const attempt = `${retry.activityId}/${retry.attempt}`;
      if (!reported.has(attempt)) options.onRetry?.(retry);
      reported.add(attempt);
    }
    if (Date.now() > deadline) throw stillStarting(name, options.timeoutMs, status.retries);
    await pause(options.signal);
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await delay(POLL_INTERVAL_MS, undefined, signal === undefined ? {} : { signal });
}

function stillStarting(name: string, timeoutMs: number, retries: readonly RetryInProgress[]): ClientError {
  const [retry] = retries;
  const reason = retry === undefined ? '' : ` ${retry.activity}, attempt ${retry.attempt}: ${retry.message}`;
  const message = `Connector ${name} is still starting after ${Math.round(timeoutMs / 1000)} s.${reason}`;
  return new ClientError('TIMED_OUT', message, {
    connector: name,
    hint: `It goes on trying. Follow it by: sluice connector status ${name} --watch`,
  });
}
