/** One Temporal server and one Kafka broker for a whole run of the tests. */

import { existsSync, readdirSync } from 'node:fs';
import {
  down,
  findFreePorts,
  installKafka,
  lineProgress,
  type ServiceName,
  up,
  withInterrupt,
} from '../../sandbox/world/index.js';
import { sandboxRoot } from '../../sandbox/world/paths.js';
import { identifyProcess } from '../../sandbox/world/processes.js';
import type { ServerVariable } from './needed-servers.js';

/**
 * Starts the servers whose variables are needed and not set already, on free ports, and sets the variables. Returns
 * what stops them again.
 */
export async function startTestWorld(needed: ReadonlySet<ServerVariable>): Promise<() => Promise<void>> {
  const name = `test-${process.pid}`;
  const missing = (variable: ServerVariable) => needed.has(variable) && (process.env[variable] ?? '') === '';
  const services: ServiceName[] = [
    ...(missing('SLUICE_TEST_TEMPORAL') ? (['temporal'] as const) : []),
    ...(missing('SLUICE_TEST_KAFKA') ? (['kafka'] as const) : []),
  ];
  const progress = lineProgress();
  await removeAbandoned();
  if (missing('SLUICE_KAFKA_LIB') || services.includes('kafka')) {
    process.env.SLUICE_KAFKA_LIB = await installKafka(progress);
  }
  if (services.length === 0) return async () => undefined;
  const ports = await findFreePorts();
  const world = await withInterrupt((signal) => up({ name, services, ports, progress, signal }));
  for (const { name: service, endpoints } of world.services) {
    if (service === 'temporal') {
      process.env.SLUICE_TEST_TEMPORAL = endpoints.address;
      process.env.SLUICE_TEST_TEMPORAL_UI = endpoints.ui;
    }
    if (service === 'kafka') process.env.SLUICE_TEST_KAFKA = endpoints.bootstrap;
  }
  return async () => {
    await down({ name, purge: true });
  };
}

/** Stops the servers of runs that were killed and could not do it themselves. */
async function removeAbandoned(): Promise<void> {
  if (!existsSync(sandboxRoot())) return;
  for (const entry of readdirSync(sandboxRoot(), { withFileTypes: true })) {
    const [, pid] = /^(?:test|chaos-cluster)-(\d+)(?:-|$)/.exec(entry.name) ?? [];
    if (pid !== undefined && (await identifyProcess(Number(pid))) === undefined) {
      await down({ name: entry.name, purge: true });
    }
  }
}
