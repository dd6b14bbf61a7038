/**
 * Measuring Sluice: `node dist/bench/main.js all` measures everything beside its baselines, writes
 * `bench/results/latest.json`, and generates `docs/benchmarks.md` from it.
 *
 * `measures.ts` says what is measured. Each part (`parts/`) also runs by itself, in a sandbox of its own or against given
 * servers, so that connectors of any make can be measured on the same topic (`produce`) and the same sink (`sink`).
 */

import { describeError } from '../connect/errors.js';
import { withInterrupt } from '../sandbox/index.js';
import { createCommands } from './commands.js';

process.exitCode = await withInterrupt(async (signal) => {
  try {
    return await createCommands(signal, (line) => process.stdout.write(`${line}\n`))(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return 1;
  }
});
