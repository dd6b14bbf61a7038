/** Looking at a sandbox. */

import { acceptsConnections } from './ports.js';
import { isRunning } from './processes.js';
import { loadState, type ServiceState } from './state.js';

export interface ServiceStatus {
  name: string;
  /** `external`: somebody else runs it. `silent`: its process runs, but nothing accepts connections. */
  state: 'running' | 'silent' | 'stopped' | 'external';
  pid?: number;
  endpoints: Record<string, string>;
  settings: Record<string, string | number | boolean>;
  startedAt: string;
  logFile?: string;
}

export interface SandboxStatus {
  name: string;
  /** True when there are services and none of them is silent or stopped. */
  running: boolean;
  services: ServiceStatus[];
}

export interface StatusOptions {
  /** The sandbox; `default` by default. */
  name?: string;
}

/** What the sandbox should have running, and whether it does. A sandbox that never was has no services. */
export async function status({ name = 'default' }: StatusOptions = {}): Promise<SandboxStatus> {
  const entries = Object.entries(loadState(name).services);
  const services = await Promise.all(entries.map(([service, state]) => inspect(service, state)));
  const running = services.length > 0 && services.every(({ state }) => state === 'running' || state === 'external');
  return { name, running, services };
}

/** The status as a table for people. */
export function formatStatus({ name, services }: SandboxStatus): string {
  if (services.length === 0) return `Sandbox ${name} is not running.\n`;
  const rows = [
    ['SERVICE', 'STATE', 'PID', 'ADDRESS'],
    ...services.flatMap((service) =>
      Object.values(service.endpoints).map((endpoint, index) =>
        index === 0 ? [service.name, service.state, String(service.pid ?? '-'), endpoint] : ['', '', '', endpoint],
      ),
    ),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

async function inspect(name: string, { process: identity, ...rest }: ServiceState): Promise<ServiceStatus> {
  if (identity === undefined) return { name, state: 'external', ...rest };
  if (!(await isRunning(identity))) return { name, state: 'stopped', pid: identity.pid, ...rest };
  const ports = Object.values(rest.settings).filter((value) => typeof value === 'number');
  const open = await Promise.all(ports.map(acceptsConnections));
  return { name, state: open.every(Boolean) ? 'running' : 'silent', pid: identity.pid, ...rest };
}
