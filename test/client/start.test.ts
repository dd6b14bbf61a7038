import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { type StartRequest, startConnector } from '../../client/start.js';
import type { TemporalSession } from '../../client/temporal.js';
import { fakeSession, grpcError } from './support/session.js';

const request: StartRequest = {
  name: 'orders',
  config: { name: 'orders', 'doris.password': 'secret' },
  shownConfig: { name: 'orders', 'doris.password': '[hidden]' },
  connectorClass: 'org.apache.doris.kafka.connector.DorisSinkConnector',
  topics: ['orders', 'users'],
};

interface Started {
  workflowId: string;
  taskQueue: string;
  args: [{ previousRunId?: string }];
  staticSummary: string;
  staticDetails: string;
  workflowIdConflictPolicy: string;
  workflowExecutionTimeout?: string;
}

/** A server that knows one run of the workflow, or none, and answers starts as told. */
function server(latest: { runId: string; status: { name: string } } | undefined, starts: (Error | string)[]) {
  const started: Started[] = [];
  const registered: string[] = [];
  const session = fakeSession();
  Object.assign(session.client, {
    workflow: {
      getHandle: () => ({
        describe: async () => {
          if (latest === undefined) throw new WorkflowNotFoundError('not found', 'connector/orders', undefined);
          return latest;
        },
      }),
      start: async (_type: string, options: Started) => {
        started.push(options);
        const answer = starts.shift() ?? 'run-2';
        if (answer instanceof Error) throw answer;
        return { firstExecutionRunId: answer };
      },
    },
    connection: {
      operatorService: {
        addSearchAttributes: async ({ searchAttributes }: { searchAttributes: object }) => {
          registered.push(...Object.keys(searchAttributes));
        },
      },
    },
  });
  return { session: session as TemporalSession, started, registered };
}

test('a new connector: one workflow of its name, never two', async () => {
  const { session, started } = server(undefined, ['run-1']);
  expect(await startConnector(session, request)).toEqual({
    name: 'orders',
    workflowId: 'connector/orders',
    runId: 'run-1',
  });
  expect(started).toMatchObject([
    {
      workflowId: 'connector/orders',
      taskQueue: 'sluice',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: 'orders, users → DorisSinkConnector',
    },
  ]);
  expect(started[0]?.workflowExecutionTimeout).toBeUndefined();
});

test('secrets are not in what the Web UI shows', async () => {
  const { session, started } = server(undefined, ['run-1']);
  await startConnector(session, request);
  expect(started[0]?.staticDetails).toContain('doris.password=[hidden]');
  expect(started[0]?.staticDetails).not.toContain('secret');
});

test('one that has ended is continued from its last run', async () => {
  const { session, started } = server({ runId: 'run-1', status: { name: 'COMPLETED' } }, ['run-2']);
  expect(await startConnector(session, request)).toMatchObject({ runId: 'run-2', previousRunId: 'run-1' });
  expect(started[0]?.args[0].previousRunId).toBe('run-1');
});

test('one that runs is left alone', async () => {
  const exists = new WorkflowExecutionAlreadyStartedError('already started', 'connector/orders', 'connector');
  const { session } = server({ runId: 'run-1', status: { name: 'RUNNING' } }, [exists]);
  await expect(startConnector(session, request)).rejects.toMatchObject({
    code: 'CONNECTOR_EXISTS',
    message: 'Connector orders exists already.',
    hint: expect.stringContaining('sluice connector reconfigure orders'),
  });
});

test('search attributes that the namespace lacks are registered, once', async () => {
  const missing = () => grpcError(3, 'Namespace default has no mapping defined for search attribute ConnectorState');
  const { session, registered } = server(undefined, [missing(), missing(), 'run-1']);
  expect(await startConnector(session, request)).toMatchObject({ runId: 'run-1' });
  expect(registered).toEqual(['ConnectorState', 'ConnectorClass', 'Topic']);
});
