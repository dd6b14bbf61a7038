/** A worker under measurement: a process of its own, started and stopped like the servers of its sandbox. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasWorker } from '../client/calls.js';
import { ClientError } from '../client/errors.js';
import type { TemporalSession } from '../client/temporal.js';
import { type Service, startService } from '../sandbox/index.js';
import { checkoutDir } from '../sandbox/world/paths.js';
import { stopProcess } from '../sandbox/world/processes.js';
import { silentProgress } from '../sandbox/world/progress.js';
import { forgetService } from '../sandbox/world/service.js';
import { loadState } from '../sandbox/world/state.js';
import { type ProcessUsage, usageOf } from './process-usage.js';

const STOP_GRACE_MS = 20_000;

export interface WorkerOptions {
  /** Among the processes of the sandbox. */
  readonly name: string;
  readonly sandbox: string;
  readonly session: TemporalSession;
  readonly kafka: string;
  readonly processes: number;
  /** Where Node writes a processor profile when the worker ends. */
  readonly profileDir?: string | undefined;
  readonly signal: AbortSignal;
}

export interface MeasuredWorker {
  /** From starting the process until it polls. */
  readonly startMs: number;
  /** Of all its processes. */
  usage(): ProcessUsage;
  stop(): Promise<void>;
}

/** Starts a worker on the session's task queue and waits until it polls. */
export async function startMeasuredWorker(options: WorkerOptions): Promise<MeasuredWorker> {
  const { name, sandbox, signal } = options;
  const startedAtMs = performance.now();
  await startService(sandbox, serviceOf(options), silentProgress, signal);
  const startMs = performance.now() - startedAtMs;
  const identity = loadState(sandbox).services[name]?.process;
  if (identity === undefined) throw new ClientError('WORKER_ABSENT', 'The worker has ended as soon as it was started.');
  return {
    startMs,
    usage: () => usageOf(identity.pid),
    stop: async () => {
      await stopProcess(identity, STOP_GRACE_MS);
      forgetService(sandbox, name);
    },
  };
}

function serviceOf({ name, session, kafka, processes, profileDir }: WorkerOptions): Service {
  const { address, namespace, taskQueue } = session.settings;
  const properties = {
    'bootstrap.servers': kafka,
    'temporal.address': address,
    'temporal.namespace': namespace,
    'temporal.task.queue': taskQueue,
    'metrics.port': '0',
    'log.level': 'warn',
  };
  return {
    name,
    title: 'The worker',
    ports: {},
    settings: {},
    endpoints: { taskQueue },
    startTimeoutMs: 60_000,
    install: async () => undefined,
    prepare: async ({ dataDir }) => {
      const file = join(dataDir, 'worker.properties');
      const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
      writeFileSync(file, lines.join(''));
      const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
      return {
        file: process.execPath,
        args: [...profile, join(checkoutDir(), 'bin', 'sluice'), 'worker', file, '--processes', String(processes)],
        // The benchmarks run from a build that is fit to use; a worker that began to build would only be late.
        env: { SLUICE_NO_BUILD: '1', TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      };
    },
    probe: async () => {
      if (!(await hasWorker(session))) throw new ClientError('WORKER_ABSENT', 'it does not poll its task queue yet');
    },
  };
}
