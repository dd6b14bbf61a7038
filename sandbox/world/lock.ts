/** A lock between processes: a file that names its holder. A holder that has died holds nothing. */

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from './processes.js';

export interface LockOptions {
  /** Called once if another process holds the lock. */
  onWait?: (holder: ProcessIdentity) => void;
  signal?: AbortSignal | undefined;
}

const POLL_INTERVAL_MS = 100;
let claims = 0;

/** Runs `work` while no other process (or other call in this one) holds the lock `path`. */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path: string, { onWait, signal }: LockOptions): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const self = (await identifyProcess(process.pid)) ?? { pid: process.pid, startTime: '' };
  const claim = `${path}.${process.pid}.${claims++}`;
  // The file is complete before it gets its name, and link() gives the name to one claimant only.
  writeFileSync(claim, JSON.stringify(self));
  try {
    for (let attempt = 0; !tryLink(claim, path); attempt++) {
      const holder = readHolder(path);
      if (holder === undefined) continue;
      if (!(await isRunning(holder))) {
        removeStale(path, holder, claim);
        continue;
      }
      if (attempt === 0) onWait?.(holder);
      await sleep(POLL_INTERVAL_MS, undefined, { signal });
    }
  } finally {
    rmSync(claim, { force: true });
  }
}

function tryLink(claim: string, path: string): boolean {
  try {
    linkSync(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when the lock was released in between. */
function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes the file of a dead holder away. Should a living process have got it in between, it gets it back. */
function removeStale(path: string, dead: ProcessIdentity, claim: string): void {
  const aside = `${claim}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && (holder.pid !== dead.pid || holder.startTime !== dead.startTime)) tryLink(aside, path);
  rmSync(aside, { force: true });
}
