/**
 * A conversion measured in a process that does nothing else and has done nothing before: what else a process has run
 * shapes the code that V8 makes, and its heap.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { SluiceError } from '../../connect/errors.js';
import { checkoutDir } from '../../sandbox/world/paths.js';
import type { ConversionName, ConversionRun, ConvertOptions } from './index.js';

const MAX_OUTPUT_BYTES = 16 << 20;

export async function convertInOwnProcess(
  name: ConversionName,
  { durationMs, samples, signal }: Pick<ConvertOptions, 'durationMs' | 'samples' | 'signal'>,
): Promise<ConversionRun> {
  const flags = ['--json', '--seconds', String(durationMs / 1_000), '--samples', String(samples)];
  const args = [join(checkoutDir(), 'bin', 'bench'), 'convert', name.replace('convert_', ''), ...flags];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { signal, maxBuffer: MAX_OUTPUT_BYTES }, (failure, stdout, stderr) => {
      if (failure === null) resolve(JSON.parse(stdout) as ConversionRun);
      else reject(new SluiceError('INTERNAL', `bench convert has failed: ${stderr}`, { cause: failure }));
    });
  });
}
