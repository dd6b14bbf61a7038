/** PostgreSQL and MariaDB, which the sandbox has as the system's packages: found, or installed where we may do that. */

import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SluiceError } from '../../../connect/errors.js';
import { withLock } from '../lock.js';
import { isRoot } from '../owner.js';
import { sandboxRoot } from '../paths.js';
import { type Progress, reportWhile } from '../progress.js';
import { runTool } from './tools.js';

interface Database {
  readonly title: string;
  /** Of Debian and Ubuntu. The extensions that PostgreSQL's tests need come with its server. */
  readonly packages: readonly string[];
  /** All of them have to be in one folder. */
  readonly programs: readonly string[];
  readonly folders: () => readonly string[];
}

const DATABASES = {
  postgres: {
    title: 'PostgreSQL',
    packages: ['postgresql'],
    programs: ['initdb', 'postgres', 'psql'],
    folders: () => [...debianFolders('/usr/lib/postgresql'), ...pathFolders()],
  },
  mariadb: {
    title: 'MariaDB',
    packages: ['mariadb-server'],
    programs: ['mariadbd'],
    folders: () => [...pathFolders(), '/usr/sbin', '/usr/libexec'],
  },
} as const satisfies Record<string, Database>;

export type DatabaseName = keyof typeof DATABASES;

/** The folder of the database's programs; undefined where it is not installed. */
export function findDatabase(name: DatabaseName): string | undefined {
  const { programs, folders } = DATABASES[name];
  return folders().find((folder) => programs.every((program) => existsSync(join(folder, program))));
}

/**
 * The folder of the database's programs, which apt-get installs when they are not there yet.
 *
 * Throws CONFIG_INVALID where that is not possible: we are not root, or the system has no apt-get.
 */
export async function installDatabase(name: DatabaseName, progress: Progress, signal?: AbortSignal): Promise<string> {
  const { title, packages } = DATABASES[name];
  const found = findDatabase(name);
  if (found !== undefined) return found;
  const hint = `Install it: apt-get install ${packages.join(' ')}, or as your system does that.`;
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) {
    throw new SluiceError('CONFIG_INVALID', `${title} is not installed, and only root can do that by apt-get.`, {
      hint,
    });
  }
  return withLock(join(sandboxRoot(), 'apt-get.lock'), async () => {
    // Another process may have done it meanwhile.
    if (findDatabase(name) === undefined) {
      await reportWhile(progress, `Installing ${title} by apt-get, once`, aptInstall(packages, hint, signal));
    }
    const folder = findDatabase(name);
    if (folder !== undefined) return folder;
    throw new SluiceError('CONFIG_INVALID', `${title} is not where it should be after apt-get has installed it.`);
  });
}

async function aptInstall(packages: readonly string[], hint: string, signal?: AbortSignal): Promise<void> {
  const common = {
    file: 'apt-get',
    hint,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    logFile: join(sandboxRoot(), 'apt-get.log'),
    signal,
  };
  // Another apt-get of the system may be at work.
  const patience = ['-o', 'DPkg::Lock::Timeout=120'];
  await runTool({ ...common, args: ['update', ...patience] });
  await runTool({ ...common, args: ['install', '-y', '--no-install-recommends', ...patience, ...packages] });
}

/** `/usr/lib/postgresql/15/bin`, the newest first. */
function debianFolders(root: string): string[] {
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(root, version, 'bin'));
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}
