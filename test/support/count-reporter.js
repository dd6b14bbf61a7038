/**
 * Ends a test run with one line to count on: `N passed, N failed`, and `, N skipped` if any were.
 *
 * It is written when the process exits, because Jest prints its own summary, and warnings about open handles, after
 * the reporters have had their turn. Plain JavaScript: Jest loads reporters without transforming them.
 */

import { writeSync } from 'node:fs';

export default class CountReporter {
  onRunComplete(_contexts, results) {
    process.once('exit', () => writeSync(1, `${countLine(results)}\n`));
  }
}

/** A file that fails to load has no tests, but it has failed: it counts as one. */
export function countLine(results) {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
