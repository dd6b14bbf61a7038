/** The `temporal` command, which has the development server in it. */

import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SluiceError } from '../../../connect/errors.js';
import { withLock } from '../lock.js';
import { sandboxRoot } from '../paths.js';
import { type Progress, reportWhile } from '../progress.js';
import { runTool } from './tools.js';

/** Later versions have a replace directive in go.mod, which `go install` refuses. */
const TEMPORAL_PACKAGE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/**
 * The path of a `temporal` command: SLUICE_TEMPORAL_BIN, else the one on PATH, else the one in `.sandbox/bin`, which
 * is built by Go when it is not there yet (once; about three minutes on two cores).
 */
export async function installTemporal(progress: Progress, signal?: AbortSignal): Promise<string> {
  const given = process.env.SLUICE_TEMPORAL_BIN;
  if (given !== undefined && given !== '') {
    if (!isExecutable(given)) {
      throw new SluiceError('CONFIG_INVALID', `SLUICE_TEMPORAL_BIN=${given} is no file that can be run.`);
    }
    return given;
  }
  const installed = join(sandboxRoot(), 'bin', 'temporal');
  const found = findOnPath('temporal') ?? (isExecutable(installed) ? installed : undefined);
  if (found !== undefined) return found;
  return withLock(
    join(sandboxRoot(), 'bin', 'temporal.lock'),
    async () => {
      if (!isExecutable(installed)) await build(installed, progress, signal);
      return installed;
    },
    {
      signal,
      onWait: (holder) => progress.report(`Process ${holder.pid} is building the Temporal server; waiting for it`),
    },
  );
}

/** Builds into a folder beside the target and moves the result, so that an interrupted build leaves nothing behind. */
async function build(target: string, progress: Progress, signal?: AbortSignal): Promise<void> {
  const work = `${target}.build`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    await reportWhile(
      progress,
      `Building the Temporal server from source: go install ${TEMPORAL_PACKAGE}, once, about three minutes`,
      runTool({
        file: 'go',
        args: ['install', TEMPORAL_PACKAGE],
        env: { GOBIN: work },
        hint: 'Put the temporal command on PATH (https://docs.temporal.io/cli) or install Go 1.24 or later.',
        logFile: `${target}-install.log`,
        signal,
      }),
    );
    renameSync(join(work, 'temporal'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function findOnPath(name: string): string | undefined {
  const dirs = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
