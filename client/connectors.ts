/**
 * Connectors from outside: start them, ask them, tell them what to do.
 *
 * Each function is one call to a connector's workflow under a deadline. The `sluice` command and any other front end
 * are built on these; what they throw is a ClientError in the user's words.
 */
import type { WorkflowHandle } from '@temporalio/client';
import type { Checkpoint, ConnectorConfig, PartitionState } from '../workflows/core/model.js';
import { byTopicAndPartition } from '../workflows/core/offsets.js';
import {
  type Acknowledgement,
  type AlterOffsetsRequest,
  type ConnectorStatus,
  connectorWorkflowId,
  type History,
  QUERIES,
  type ReconfigureRequest,
  type ResolveRequest,
  type RestartRequest,
  UPDATES,
} from '../workflows/messages.js';
import { callTemporal, connectorsQuery, DRAIN_TIMEOUT_MS, SERVER_TIMEOUT_MS, WORKER_TIMEOUT_MS } from './calls.js';
import { unknownConnector } from './errors.js';
import { type RetryInProgress, retriesInProgress } from './pending.js';
import { CLASS_KEY, STATE_KEY, TOPIC_KEY } from './search-attributes.js';
import type { TemporalSession } from './temporal.js';

/** One line of `list`: what visibility knows without asking the connector itself. */
export interface ConnectorSummary {
  readonly name: string;
  readonly workflowId: string;
  readonly runId: string;
  /** `CLOSED` when its workflow has ended. */
  readonly state: string;
  readonly connectorClass: string;
  readonly topics: readonly string[];
  readonly startedAtMs: number;
}

/** A connector's status with what only Temporal's server knows. */
export interface ObservedStatus extends ConnectorStatus {
  readonly workflowId: string;
  readonly runId: string;
  readonly taskQueue: string;
  readonly retries: readonly RetryInProgress[];
}

/** Every connector of the namespace, by name; those that have ended only when asked for. */
export async function listConnectors(
  session: TemporalSession,
  options: { includeClosed?: boolean } = {},
): Promise<ConnectorSummary[]> {
  const newestRuns = new Map<string, ConnectorSummary>();
  await callTemporal(session, undefined, SERVER_TIMEOUT_MS, async () => {
    for await (const run of session.client.workflow.list({ query: connectorsQuery(options.includeClosed ?? false) })) {
      const seen = newestRuns.get(run.workflowId);
      if (seen !== undefined && seen.startedAtMs >= run.startTime.getTime()) continue;
      newestRuns.set(run.workflowId, {
        name: run.workflowId.slice(connectorWorkflowId('').length),
        workflowId: run.workflowId,
        runId: run.runId,
        state: run.status.name === 'RUNNING' ? (run.typedSearchAttributes.get(STATE_KEY) ?? 'STARTING') : 'CLOSED',
        connectorClass: run.typedSearchAttributes.get(CLASS_KEY) ?? '',
        topics: run.typedSearchAttributes.get(TOPIC_KEY) ?? [],
        startedAtMs: run.startTime.getTime(),
      });
    }
  });
  return [...newestRuns.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * The state of a running connector, with activities that are being retried.
 *
 * @throws ClientError CONNECTOR_UNKNOWN, WORKER_ABSENT when no worker answers the query
 */
export async function connectorStatus(session: TemporalSession, name: string): Promise<ObservedStatus> {
  const handle = handleOf(session, name);
  const description = await callTemporal(session, name, SERVER_TIMEOUT_MS, () => handle.describe());
  if (description.status.name !== 'RUNNING') throw unknownConnector(name);
  const status = await query<ConnectorStatus>(session, name, QUERIES.status);
  const { workflowId, runId, taskQueue } = description;
  const retries = await retriesInProgress(description, session.settings.dataConverter.payloadCodecs);
  return { ...status, workflowId, runId, taskQueue, retries };
}

/** The configuration as it was handed over, secrets masked. */
export function connectorConfig(session: TemporalSession, name: string): Promise<ConnectorConfig> {
  return query(session, name, QUERIES.config);
}

/**
 * Where each partition stands, also while the connector is stopped and has no tasks.
 */
export async function connectorOffsets(session: TemporalSession, name: string): Promise<PartitionState[]> {
  const checkpoint = await query<Checkpoint>(session, name, QUERIES.checkpoint);
  const partitions = checkpoint.tasks.flatMap((task) => task.partitions);
  return partitions.sort(byTopicAndPartition);
}

/** The ledger: the last committed batches, oldest first. Answers for a closed connector too while it is retained. */
export function connectorHistory(session: TemporalSession, name: string): Promise<History> {
  return query(session, name, QUERIES.history);
}

export function pauseConnector(session: TemporalSession, name: string): Promise<Acknowledgement> {
  return update(session, name, UPDATES.pause);
}

export function resumeConnector(session: TemporalSession, name: string): Promise<Acknowledgement> {
  return update(session, name, UPDATES.resume);
}

/** Ends the tasks; the connector keeps its place, and its offsets can be altered. */
export function stopConnector(session: TemporalSession, name: string): Promise<Acknowledgement> {
  return update(session, name, UPDATES.stop);
}

/**
 * Ends the connector's workflow and waits until it has ended. A connector started later under the same name goes on
 * where this one stopped.
 */
export async function deleteConnector(session: TemporalSession, name: string): Promise<void> {
  try {
    await update(session, name, UPDATES.delete);
  } catch (error) {
    // The workflow can close before its answer is out: what was asked for has happened then.
    if (!(await hasEnded(session, name))) throw error;
  }
  await callTemporal(session, name, DRAIN_TIMEOUT_MS, () => handleOf(session, name).result());
}

async function hasEnded(session: TemporalSession, name: string): Promise<boolean> {
  const { status } = await callTemporal(session, name, SERVER_TIMEOUT_MS, () => handleOf(session, name).describe());
  return status.name === 'COMPLETED';
}

export function restartConnector(
  session: TemporalSession,
  name: string,
  request: RestartRequest = {},
): Promise<Acknowledgement> {
  return update(session, name, UPDATES.restart, request);
}

export function reconfigureConnector(
  session: TemporalSession,
  name: string,
  config: ConnectorConfig,
): Promise<Acknowledgement> {
  return update<ReconfigureRequest>(session, name, UPDATES.reconfigure, { config });
}

/** Moves a stopped connector to other offsets. */
export function alterOffsets(
  session: TemporalSession,
  name: string,
  request: AlterOffsetsRequest,
): Promise<Acknowledgement> {
  return update(session, name, UPDATES.alterOffsets, request);
}

/** Decides a batch whose commit is in doubt. */
export function resolveBatch(
  session: TemporalSession,
  name: string,
  request: ResolveRequest,
): Promise<Acknowledgement> {
  return update(session, name, UPDATES.resolve, request);
}

/** The workflow of the connector, whichever run is its latest. */
export function handleOf(session: TemporalSession, name: string): WorkflowHandle {
  return session.client.workflow.getHandle(connectorWorkflowId(name));
}

async function query<T>(session: TemporalSession, name: string, queryName: string): Promise<T> {
  return callTemporal(session, name, WORKER_TIMEOUT_MS, () => handleOf(session, name).query<T>(queryName));
}

/** Sends an update and waits for its answer. That a worker takes it up must happen soon; its work may take longer. */
async function update<Request>(
  session: TemporalSession,
  name: string,
  updateName: string,
  request?: Request,
): Promise<Acknowledgement> {
  const handle = handleOf(session, name);
  const accepted = await callTemporal(session, name, WORKER_TIMEOUT_MS, () =>
    request === undefined
      ? handle.startUpdate<Acknowledgement, []>(updateName, { waitForStage: 'ACCEPTED' })
      : handle.startUpdate<Acknowledgement, [Request]>(updateName, { args: [request], waitForStage: 'ACCEPTED' }),
  );
  return callTemporal(session, name, DRAIN_TIMEOUT_MS, () => accepted.result());
}
