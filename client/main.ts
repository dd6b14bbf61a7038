/**
 * Entry point of the `sluice` command. bin/sluice imports it.
 */
import { withInterrupt } from '../sandbox/world/interrupt.js';
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

/** What native code still holds after a failure must not keep the command from ending. */
const EXIT_GRACE_MS = 2_000;

/** Runs the command line of this process. Ctrl-C and SIGTERM end it in good order, a second one at once. */
export async function main(): Promise<void> {
  // `sluice connector status --watch | head` ends the reader first: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await withInterrupt((signal) =>
    runProgram(process.argv.slice(2), { terminal: processTerminal(), signal }),
  );
  if (process.exitCode !== 0) setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}
