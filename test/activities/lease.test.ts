import { jest } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type Lease, underLease } from '../../activities/lease.js';

const LIMIT_MS = 50;

const attempt = <T>(work: (lease: Lease) => T): Promise<T> =>
  new MockActivityEnvironment({ heartbeatTimeoutMs: LIMIT_MS }, { logger: new DefaultLogger('ERROR') }).run(() =>
    underLease(async (lease) => work(lease)),
  );

/** As a process that gets no time: no timer fires meanwhile. */
function standStill(durationMs: number): void {
  const untilMs = performance.now() + durationMs;
  while (performance.now() < untilMs);
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('an attempt that goes on without a stop keeps its lease', async () => {
  await expect(attempt((lease) => lease.check())).resolves.toBeUndefined();
});

test('an attempt that stood still for longer than its heartbeat time-out has lost it', async () => {
  const stopped = attempt((lease) => {
    standStill(LIMIT_MS + 10);
    lease.check();
  });

  await expect(stopped).rejects.toMatchObject({ code: 'LEASE_LOST', retryable: true });
});

test('a clock that is set back meanwhile hides nothing', async () => {
  const trueTime = Date.now;
  const stopped = attempt((lease) => {
    standStill(LIMIT_MS + 10);
    jest.spyOn(Date, 'now').mockImplementation(() => trueTime() - 3_600_000);
    lease.check();
  });

  await expect(stopped).rejects.toMatchObject({ code: 'LEASE_LOST' });
});

test('time that the machine slept counts', async () => {
  const trueTime = Date.now;
  const stopped = attempt((lease) => {
    jest.spyOn(Date, 'now').mockImplementation(() => trueTime() + 3_600_000);
    lease.check();
  });

  await expect(stopped).rejects.toMatchObject({ code: 'LEASE_LOST' });
});
