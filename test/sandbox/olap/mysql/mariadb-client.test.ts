/** The `mariadb` command line, the open sibling of `mysql`, against the query port. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openQueryPort, type QueryPort } from './harness.js';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 30_000;

async function hasClient(): Promise<boolean> {
  return run('mariadb', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Installs it where that is possible: as root, on a system with apt. */
async function installed(): Promise<boolean> {
  if (await hasClient()) return true;
  if (process.getuid?.() !== 0) return false;
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'mariadb-client'], {
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).catch(() => undefined);
  return hasClient();
}

let server: QueryPort;
let available = false;

beforeAll(async () => {
  available = await installed();
  if (!available) console.warn('skipped: there is no mariadb client, and it cannot be installed here');
  server = await openQueryPort({ root: 'p@ss' });
}, INSTALL_TIMEOUT_MS + RUN_TIMEOUT_MS);
afterAll(() => server.close());

async function client(sql: string, ...options: string[]): Promise<string> {
  const address = ['-h', server.host, '-P', String(server.port), '-u', 'root', '-pp@ss', '--protocol=tcp'];
  const { stdout } = await run('mariadb', ['--no-defaults', ...address, ...options, '-e', sql], {
    timeout: RUN_TIMEOUT_MS,
  });
  return stdout;
}

test('prints a table', async () => {
  if (!available) return;
  await client(
    `CREATE TABLE t (id INT, name VARCHAR(20)) UNIQUE KEY(id) DISTRIBUTED BY HASH(id);
     INSERT INTO t VALUES (1, 'zhangsan'), (2, NULL), (3, '名字');`,
    'db',
  );
  expect(await client('SELECT * FROM t ORDER BY id; SHOW TABLES', 'db')).toBe(
    'id\tname\n1\tzhangsan\n2\tNULL\n3\t名字\nTables_in_db\nt\n',
  );
});

test('completes names, which asks for the fields of every table', async () => {
  if (!available) return;
  expect(await client('SELECT COUNT(*) FROM t', '--auto-rehash', '--table', 'db')).toContain('| COUNT(*) |');
});

test('prints errors with number and state', async () => {
  if (!available) return;
  await expect(client('SELECT * FROM nope', 'db')).rejects.toThrow(/ERROR 1146 \(42S02\)/);
  await expect(client('SELECT 1', 'nope')).rejects.toThrow(/ERROR 1049 \(42000\)/);
});

test('status says what it is connected to', async () => {
  if (!available) return;
  expect(await client('status')).toMatch(/Server version:\s+5\.7\.99.*Sluice sandbox double/);
});
