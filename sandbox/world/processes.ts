/**
 * Processes that outlive the command that started them.
 *
 * A pid alone names nobody: after a crash or a reboot it may belong to a stranger. A process is known here by its pid
 * and the time the kernel started it, and is signalled only while both agree.
 */

import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SluiceError } from '../../connect/errors.js';
import type { Owner } from './owner.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** As the system tells it; compared, never interpreted. */
  readonly startTime: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Ours unless given. */
  readonly owner?: Owner | undefined;
}

export interface StartedProcess {
  readonly identity: ProcessIdentity;
  /** Fulfilled with `exit code 1` or `signal SIGKILL` when the process ends while we still run. */
  readonly ended: Promise<string>;
}

const POLL_INTERVAL_MS = 25;

/** Who has this pid now; undefined when nobody has, or only a zombie that waits to be reaped. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = existsSync('/proc/self/stat') ? await startTimeFromProc(pid) : await startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** True while this very process runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime;
}

/**
 * Starts a process in a session of its own (the Ctrl-C of our terminal does not reach it), with stdout and stderr
 * appended to `logFile`. The log of the start before is kept beside it as `<logFile>.1`.
 */
export async function startProcess(command: Command, cwd: string, logFile: string): Promise<StartedProcess> {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(command.file, command.args, {
      cwd,
      env: { ...process.env, ...command.env },
      detached: true,
      ...command.owner,
      stdio: ['ignore', log, log],
    });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    // A process that has ended already has no start time any more: such an identity matches nobody.
    const identity = (await identifyProcess(pid)) ?? { pid, startTime: '' };
    return { identity, ended };
  } catch (error) {
    throw new SluiceError('INTERNAL', `${command.file} cannot be started: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    closeSync(log);
  }
}

/**
 * SIGTERM (or the signal given), then SIGKILL after `graceMs`, which takes the children of the process too (it leads
 * their group; by SIGTERM it ends them itself). Returns when the process is gone and its ports with it. Throws INTERNAL when not even SIGKILL
 * has ended it within five seconds.
 */
export async function stopProcess(
  identity: ProcessIdentity,
  graceMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<'not running' | 'stopped' | 'killed'> {
  if (!(await isRunning(identity))) return 'not running';
  sendSignal(identity.pid, signal);
  if (await waitForEnd(identity, graceMs)) return 'stopped';
  sendSignal(-identity.pid, 'SIGKILL');
  sendSignal(identity.pid, 'SIGKILL');
  if (await waitForEnd(identity, 5_000)) return 'killed';
  throw new SluiceError('INTERNAL', `Process ${identity.pid} does not end, not even by SIGKILL.`);
}

/** The last lines of a log, for error messages; empty when there is none. */
export function lastLines(logFile: string, count = 20): string {
  if (!existsSync(logFile)) return '';
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** The last lines of a log; where a Go program has panicked the first of them that tell why. */
export function tellingLines(logFile: string, count = 20): string {
  const last = lastLines(logFile, 200).split('\n');
  const panic = last.findLastIndex((line) => /^(panic|fatal error):/.test(line));
  return (panic === -1 ? last.slice(-count) : last.slice(panic, panic + count)).join('\n');
}

/** To a process or, with a negative id, to the group it leads. One that has ended in between is no error. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadlineMs = Date.now() + timeoutMs;
  while (await isRunning(identity)) {
    if (Date.now() > deadlineMs) return false;
    await sleep(POLL_INTERVAL_MS);
  }
  return true;
}

/**
 * Field 22 of /proc/<pid>/stat counts clock ticks since boot, so the boot id makes it unique (proc_pid_stat(5)).
 * The fields are counted from behind the command's name, which may hold blanks and parentheses itself.
 * A zombie with threads left (field 20) is still at work: its sockets are closed when the last of them has ended.
 */
async function startTimeFromProc(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads, ticks] = [fields[0], Number(fields[17]), fields[19]];
    if (state === 'X' || (state === 'Z' && threads <= 1) || ticks === undefined) return undefined;
    const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${bootId.trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}

/** For systems without /proc. */
async function startTimeFromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [, state, startTime] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(stdout) ?? [];
    return state === undefined || state.startsWith('Z') ? undefined : startTime;
  } catch {
    return undefined;
  }
}
