/** A PostgreSQL server whose changes can be followed by logical replication. */

import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { installDatabase } from '../install/databases.js';
import { runTool } from '../install/tools.js';
import { systemUser } from '../owner.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Preparation, Service } from '../service.js';
import { POSTGRES_SUPERUSER, psql } from './psql.js';

export function postgresService(port: number): Service {
  let programs = '';
  return {
    name: 'postgres',
    title: 'PostgreSQL',
    ports: { postgres: port },
    settings: {},
    endpoints: { address: `${SANDBOX_HOST}:${port}` },
    startTimeoutMs: 30_000,
    // "Fast": SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    findOwner: () => systemUser('postgres'),
    install: async (progress, signal) => {
      programs = await installDatabase('postgres', progress, signal);
    },
    prepare: async (preparation) => {
      const data = join(preparation.dataDir, 'data');
      if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(programs, data, port, preparation);
      return { file: join(programs, 'postgres'), args: ['-D', data], env: LOCALE };
    },
    probe: async () => {
      await psql({ file: join(programs, 'psql'), port, database: 'postgres' }, 'select 1');
    },
  };
}

const LOCALE = { LC_ALL: 'C.UTF-8' } as const;

async function createCluster(programs: string, data: string, port: number, preparation: Preparation): Promise<void> {
  const { dataDir, owner, signal } = preparation;
  await runTool({
    file: join(programs, 'initdb'),
    args: ['-D', data, '-E', 'UTF8', '--locale=C.UTF-8', '-A', 'trust', '-U', POSTGRES_SUPERUSER, '--no-sync'],
    env: LOCALE,
    cwd: dataDir,
    owner,
    hint: 'Install PostgreSQL.',
    logFile: join(preparation.logDir, 'initdb.log'),
    signal,
  });
  const settings = {
    port,
    listen_addresses: SANDBOX_HOST,
    unix_socket_directories: dataDir,
    wal_level: 'logical',
    max_wal_senders: 20,
    max_replication_slots: 20,
    timezone: 'UTC',
    fsync: 'off',
    shared_buffers: '32MB',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''));
}
