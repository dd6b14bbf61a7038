/** What a sandbox has started, in `.sandbox/<name>/state.json`: enough to find, check and stop it later. */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '../../connect/errors.js';
import { sandboxDir } from './paths.js';
import type { SandboxPorts } from './ports.js';
import type { ProcessIdentity } from './processes.js';

export interface ServiceState {
  /** Missing for a service that is not ours, such as a broker at hand. */
  process?: ProcessIdentity;
  /** By which the process ends as it should; SIGTERM unless given. */
  stopSignal?: NodeJS.Signals;
  /** What the service was started with; a second `up` that asks for something else is refused. */
  settings: Record<string, string | number | boolean>;
  /** Where clients find it, by purpose: `{ address: '127.0.0.1:7233', ui: 'http://…' }`. */
  endpoints: Record<string, string>;
  /** ISO 8601. */
  startedAt: string;
  logFile?: string;
}

export interface SandboxState {
  name: string;
  /** The ports asked for last: the next `up` without port options takes them again. */
  ports?: SandboxPorts;
  services: Record<string, ServiceState>;
}

/** The recorded state, or an empty one for a sandbox that never was. */
export function loadState(name: string): SandboxState {
  const file = stateFile(name);
  if (!existsSync(file)) return { name, services: {} };
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SandboxState;
  } catch (error) {
    throw new SluiceError('INTERNAL', `${file} cannot be read: ${(error as Error).message}`, {
      hint: 'Stop what the sandbox had started by hand and delete the file.',
      cause: error,
    });
  }
}

/** Replaces the file in one step, so that a crash leaves the old state or the new one. */
export function saveState(state: SandboxState): void {
  const file = stateFile(state.name);
  mkdirSync(sandboxDir(state.name), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function stateFile(name: string): string {
  return join(sandboxDir(name), 'state.json');
}
