/**
 * Measuring Sluice: `bin/bench all` measures everything beside its baselines, writes
 * `bench/results/latest.json`, and generates `docs/benchmarks.md` from it.
 *
 * `measures.ts` says what is measured. Each part (`parts/`) also runs by itself, in a sandbox of its own or against given
 * servers, so that connectors of any make can be measured on the same topic (`produce`) and the same sink (`sink`).
 */
import { describeError } from '../connect/errors.js';
import { withInterrupt } from '../sandbox/index.js';
import { letHeapGrow } from '../workers/heap.js';
import { runCommandLine } from './commands/index.js';

// The raw limit is read in this process, and is to have what a worker has.
letHeapGrow();
await withInterrupt(async (signal) => {
  try {
    await runCommandLine(process.argv.slice(2), { signal, out: (line) => process.stdout.write(`${line}\n`) });
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  }
});
