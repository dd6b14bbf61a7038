/** The core's runtime port on Temporal: activities with their time-outs, conditions, details, search attributes. */

import { defineSearchAttributeKey, RetryState } from '@temporalio/common';
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  metricMeter,
  proxyActivities,
  setCurrentDetails,
  TimeoutFailure,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConnectorActivities } from './core/activities.js';
import { rangeName } from './core/offsets.js';
import type {
  ActivityInput,
  ActivityName,
  ActivityOutput,
  CallOptions,
  Outcome,
  Running,
  Runtime,
  StallReport,
} from './core/runtime.js';
import { stallHint, stallWords } from './core/stall.js';
import { SEARCH_ATTRIBUTES, waitTaskQueue } from './messages.js';

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const CLASS = defineSearchAttributeKey(SEARCH_ATTRIBUTES.connectorClass, 'KEYWORD');
const TOPIC = defineSearchAttributeKey(SEARCH_ATTRIBUTES.topic, 'KEYWORD_LIST');

/** A worker that has gone is noticed after this long; its work is taken up by another. */
const HEARTBEAT_TIMEOUT = '8s';
const MAX_RETRY_INTERVAL_MS = 60_000;

/** One attempt of each activity may take this long. */
const START_TO_CLOSE: Record<ActivityName, string> = {
  validateConnector: '2 minutes',
  awaitBatch: '30 minutes',
  prepareBatch: '2 hours',
  applySchemaChange: '2 hours',
  commitBatch: '30 minutes',
  abortBatch: '10 minutes',
};

/**
 * Runs activities outside of the workflow's own cancellation scope: a request to cancel the workflow reaches the core
 * as a wish, and the core ends its activities itself.
 */
export function temporalRuntime(): Runtime {
  return {
    nowMs: () => Date.now(),
    newId: () => uuid4().replaceAll('-', '').slice(0, 12),
    runId: () => workflowInfo().runId,
    run: runActivity,
    until: async (predicate, timeoutMs) => {
      if (timeoutMs !== undefined) return condition(predicate, timeoutMs);
      await condition(predicate);
      return true;
    },
    showDetails: setCurrentDetails,
    showState: (state, connectorClass, topics) =>
      upsertSearchAttributes([
        { key: STATE, value: state },
        { key: CLASS, value: connectorClass },
        { key: TOPIC, value: [...topics] },
      ]),
    reportStall,
    historyIsLong: () => workflowInfo().continueAsNewSuggested,
  };
}

/** Neither the counter nor the log repeats itself on replay. */
function reportStall({ connector, task, stall }: StallReport): void {
  metricMeter
    .createCounter('sluice_task_stalls', 'stalls', 'Times that a task has stood still although nothing had failed')
    .add(1, { connector, task });
  const { sinceMs, phase, ranges, labels } = stall;
  log.warn(`task ${task} of ${connector} makes no progress: ${stallWords(stall)}. ${stallHint(stall)}`, {
    connector,
    task,
    phase,
    since: new Date(sinceMs).toISOString(),
    topics: [...new Set(ranges.map(({ topic }) => topic))].join(','),
    offsets: ranges.map(rangeName).join(', '),
    label: labels.join(','),
  });
}

function runActivity<K extends ActivityName>(
  activity: K,
  input: ActivityInput<K>,
  { summary, maxAttempts, retryIntervalMs, maxRetryIntervalMs = MAX_RETRY_INTERVAL_MS }: CallOptions,
): Running<ActivityOutput<K>> {
  const waits = activity === 'awaitBatch';
  const proxy = proxyActivities<ConnectorActivities>({
    startToCloseTimeout: START_TO_CLOSE[activity] as `${number} minutes`,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: waits
      ? ActivityCancellationType.TRY_CANCEL
      : ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    ...(waits ? { taskQueue: waitTaskQueue(workflowInfo().taskQueue) } : {}),
    retry: {
      initialInterval: retryIntervalMs,
      backoffCoefficient: 2,
      maximumInterval: Math.max(maxRetryIntervalMs, retryIntervalMs),
      ...(maxAttempts === undefined ? {} : { maximumAttempts: maxAttempts }),
    },
    summary,
  });
  const scope = new CancellationScope({ cancellable: true });
  const call = proxy[activity] as (input: ActivityInput<K>) => Promise<ActivityOutput<K>>;
  return { outcome: settled(scope.run(() => call(input))), cancel: () => scope.cancel() };
}

async function settled<T>(result: Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await result };
  } catch (error) {
    if (isCancellation(error)) return { kind: 'cancelled' };
    // An attempt that ends in any other way once cancellation was asked for is not tried again: it counts as cancelled.
    if (error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED) {
      return { kind: 'cancelled' };
    }
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (cause instanceof ApplicationFailure) {
      return { kind: 'failed', code: cause.type ?? 'INTERNAL', message: cause.message };
    }
    if (cause instanceof TimeoutFailure) {
      return { kind: 'failed', code: 'ACTIVITY_TIMEOUT', message: `${cause.message} (${cause.timeoutType})` };
    }
    if (error instanceof ActivityFailure) return { kind: 'failed', code: 'INTERNAL', message: error.message };
    throw error;
  }
}
