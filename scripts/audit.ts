/**
 * Asks the package registry which packages of the lock file have known vulnerabilities. Exit code 1 for severe ones.
 * A registry that cannot be asked (none within reach, or one without this service) is said, and is no failure.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { auditVerdict } from './audit-verdict.js';

const TIMEOUT_MS = 120_000;

const { stdout, error } = spawnSync('npm', ['audit', '--json', '--fetch-retries=1', '--fetch-timeout=30000'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const { failed, lines } = auditVerdict(error === undefined ? stdout : JSON.stringify({ message: error.message }));
for (const line of lines) console.log(line);
process.exitCode = failed ? 1 : 0;
