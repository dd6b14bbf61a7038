/**
 * Activities under way, as Temporal's server knows them: the retries of an activity never reach workflow history, so
 * the connector's own status cannot show them.
 */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { readableFailure } from './payload-codec.js';

/** An activity whose last attempt failed and that is tried again. */
export interface RetryInProgress {
  readonly activity: string;
  readonly activityId: string;
  /** The attempt that runs now or comes next, from 1. */
  readonly attempt: number;
  /** Absent: retried for ever. */
  readonly maximumAttempts?: number;
  readonly code?: string;
  /** In the words of the system that reported it. */
  readonly message: string;
  /** Absent while the attempt runs. */
  readonly nextAttemptAtMs?: number;
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type Failure = NonNullable<PendingActivity['lastFailure']>;

/**
 * The pending activities that have failed at least once, in the order in which they were scheduled.
 *
 * @param codecs what decrypts the words of failures, where they are encrypted.
 */
export async function retriesInProgress(
  description: WorkflowExecutionDescription,
  codecs: readonly PayloadCodec[] = [],
): Promise<RetryInProgress[]> {
  const pending = await Promise.all(
    (description.raw.pendingActivities ?? []).map(async (activity) =>
      activity.lastFailure
        ? { ...activity, lastFailure: await readableFailure(activity.lastFailure, codecs) }
        : activity,
    ),
  );
  const retries = pending.flatMap((activity) => retryInProgress(activity) ?? []);
  return retries.sort((a, b) => a.activityId.localeCompare(b.activityId, 'en', { numeric: true }));
}

function retryInProgress(activity: PendingActivity): RetryInProgress | undefined {
  const { lastFailure } = activity;
  if (!lastFailure) return undefined;
  const nextAttemptAtMs = milliseconds(activity.nextAttemptScheduleTime);
  const code = lastFailure.applicationFailureInfo?.type;
  return {
    activity: activity.activityType?.name ?? 'activity',
    activityId: activity.activityId ?? '',
    attempt: activity.attempt ?? 1,
    message: innermostMessage(lastFailure),
    ...(code ? { code } : {}),
    ...(activity.maximumAttempts ? { maximumAttempts: activity.maximumAttempts } : {}),
    ...(nextAttemptAtMs === undefined ? {} : { nextAttemptAtMs }),
  };
}

/** A time-out wraps what the attempt last reported; an application failure says everything itself. */
function innermostMessage(failure: Failure): string {
  if (failure.cause && !failure.applicationFailureInfo) return innermostMessage(failure.cause);
  return failure.message ?? 'failed without a message';
}

interface ProtoTimestamp {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

export function milliseconds(timestamp: ProtoTimestamp | null | undefined): number | undefined {
  if (!timestamp?.seconds) return undefined;
  return Number(timestamp.seconds.toString()) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1e6);
}
