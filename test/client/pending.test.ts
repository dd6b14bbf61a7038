import type { WorkflowExecutionDescription } from '@temporalio/client';
import { retriesInProgress } from '../../client/pending.js';

function described(pendingActivities: object[]): WorkflowExecutionDescription {
  return { raw: { pendingActivities } } as unknown as WorkflowExecutionDescription;
}

test('only activities that have failed before are retries', async () => {
  expect(await retriesInProgress(described([{ activityType: { name: 'awaitBatch' }, attempt: 1 }]))).toEqual([]);
});

test("attempt, next time, limit and the database's words", async () => {
  const [retry] = await retriesInProgress(
    described([
      {
        activityId: '12',
        activityType: { name: 'prepareBatch' },
        attempt: 3,
        maximumAttempts: 10,
        nextAttemptScheduleTime: { seconds: 1_700_000_000, nanos: 500_000_000 },
        lastFailure: { message: 'too many versions', applicationFailureInfo: { type: 'SINK_TOO_MANY_VERSIONS' } },
      },
    ]),
  );
  expect(retry).toEqual({
    activity: 'prepareBatch',
    activityId: '12',
    attempt: 3,
    maximumAttempts: 10,
    code: 'SINK_TOO_MANY_VERSIONS',
    message: 'too many versions',
    nextAttemptAtMs: 1_700_000_000_500,
  });
});

test('behind a time-out stands what the attempt reported last', async () => {
  const lastFailure = {
    message: 'activity Heartbeat timeout',
    timeoutFailureInfo: {},
    cause: { message: 'connect ECONNREFUSED' },
  };
  expect(await retriesInProgress(described([{ attempt: 2, lastFailure }]))).toMatchObject([
    { message: 'connect ECONNREFUSED' },
  ]);
});
