/** What a connector's workflow history tells: its events, and when each batch was committed. */
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { handleOf } from '../client/connectors.js';
import type { TemporalSession } from '../client/temporal.js';
import type { CommitBatchInput } from '../workflows/core/activities.js';
import type { Range } from '../workflows/core/model.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface CommittedBatch {
  readonly ranges: readonly Range[];
  readonly rows: number;
  /** When the server recorded that the commit had been confirmed (epoch ms). */
  readonly committedAtMs: number;
}

export interface HistoryFacts {
  readonly events: number;
  readonly sizeBytes: number;
  /** In the order of their commits. */
  readonly batches: readonly CommittedBatch[];
}

/** Reads the history of a connector over all its continued runs, from `firstRunId` on. */
export async function readHistory(session: TemporalSession, name: string, firstRunId: string): Promise<HistoryFacts> {
  const { workflowId } = handleOf(session, name);
  const batches: CommittedBatch[] = [];
  let events = 0;
  let sizeBytes = 0;
  let runId: string | undefined = firstRunId;
  while (runId !== undefined) {
    const handle: WorkflowHandle = session.client.workflow.getHandle(workflowId, runId);
    const { historySize } = await handle.describe();
    const run: readonly HistoryEvent[] = (await handle.fetchHistory()).events ?? [];
    events += run.length;
    sizeBytes += historySize ?? 0;
    batches.push(...committedBatches(run));
    runId = run.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return { events, sizeBytes, batches };
}

/** The batches whose `commitBatch` has ended well. */
export function committedBatches(events: readonly HistoryEvent[]): CommittedBatch[] {
  const asked = new Map<string, CommitBatchInput>();
  const batches: CommittedBatch[] = [];
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const [payload] = scheduled?.input?.payloads ?? [];
    if (scheduled?.activityType?.name === 'commitBatch' && payload !== undefined) {
      asked.set(String(event.eventId), defaultPayloadConverter.fromPayload<CommitBatchInput>(payload));
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const input = asked.get(String(completed?.scheduledEventId));
    if (input === undefined) continue;
    const rows = input.loads.reduce((sum, load) => sum + load.rows, 0);
    batches.push({ ranges: input.ranges, rows, committedAtMs: epochMs(event) });
  }
  return batches;
}

function epochMs({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}
