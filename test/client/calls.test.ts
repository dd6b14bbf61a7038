import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { callTemporal, isSearchAttributeMissing } from '../../client/calls.js';
import { exitCodeOf } from '../../client/errors.js';
import { fakeSession, grpcError } from './support/session.js';

const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** The SDK wraps what gRPC reports. */
function wrapped(code: number, details: string): ServiceError {
  return new ServiceError('Failed to query Workflow', { cause: grpcError(code, details) });
}

async function failure(error: unknown, lastPollMs?: number) {
  return callTemporal(fakeSession({ lastPollMs }), 'orders', 10_000, () => Promise.reject(error)).then(
    () => {
      throw new Error('should fail');
    },
    (explained: unknown) => explained,
  );
}

test('a connector that is not there', async () => {
  const error = await failure(new WorkflowNotFoundError('workflow not found', 'connector/orders', undefined));
  expect(error).toMatchObject({ code: 'CONNECTOR_UNKNOWN', message: 'There is no running connector orders.' });
  expect(exitCodeOf(error)).toBe(1);
});

test.each([
  ['a query', wrapped(CANCELLED, 'Call cancelled')],
  ['a query whose deadline passed', wrapped(DEADLINE_EXCEEDED, 'Deadline exceeded')],
  [
    'a query that the server refuses',
    wrapped(FAILED_PRECONDITION, 'no poller seen for task queue recently, worker may be down'),
  ],
  ['an update', new WorkflowUpdateRPCTimeoutOrCancelledError('Deadline exceeded')],
])('%s that no worker answers says how to start one', async (_what, unanswered) => {
  const error = await failure(unanswered);
  expect(error).toMatchObject({
    code: 'WORKER_ABSENT',
    message: 'No worker polls task queue sluice.',
    hint: expect.stringContaining('sluice worker'),
  });
  expect(exitCodeOf(error)).toBe(4);
});

test('a worker that polls but does not answer is told apart', async () => {
  expect(await failure(wrapped(CANCELLED, 'Call cancelled'), Date.now())).toMatchObject({
    code: 'WORKER_ABSENT',
    message: 'No worker on task queue sluice has answered within 10 s.',
  });
});

test('a poll of long ago is no worker', async () => {
  expect(await failure(wrapped(CANCELLED, 'Call cancelled'), Date.now() - 200_000)).toMatchObject({
    message: 'No worker polls task queue sluice.',
  });
});

test("a refused update is told in the validator's own words", async () => {
  const text = 'Connectors must be in the STOPPED state before their offsets can be modified.';
  const cause = ApplicationFailure.create({ type: 'CONNECTOR_NOT_STOPPED', message: text });
  expect(await failure(new WorkflowUpdateFailedError('Workflow Update failed', cause))).toMatchObject({
    code: 'REQUEST_REJECTED',
    message: text,
  });
});

test('a configuration that the worker refuses is a usage error', async () => {
  const cause = ApplicationFailure.create({ type: 'CONFIG_INVALID', message: 'doris.urls cannot be empty.' });
  const error = await failure(new WorkflowUpdateFailedError('Workflow Update failed', cause));
  expect(exitCodeOf(error)).toBe(2);
});

test('a server that goes away, a wrong key, a wrong namespace', async () => {
  expect(await failure(grpcError(UNAVAILABLE, 'connection refused'))).toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: expect.stringContaining('Temporal at 127.0.0.1:7233 does not answer'),
    hint: expect.stringContaining('sluice sandbox up'),
  });
  expect(await failure(wrapped(UNAUTHENTICATED, 'invalid key'))).toMatchObject({ code: 'TEMPORAL_REFUSED' });
  expect(await failure(new NamespaceNotFoundError('default'))).toMatchObject({
    message: 'Temporal at 127.0.0.1:7233 has no namespace default.',
  });
});

test('anything else keeps the words of the server', async () => {
  expect(await failure(wrapped(INVALID_ARGUMENT, 'workflow id is too long'))).toMatchObject({
    code: 'REQUEST_FAILED',
    message: 'Temporal reports: workflow id is too long.',
  });
});

test('a search attribute that is not registered is recognised', () => {
  expect(
    isSearchAttributeMissing(
      wrapped(INVALID_ARGUMENT, 'Namespace default has no mapping defined for search attribute Topic'),
    ),
  ).toBe(true);
  expect(isSearchAttributeMissing(wrapped(INVALID_ARGUMENT, 'other'))).toBe(false);
});
