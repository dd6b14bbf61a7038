/**
 * The worker processes behind `sluice worker`: one in this process, or several as children that poll the same task
 * queue. A child that dies is started again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import {
  parseWorkerConfig,
  resolvePlaceholders,
  type WorkerConfig,
  workerDefinition,
} from '../connect/config/index.js';
import { letHeapGrow } from './heap.js';
import { createLogger, temporalLogger } from './logging.js';
import { runWorker } from './worker.js';

const RESTART_DELAY_MS = 1_000;

export interface WorkersOptions {
  /** A worker.properties, as it was read. */
  readonly properties: Readonly<Record<string, string>>;
  readonly processes: number;
  readonly signal: AbortSignal;
  readonly onReady?: () => void;
}

/** Runs until the signal is aborted and every batch under way has come to its end. */
export async function runWorkers({ properties, processes, signal, onReady }: WorkersOptions): Promise<void> {
  const config = parseWorkerConfig(await resolvePlaceholders(properties));
  const logger = createLogger(config.values['log.level']);
  for (const { key, message } of workerDefinition.parse(config.raw).warnings) logger.warn({ key }, message);
  if (processes <= 1) {
    letHeapGrow();
    installRuntime(config, logger);
    return runWorker({ config, logger, signal, ...(onReady === undefined ? {} : { onReady }) });
  }
  const ports = config.values['metrics.port'];
  await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const port = ports === 0 ? '0' : String(ports + index);
      return keepRunning({ ...properties, 'metrics.port': port }, index, logger, signal);
    }),
  );
}

/** Temporal's runtime is one for the process: its logger and metrics are the process's. */
function installRuntime({ values }: WorkerConfig, logger: Logger): void {
  const port = values['metrics.port'];
  const metrics = { prometheus: { bindAddress: `0.0.0.0:${port}`, countersTotalSuffix: true, unitSuffix: true } };
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    ...(port === 0 ? {} : { telemetryOptions: { metrics } }),
  });
}

async function keepRunning(
  properties: Record<string, string>,
  index: number,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // Not in its environment: passwords in it would stand in every report that Node writes of a crash. A child that
    // ends before it has heard this is started again.
    child.send(properties, () => {});
    const code = await ended(child, signal);
    if (signal.aborted) return;
    logger.error({ process: index, code }, 'a worker process has ended and is started again');
    await sleep(RESTART_DELAY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function ended(child: ChildProcess, signal: AbortSignal): Promise<number | null> {
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', stop);
  return code;
}

/** What `keepRunning` tells a child to run with. */
export async function childProperties(): Promise<Record<string, string>> {
  const [properties] = (await once(process, 'message')) as [Record<string, string>];
  return properties;
}
