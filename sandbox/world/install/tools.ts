/** Running the tools that build, fetch and set up what a sandbox needs: go, mvn, java, initdb. */

import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SluiceError } from '../../../connect/errors.js';
import type { Owner } from '../owner.js';
import { lastLines } from '../processes.js';

export interface ToolRun {
  readonly file: string;
  readonly args: readonly string[];
  /** What to do when the tool is not there. */
  readonly hint: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Who it runs as; we ourselves unless given. */
  readonly owner?: Owner | undefined;
  /** Takes all output; its last lines are part of the error. */
  readonly logFile: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a tool to its end. Throws CANCELLED after an abort, else INTERNAL with the tool's own last words. */
export async function runTool({ file, args, hint, env, cwd, owner, logFile, signal }: ToolRun): Promise<void> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile);
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...owner,
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const abort = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    await new Promise<void>((resolve) => log.end(resolve));
    if (signal?.aborted === true) throw new SluiceError('CANCELLED', `${file} was interrupted.`);
    if (code !== 0) {
      throw new SluiceError('INTERNAL', `${file} ${args.join(' ')} failed:\n${lastLines(logFile)}`, {
        hint: `All its output is in ${logFile}.`,
      });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SluiceError('CONFIG_INVALID', `${file} is not installed.`, { hint, cause: error });
  } finally {
    signal?.removeEventListener('abort', abort);
    log.destroy();
  }
}
