/**
 * Runs once before all tests: starts the servers they ask for (see needed-servers.ts) and exports where they are:
 * SLUICE_TEST_TEMPORAL, SLUICE_TEST_TEMPORAL_UI, SLUICE_TEST_KAFKA, SLUICE_KAFKA_LIB. Servers whose variables are set
 * already are used as they are (`make test-world` keeps some running); SLUICE_TEST_WORLD=off starts none.
 *
 * Plain JavaScript: Jest gives this file neither its transforms nor its module names, so it loads the rest through tsx.
 */

import { writeSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';

/** @param {{ rootDir: string, testPathPatterns: { patterns: string[] } }} globalConfig */
export default async function globalSetup({ rootDir, testPathPatterns }) {
  if (process.env.SLUICE_TEST_WORLD === 'off') return;
  const { neededVariables } = await tsImport('./needed-servers.ts', import.meta.url);
  const needed = neededVariables(`${rootDir}/test`, testPathPatterns.patterns);
  if (needed.size === 0) return;
  const { startTestWorld } = await tsImport('./test-world.ts', import.meta.url);
  try {
    globalThis.stopTestWorld = await startTestWorld(needed);
  } catch (error) {
    // No test will run, so no reporter will count.
    process.once('exit', () => writeSync(1, '0 passed, 1 failed\n'));
    throw error;
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stopAndExit);
}

/** Servers are out of reach of the terminal's Ctrl-C, and Jest runs no teardown after one. */
function stopAndExit() {
  const exit = () => process.exit(130);
  globalThis.stopTestWorld().then(exit, exit);
}
