/**
 * The demo: servers, a worker and the Doris documentation's own walk-through, on one machine in one go.
 *
 * It owns the sandbox `demo` and leaves nothing of it behind: whatever happens, the servers it has started are stopped
 * and their data removed.
 */
import { down, type Progress, startService, status, up } from '../../sandbox/index.js';
import { findFreePorts, isPortTaken, PORT_NAMES, resolvePorts, type SandboxPorts } from '../../sandbox/world/ports.js';
import { stopProcess } from '../../sandbox/world/processes.js';
import { forgetService } from '../../sandbox/world/service.js';
import { loadState } from '../../sandbox/world/state.js';
import { ClientError } from '../errors.js';
import { addressesOf } from '../sandbox-addresses.js';
import { connectTemporal, resolveTemporalSettings } from '../temporal.js';
import { DEMO_SANDBOX } from './example.js';
import { type DemoOutcome, walkThrough } from './walkthrough.js';
import { WORKER_SERVICE, workerService } from './worker-service.js';

export type { DemoOutcome } from './walkthrough.js';

const WORKER_GRACE_MS = 10_000;

export interface DemoOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface RunningDemo extends DemoOutcome {
  workerPid(): number | undefined;
  /** Starts another worker where the present one has ended. */
  replaceWorker(): Promise<void>;
}

/**
 * Runs the demo, hands its outcome to `show` and keeps everything up for as long as that takes.
 *
 * @throws ClientError DEMO_FAILED when the table does not hold exactly the walk-through's rows
 */
export async function runDemo(options: DemoOptions, show: (demo: RunningDemo) => Promise<void>): Promise<void> {
  if ((await status({ name: DEMO_SANDBOX })).running) {
    throw new ClientError('DEMO_FAILED', 'A demo is running already.', {
      hint: `End it by Ctrl-C where it runs, or by: sluice sandbox down --name ${DEMO_SANDBOX} --purge`,
    });
  }
  await down({ name: DEMO_SANDBOX, purge: true });
  try {
    const sandbox = await up({
      name: DEMO_SANDBOX,
      services: ['temporal', 'kafka', 'doris'],
      ports: await choosePorts(options.progress),
      ...options,
    });
    const addresses = addressesOf(sandbox);
    const flags = { address: addresses.temporal, namespace: 'default' };
    const session = await connectTemporal(resolveTemporalSettings(flags, {}, {}));
    try {
      const service = workerService(session, addresses);
      const startWorker = async () => {
        await startService(DEMO_SANDBOX, service, options.progress, options.signal);
        options.progress.report(`A worker is polling (process ${workerPid()})`);
      };
      await startWorker();
      const outcome = await walkThrough(session, addresses, options);
      await show({ ...outcome, workerPid, replaceWorker: startWorker });
    } finally {
      await stopWorker();
      await session.close();
    }
  } finally {
    await down({ name: DEMO_SANDBOX, purge: true, progress: options.progress });
  }
}

/** The default ports of the products, so that the documents' files fit; another one where a port is taken. */
async function choosePorts(progress: Progress): Promise<SandboxPorts> {
  const ports = resolvePorts(0, {});
  const free = await findFreePorts();
  // The demo runs no registry.
  for (const name of PORT_NAMES.filter((port) => port !== 'registry')) {
    if (!(await isPortTaken(ports[name]))) continue;
    progress.report(`Port ${ports[name]} (${name}) is taken; using ${free[name]} instead`);
    ports[name] = free[name];
  }
  return ports;
}

function workerPid(): number | undefined {
  return loadState(DEMO_SANDBOX).services[WORKER_SERVICE]?.process?.pid;
}

/** Before Temporal goes away, so that the worker can end in good order. */
async function stopWorker(): Promise<void> {
  const identity = loadState(DEMO_SANDBOX).services[WORKER_SERVICE]?.process;
  if (identity === undefined) return;
  await stopProcess(identity, WORKER_GRACE_MS);
  forgetService(DEMO_SANDBOX, WORKER_SERVICE);
}
