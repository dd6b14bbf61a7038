/** Which servers the tests of this run ask for, so that a run of pure tests starts none. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A test asks for a server by reading its variable, in its own file or in a helper it imports. */
export const SERVER_VARIABLES = ['SLUICE_TEST_TEMPORAL', 'SLUICE_TEST_KAFKA', 'SLUICE_KAFKA_LIB'] as const;
export type ServerVariable = (typeof SERVER_VARIABLES)[number];

/** The variables read by the test files below `testDir` whose paths match one of Jest's patterns (none: all files). */
export function neededVariables(testDir: string, patterns: readonly string[]): Set<ServerVariable> {
  const needed = new Set<ServerVariable>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const name of SERVER_VARIABLES) if (source.includes(name)) needed.add(name);
    for (const helper of importedHelpers(file, source, testDir)) visit(helper);
  };
  testFiles(testDir, patterns).forEach(visit);
  return needed;
}

function testFiles(testDir: string, patterns: readonly string[]): string[] {
  const matchers = patterns.map((pattern) => new RegExp(pattern, 'i'));
  return readdirSync(testDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(testDir, name))
    .filter((file) => matchers.length === 0 || matchers.some((matcher) => matcher.test(file)));
}

/** Relative imports that stay below the test folder: the product itself never reads these variables. */
function importedHelpers(file: string, source: string, testDir: string): string[] {
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)]
    .map(([, specifier]) => `${resolve(dirname(file), specifier ?? '')}.ts`)
    .filter((helper) => helper.startsWith(`${testDir}/`) && existsSync(helper));
}
