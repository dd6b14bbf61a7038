/**
 * `sluice dev`: sandbox, worker and connectors in one terminal.
 */
import { Command } from 'commander';
import { down, status, up } from '../../sandbox/index.js';
import { checkConnectorFile, invalidFile, workerProperties as readWorkerProperties } from '../connector-file.js';
import { reconfigureConnector } from '../connectors.js';
import { ClientError, EXIT } from '../errors.js';
import { renderStatus } from '../format/status.js';
import { addressesOf, workerProperties, workflowPage } from '../sandbox-addresses.js';
import { type StartRequest, startConnector, waitForWorker, waitUntilSettled } from '../start.js';
import { connectTemporal, resolveTemporalSettings, type TemporalSession } from '../temporal.js';
import { wholeNumber } from './arguments.js';
import { type FileOptions, SET_OPTION, WORKER_OPTION } from './connector/validate.js';
import { nameOption, progressOf } from './sandbox.js';
import { action, type Environment, type Scope } from './scope.js';

interface DevOptions extends FileOptions {
  name: string;
  processes: number;
}

const START_TIMEOUT_MS = 60_000;

/** The terminal is for the connectors; what is retried is in their status. */
const QUIET = { 'log.level': 'error' };

export function devCommand(environment: Environment): Command {
  return new Command('dev')
    .description('sandbox, worker and connectors in one terminal; Ctrl-C stops what it has started')
    .argument('[files...]', 'connector files to start; those that exist are reconfigured')
    .addOption(nameOption())
    .option('--processes <number>', 'worker processes to run', wholeNumber, 1)
    .option(...SET_OPTION)
    .option(...WORKER_OPTION)
    .addHelpText('after', '\nExample:\n  $ sluice dev examples/doris-json/connector.json')
    .action(
      action(environment, async (scope, options: DevOptions, files: string[]) => {
        const given = await readWorkerProperties(options.worker);
        const requests = await requestsFor(files, options, given);
        const wasRunning = (await status({ name: options.name })).running;
        const sandbox = await up({ name: options.name, progress: progressOf(scope), signal: scope.signal });
        try {
          const addresses = addressesOf(sandbox);
          scope.terminal.env.TEMPORAL_ADDRESS = addresses.temporal;
          const properties = { ...QUIET, ...given, ...workerProperties(addresses) };
          await runUntilInterrupted(scope, options, properties, (session) =>
            startEach(scope, session, requests, addresses.webUi),
          );
        } finally {
          if (!wasRunning) await down({ name: options.name, progress: progressOf(scope) });
        }
        return EXIT.ok;
      }),
    );
}

async function requestsFor(
  files: readonly string[],
  options: FileOptions,
  given: Readonly<Record<string, string>>,
): Promise<StartRequest[]> {
  const requests: StartRequest[] = [];
  for (const file of files) {
    const checked = await checkConnectorFile(file, { overrides: options.set ?? {}, workerProperties: given });
    if (checked.request === undefined) throw invalidFile(checked);
    requests.push(checked.request);
  }
  return requests;
}

/** Workers run in this process until Ctrl-C; a failure of either side ends the other. */
async function runUntilInterrupted(
  scope: Scope,
  options: DevOptions,
  properties: Record<string, string>,
  start: (session: TemporalSession) => Promise<void>,
): Promise<void> {
  const { runWorkers } = await import('../../workers/main.js');
  const failure = new AbortController();
  const signal = AbortSignal.any([scope.signal, failure.signal]);
  const workers = runWorkers({ properties, processes: options.processes, signal }).finally(() => failure.abort());
  const starting = withSession(scope, properties, async (session) => {
    await waitForWorker(session, { timeoutMs: START_TIMEOUT_MS, signal });
    await start(session);
  }).catch((error: unknown) => {
    failure.abort();
    if (!scope.signal.aborted) throw error;
  });
  const [ran, started] = await Promise.allSettled([workers, starting]);
  if (ran.status === 'rejected') throw ran.reason;
  if (started.status === 'rejected') throw started.reason;
}

async function withSession<T>(
  scope: Scope,
  properties: Record<string, string>,
  body: (session: TemporalSession) => Promise<T>,
): Promise<T> {
  const session = await connectTemporal(resolveTemporalSettings({}, properties, scope.terminal.env));
  try {
    return await body(session);
  } finally {
    await session.close();
  }
}

async function startEach(
  scope: Scope,
  session: TemporalSession,
  requests: readonly StartRequest[],
  webUi: string,
): Promise<void> {
  for (const request of requests) {
    await startConnector(session, request).catch(async (error: unknown) => {
      if (!(error instanceof ClientError) || error.code !== 'CONNECTOR_EXISTS') throw error;
      await reconfigureConnector(session, request.name, request.config);
    });
    const settled = await waitUntilSettled(session, request.name, {
      timeoutMs: START_TIMEOUT_MS,
      signal: scope.signal,
    });
    for (const line of renderStatus(settled, {
      width: scope.terminal.columns(),
      nowMs: Date.now(),
      paint: scope.paint,
    }))
      scope.note(line);
    scope.note(workflowPage(webUi, session.settings.namespace, settled.workflowId, settled.runId));
  }
  scope.note('Ctrl-C stops everything.');
}
