/**
 * The demo's worker as one more server of its sandbox: started, watched and stopped by pid like the others, so that
 * `sluice sandbox down` finds it even when the demo itself was killed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '../../sandbox/index.js';
import { checkoutDir } from '../../sandbox/world/paths.js';
import { hasWorker } from '../calls.js';
import { ClientError } from '../errors.js';
import { type SandboxAddresses, workerProperties } from '../sandbox-addresses.js';
import type { TemporalSession } from '../temporal.js';

export const WORKER_SERVICE = 'worker';

export function workerService(session: TemporalSession, addresses: SandboxAddresses): Service {
  // Without a port for metrics: another worker of this machine may have it.
  const properties = { ...workerProperties(addresses), 'metrics.port': '0' };
  return {
    name: WORKER_SERVICE,
    title: 'The worker',
    ports: {},
    settings: {},
    endpoints: { taskQueue: session.settings.taskQueue },
    startTimeoutMs: 60_000,
    install: async () => undefined,
    prepare: async ({ dataDir }) => {
      const file = join(dataDir, 'worker.properties');
      writeFileSync(
        file,
        Object.entries(properties)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      );
      return {
        file: process.execPath,
        args: [join(checkoutDir(), 'bin', 'sluice'), 'worker', file],
        // The demo runs from a build that is fit to use; a worker that began to build would only be late.
        env: { SLUICE_NO_BUILD: '1', TEMPORAL_ADDRESS: session.settings.address },
      };
    },
    probe: async () => {
      if (!(await hasWorker(session))) throw new ClientError('WORKER_ABSENT', 'it does not poll its task queue yet');
    },
  };
}
