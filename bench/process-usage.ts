/** What a process has used of the machine, from Linux' /proc (proc_pid_stat(5), proc_pid_status(5)). */
import { readFileSync } from 'node:fs';
import { SluiceError } from '../connect/errors.js';

export interface ProcessUsage {
  /** Resident memory now. */
  readonly residentMiB: number;
  /** Processor time of all threads, user and system. */
  readonly cpuMs: number;
  /** The largest resident memory so far. */
  readonly peakMiB: number;
}

/** Clock ticks of /proc are hundredths of a second on every Linux of today (sysconf(_SC_CLK_TCK)). */
const MS_PER_TICK = 10;

/**
 * What a process and those that it has started use together. Peaks are added up, though they may not have been at the
 * same time.
 *
 * @throws SluiceError INTERNAL when the process is gone, or the system has no /proc
 */
export function usageOf(pid: number): ProcessUsage {
  try {
    const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
    const own = parseUsage(read('stat'), read('status'));
    const children = read(`task/${pid}/children`).trim();
    return (children === '' ? [] : children.split(' ')).map((child) => usageOf(Number(child))).reduce(added, own);
  } catch (error) {
    throw new SluiceError('INTERNAL', `What process ${pid} uses cannot be read: ${(error as Error).message}`, {
      cause: error,
      hint: 'Run the benchmarks on Linux.',
    });
  }
}

function added(a: ProcessUsage, b: ProcessUsage): ProcessUsage {
  return {
    residentMiB: a.residentMiB + b.residentMiB,
    cpuMs: a.cpuMs + b.cpuMs,
    peakMiB: a.peakMiB + b.peakMiB,
  };
}

/** Reads the two files' text. Fields of `stat` are counted from behind the command's name, which may hold blanks. */
export function parseUsage(stat: string, status: string): ProcessUsage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  const residentMiB = kibibytes('VmRSS') / 1_024;
  const peakMiB = kibibytes('VmHWM') / 1_024;
  if (Number.isNaN(ticks + residentMiB + peakMiB)) {
    throw new SluiceError('INTERNAL', 'The files of /proc are not as expected.');
  }
  return { residentMiB, cpuMs: ticks * MS_PER_TICK, peakMiB };
}
