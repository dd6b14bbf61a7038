/** A session whose server is not there: only what the code under test asks of it. */
import type { TemporalSession } from '../../../client/temporal.js';

export interface FakeServer {
  /** When a worker last polled the task queue; undefined: never. */
  lastPollMs?: number | undefined;
}

export function fakeSession({ lastPollMs }: FakeServer = {}): TemporalSession {
  const pollers =
    lastPollMs === undefined ? [] : [{ lastAccessTime: { seconds: Math.floor(lastPollMs / 1000), nanos: 0 } }];
  const client = {
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
    workflowService: { describeTaskQueue: async () => ({ pollers }) },
  };
  return {
    settings: {
      address: '127.0.0.1:7233',
      namespace: 'default',
      taskQueue: 'sluice',
      connectionOptions: {},
      dataConverter: {},
    },
    client: client as unknown as TemporalSession['client'],
    close: async () => undefined,
  };
}

/** An error as grpc-js throws it. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
}
