/** One server of a sandbox: how it is started, when it is ready, what is left when it fails. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '../../connect/errors.js';
import { type Owner, ownFolder } from './owner.js';
import { foreignDir, sandboxDir } from './paths.js';
import { type Command, type StartedProcess, startProcess, stopProcess, tellingLines } from './processes.js';
import type { Progress } from './progress.js';
import { loadState, type SandboxState, saveState } from './state.js';

/** Longest wait for a server to end by itself before it is killed. */
export const STOP_GRACE_MS = 15_000;

const PROBE_INTERVAL_MS = 100;

/**
 * A server that ends by itself while it starts is started again: Temporal looks for free ports for its inner services
 * and ends when another process on the machine is quicker.
 */
const START_ATTEMPTS = 3;

export interface Preparation {
  /** The service's own data folder; it exists, and belongs to the owner. */
  readonly dataDir: string;
  readonly owner: Owner | undefined;
  /** For what tools say while it is set up. */
  readonly logDir: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Service {
  /** Key in the state file, name of the data folder and of the log. */
  readonly name: string;
  /** What users call it. */
  readonly title: string;
  /** Ports it listens on, by name. Other settings that tell one start from another go into `settings`. */
  readonly ports: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
  /** By which it ends as it should; SIGTERM unless given. */
  readonly stopSignal?: NodeJS.Signals;
  /** The system user for a server that refuses to run as root; asked where we are root, when it is installed. */
  readonly findOwner?: () => Promise<Owner | undefined>;
  /** Downloads what it needs, once for all sandboxes. */
  install(progress: Progress, signal: AbortSignal): Promise<void>;
  /** Writes configuration and data folders, and says what to run. Undefined: nothing of ours, it runs elsewhere. */
  prepare(preparation: Preparation): Promise<Command | undefined>;
  /** One real request; throws while the service does not answer as it should. */
  probe(): Promise<void>;
}

/**
 * Starts a service and waits until it answers. It is in the state file as soon as there is a process, so that `down`
 * finds it whatever happens next; after a failure or an abort the process is stopped and the error shows its log.
 */
export async function startService(
  sandbox: string,
  service: Service,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const dir = sandboxDir(sandbox);
  const logDir = join(dir, 'log');
  mkdirSync(logDir, { recursive: true });
  const owner = await service.findOwner?.();
  const dataDir = join(owner === undefined ? dir : foreignDir(sandbox), service.name);
  ownFolder(dataDir, owner);
  const command = await service.prepare({ dataDir, owner, logDir, progress, signal });
  const { settings, endpoints, stopSignal } = service;
  const recorded = {
    settings: { ...service.ports, ...settings },
    endpoints,
    startedAt: new Date().toISOString(),
    ...(stopSignal === undefined ? {} : { stopSignal }),
  };
  if (command === undefined) {
    await waitUntilReady(service, undefined, signal);
    updateState(sandbox, (state) => ({ ...state, [service.name]: recorded }));
    return;
  }
  const logFile = join(logDir, `${service.name}.log`);
  for (let attempt = 1; ; attempt++) {
    const started = await startProcess({ ...command, owner }, dataDir, logFile);
    updateState(sandbox, (state) => ({
      ...state,
      [service.name]: { ...recorded, process: started.identity, logFile },
    }));
    try {
      return await waitUntilReady(service, started, signal);
    } catch (error) {
      await stopProcess(started.identity, STOP_GRACE_MS, stopSignal);
      forgetService(sandbox, service.name);
      if (signal.aborted) throw error;
      const { message } = error as Error;
      if (error instanceof EndedAtStart && attempt < START_ATTEMPTS) {
        progress.report(`${message} It is started again.`);
        continue;
      }
      throw new SluiceError('INTERNAL', `${message} Its log ends with:\n${tellingLines(logFile)}`, {
        hint: `All of it is in ${logFile}.`,
        cause: error,
      });
    }
  }
}

/** The process has ended before its service answered. */
class EndedAtStart extends SluiceError {}

/** Takes a service out of the state file. */
export function forgetService(sandbox: string, name: string): void {
  updateState(sandbox, ({ [name]: _, ...others }) => others);
}

type Services = SandboxState['services'];

/** Read, change and write without an await between them: services are started side by side. */
function updateState(sandbox: string, change: (services: Services) => Services): void {
  const state = loadState(sandbox);
  saveState({ ...state, services: change(state.services) });
}

async function waitUntilReady(
  service: Service,
  started: StartedProcess | undefined,
  signal: AbortSignal,
): Promise<void> {
  let ended: string | undefined;
  void started?.ended.then((how) => {
    ended = how;
  });
  const deadlineMs = Date.now() + service.startTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      // What answers must be our process: a stranger on the port would answer a probe just as well.
      await service.probe();
      if (ended === undefined) return;
    } catch (error) {
      if (ended === undefined && Date.now() > deadlineMs) {
        const waitedSeconds = Math.round(service.startTimeoutMs / 1000);
        const reason = (error as Error).message;
        throw new SluiceError('INTERNAL', `${service.title} does not answer after ${waitedSeconds} s (${reason}).`, {
          cause: error,
        });
      }
    }
    if (ended !== undefined) {
      throw new EndedAtStart('INTERNAL', `${service.title} ended while it started (${ended}).`);
    }
    await sleep(PROBE_INTERVAL_MS, undefined, { signal });
  }
}
