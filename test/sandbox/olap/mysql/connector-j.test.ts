/** MySQL Connector/J, the JDBC driver of Kafka Connect's Doris connector, against the query port. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openQueryPort } from './harness.js';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../../../java/connector-j/', import.meta.url));
/** The first build downloads the driver. */
const BUILD_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 120_000;

async function isInstalled(command: string, ...args: string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

test(
  'Connector/J logs in, reads metadata, writes, reads and sees errors',
  async () => {
    if (!(await isInstalled('mvn', '-v')) || !(await isInstalled('javac', '-version'))) {
      console.warn('skipped: this test needs Maven and a JDK');
      return;
    }
    await run('mvn', ['-q', '-B', 'package'], { cwd: PROJECT, timeout: BUILD_TIMEOUT_MS });
    const server = await openQueryPort({ root: 'p@ss' });
    try {
      const url = `jdbc:mysql://${server.host}:${server.port}/db`;
      const classPath = 'target/classes:target/dependency/*';
      const args = ['-cp', classPath, 'org.sluice.check.ConnectorCheck', url, 'root', 'p@ss'];
      const { stdout } = await run('java', args, { cwd: PROJECT, timeout: RUN_TIMEOUT_MS });
      expect(stdout.trim().split('\n')).toHaveLength(6);
    } finally {
      await server.close();
    }
  },
  BUILD_TIMEOUT_MS + RUN_TIMEOUT_MS,
);
