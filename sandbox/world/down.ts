/** Stopping a sandbox: exactly what it has started. */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { foreignDir, sandboxDir, sandboxRoot } from './paths.js';
import { stopProcess } from './processes.js';
import { type Progress, silentProgress } from './progress.js';
import { forgetService, STOP_GRACE_MS } from './service.js';
import { loadState, type ServiceState } from './state.js';

export interface DownOptions {
  /** The sandbox; `default` by default. */
  name?: string;
  /** Remove its data and logs too. */
  purge?: boolean;
  /** How long a server may take to end by itself before it is killed. */
  graceMs?: number;
  progress?: Progress;
}

export interface DownResult {
  name: string;
  stopped: { service: string; pid: number; how: 'not running' | 'stopped' | 'killed' }[];
  purged: boolean;
}

/**
 * Stops the processes of a sandbox by pid and start time, the last started first, and returns when all are gone. What
 * somebody else runs (`--kafka`) is only forgotten. A sandbox that is down or never was is no error.
 */
export async function down(options: DownOptions = {}): Promise<DownResult> {
  const { name = 'default', purge = false, graceMs = STOP_GRACE_MS, progress = silentProgress } = options;
  const dir = sandboxDir(name);
  const result: DownResult = { name, stopped: [], purged: false };
  if (!existsSync(dir)) return result;
  return withLock(sandboxLock(name), async () => {
    for (const [service, state] of Object.entries(loadState(name).services).reverse()) {
      result.stopped.push(...(await stop(name, service, state, graceMs, progress)));
    }
    if (purge) {
      rmSync(dir, { recursive: true, force: true });
      rmSync(foreignDir(name), { recursive: true, force: true });
      result.purged = true;
      progress.report(`Removed ${dir}`);
    }
    return result;
  });
}

/** One command at a time per sandbox. The lock lies outside the folder, which `down` may remove. */
export function sandboxLock(name: string): string {
  return join(sandboxRoot(), `${name}.lock`);
}

async function stop(
  sandbox: string,
  service: string,
  { process: identity, stopSignal }: ServiceState,
  graceMs: number,
  progress: Progress,
): Promise<DownResult['stopped']> {
  const how = identity === undefined ? undefined : await stopProcess(identity, graceMs, stopSignal);
  forgetService(sandbox, service);
  if (identity === undefined || how === undefined) return [];
  progress.report(`${service}: ${how} (process ${identity.pid})`);
  return [{ service, pid: identity.pid, how }];
}
