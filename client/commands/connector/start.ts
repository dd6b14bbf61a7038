/**
 * `start` and `reconfigure`: from a file to a running connector.
 */
import { Command, Option } from 'commander';
import type { DesiredState } from '../../../workflows/core/model.js';
import { type CheckedFile, checkConnectorFile, invalidFile, workerProperties } from '../../connector-file.js';
import { type ObservedStatus, reconfigureConnector } from '../../connectors.js';
import { ClientError, EXIT, type ExitCode } from '../../errors.js';
import { renderStatus, retryLine } from '../../format/status.js';
import { paintState } from '../../format/text.js';
import {
  type StartedConnector,
  type StartRequest,
  startConnector,
  waitForWorker,
  waitUntilSettled,
} from '../../start.js';
import type { TemporalSession } from '../../temporal.js';
import { positiveNumber } from '../arguments.js';
import { action, type Environment, type Scope } from '../scope.js';
import { hasFailed } from './status.js';
import { type FileOptions, SET_OPTION, WORKER_OPTION } from './validate.js';

interface StartOptions extends FileOptions {
  state?: DesiredState;
  wait: boolean;
  timeout: number;
}

const WORKER_WAIT_MS = 5_000;

export function startCommand(environment: Environment): Command {
  return new Command('start')
    .description('start connectors from their files, and wait until they run')
    .argument('<files...>', 'connector files (.properties, .json), as given to Kafka Connect')
    .option(...SET_OPTION)
    .option(...WORKER_OPTION)
    .addOption(new Option('--state <state>', 'the state to begin in').choices(['RUNNING', 'PAUSED', 'STOPPED']))
    .option('--no-wait', 'return as soon as Temporal has taken the connectors over')
    .option('--timeout <seconds>', 'how long to wait', positiveNumber, 60)
    .addHelpText(
      'after',
      '\nA connector started again under its name goes on where it stopped.\n\nExamples:\n  $ sluice connector start orders.properties users.json\n  $ sluice connector start orders.json --set doris.urls=10.0.0.7 --set tasks.max=4',
    )
    .action(
      action(environment, async (scope, options: StartOptions, files: string[]) => {
        const properties = await workerProperties(options.worker);
        const requests = await startRequests(scope, files, options, properties);
        return scope.withTemporal((session) => startAll(scope, session, requests, options), properties);
      }),
    );
}

export function reconfigureCommand(environment: Environment): Command {
  return new Command('reconfigure')
    .description('give a running connector another configuration; refused as a whole when it is not good')
    .argument('<file>', 'connector file; it names the connector')
    .option(...SET_OPTION)
    .option(...WORKER_OPTION)
    .addHelpText('after', '\nExample:\n  $ sluice connector reconfigure orders.json --set tasks.max=8')
    .action(
      action(environment, async (scope, options: FileOptions, file: string) => {
        const properties = await workerProperties(options.worker);
        const [request] = await startRequests(scope, [file], options, properties);
        if (request === undefined) return EXIT.usage;
        return scope.withTemporal(async (session) => {
          const answer = await reconfigureConnector(session, request.name, request.config);
          const line = `${request.name}  ${paintState(answer.state, scope.paint)}  generation ${answer.generation}`;
          scope.result({ name: request.name, ...answer }, [line]);
          return EXIT.ok;
        }, properties);
      }),
    );
}

/** Checks every file before anything is started: one bad file starts none of them. */
async function startRequests(
  scope: Scope,
  files: readonly string[],
  options: FileOptions & { state?: DesiredState },
  properties: Readonly<Record<string, string>>,
): Promise<StartRequest[]> {
  const requests: StartRequest[] = [];
  for (const file of files) {
    const checked = await checkConnectorFile(file, { overrides: options.set ?? {}, workerProperties: properties });
    warn(scope, checked);
    if (checked.request === undefined) throw invalidFile(checked);
    requests.push({ ...checked.request, ...(options.state === undefined ? {} : { initialState: options.state }) });
  }
  return requests;
}

function warn(scope: Scope, { file, warnings }: CheckedFile): void {
  for (const { key, message, hint } of warnings) {
    scope.note(
      `${scope.paint('yellow', 'warning')}: ${file}: ${key}: ${message}${hint === undefined ? '' : ` ${hint}`}`,
    );
  }
}

async function startAll(
  scope: Scope,
  session: TemporalSession,
  requests: readonly StartRequest[],
  options: StartOptions,
): Promise<ExitCode> {
  const started: StartedConnector[] = [];
  for (const request of requests) {
    started.push(await startConnector(session, request));
    scope.note(startedLine(scope, started.at(-1)));
  }
  if (!options.wait) {
    scope.result(started, []);
    return EXIT.ok;
  }
  await waitForWorker(session, { timeoutMs: WORKER_WAIT_MS, signal: scope.signal }).catch((error: unknown) => {
    throw error instanceof ClientError ? startedWithoutWorker(error) : error;
  });
  const statuses: ObservedStatus[] = [];
  for (const { name } of started) {
    statuses.push(
      await waitUntilSettled(session, name, {
        timeoutMs: options.timeout * 1000,
        signal: scope.signal,
        onRetry: (retry) => scope.note(retryLine(retry, { paint: scope.paint, nowMs: Date.now() })),
      }),
    );
  }
  const view = { width: scope.terminal.columns(), nowMs: Date.now(), paint: scope.paint };
  scope.result(
    statuses,
    statuses.flatMap((status) => renderStatus(status, view)),
  );
  return statuses.some(hasFailed) ? EXIT.connectorFailed : EXIT.ok;
}

/** Somebody may be starting a worker just now; but a connector without one would only seem to hang. */
function startedWithoutWorker(error: ClientError): ClientError {
  return new ClientError(error.code, `${error.message} What was started waits for one.`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function startedLine(scope: Scope, started: StartedConnector | undefined): string {
  if (started === undefined) return '';
  const continued = started.previousRunId === undefined ? '' : `, continuing run ${started.previousRunId}`;
  return scope.paint('dim', `started ${started.workflowId} (run ${started.runId}${continued})`);
}
