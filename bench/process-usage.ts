/** What a process has used of the machine, from Linux' /proc (proc_pid_stat(5), proc_pid_status(5)). */
import { readFileSync } from 'node:fs';
import { SluiceError } from '../connect/errors.js';

export interface ProcessUsage {
  /** Processor time of all threads, user and system. */
  readonly cpuMs: number;
  /** The largest resident memory so far. */
  readonly peakMiB: number;
}

/** Clock ticks of /proc are hundredths of a second on every Linux of today (sysconf(_SC_CLK_TCK)). */
const MS_PER_TICK = 10;

/** @throws SluiceError INTERNAL when the process is gone, or the system has no /proc */
export function usageOf(pid: number): ProcessUsage {
  try {
    return parseUsage(readFileSync(`/proc/${pid}/stat`, 'utf8'), readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    throw new SluiceError('INTERNAL', `What process ${pid} uses cannot be read: ${(error as Error).message}`, {
      cause: error,
      hint: 'Run the benchmarks on Linux.',
    });
  }
}

/** Reads the two files' text. Fields of `stat` are counted from behind the command's name, which may hold blanks. */
export function parseUsage(stat: string, status: string): ProcessUsage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (Number.isNaN(ticks + peakKiB)) throw new SluiceError('INTERNAL', 'The files of /proc are not as expected.');
  return { cpuMs: ticks * MS_PER_TICK, peakMiB: peakKiB / 1_024 };
}
