/** The Temporal server of the test run, and workers for scripted activities on it. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { bundleCode } from '../../workers/bundle.js';
import type { ConnectorActivities } from '../../workflows/core/activities.js';
import { waitTaskQueue } from '../../workflows/messages.js';

export interface TemporalRig {
  readonly address: string;
  readonly client: Client;
  readonly native: NativeConnection;
  close(): Promise<void>;
}

let quiet = false;

/** Temporal's own log lines are kept out of the test output; problems are not. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  const silent = () => {};
  const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: console.error, log: silent };
  Runtime.install({ logger, shutdownSignals: [] });
}

export function temporalAddress(): string {
  const address = process.env.SLUICE_TEST_TEMPORAL;
  if (address === undefined) throw new Error('SLUICE_TEST_TEMPORAL is not set: run the tests with npm test');
  return address;
}

export async function connectRig(): Promise<TemporalRig> {
  quietRuntime();
  const address = temporalAddress();
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  return {
    address,
    client: new Client({ connection }),
    native,
    close: async () => {
      await native.close();
      await connection.close();
    },
  };
}

export function randomName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** Runs workers with the given activities around `work`. */
export async function withWorkers<T>(
  { native }: TemporalRig,
  taskQueue: string,
  activities: ConnectorActivities,
  work: () => Promise<T>,
): Promise<T> {
  const shared = { connection: native, shutdownGraceTime: '1s', maxHeartbeatThrottleInterval: '500ms' } as const;
  const loads = await Worker.create({
    ...shared,
    taskQueue,
    activities,
    workflowBundle: { code: await sharedBundle() },
  });
  const { awaitBatch } = activities;
  const waits = await Worker.create({ ...shared, taskQueue: waitTaskQueue(taskQueue), activities: { awaitBatch } });
  return waits.runUntil(loads.runUntil(work()));
}

let bundle: Promise<string> | undefined;

export function sharedBundle(): Promise<string> {
  bundle ??= bundleCode();
  return bundle;
}

/** Waits for a condition on the outside world, bounded. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 30_000, everyMs = 50 } = {},
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < endMs) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`${what}: not within ${timeoutMs} ms${last === undefined ? '' : `; last error: ${String(last)}`}`);
}
