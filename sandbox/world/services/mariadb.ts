/** A MariaDB server whose changes can be followed by its binary log. */

import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import mysql from 'mysql2/promise';
import { installDatabase } from '../install/databases.js';
import { runTool } from '../install/tools.js';
import { systemUser } from '../owner.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Preparation, Service } from '../service.js';

/** Users of the server: an administrator, and one with just what Debezium needs. */
export const MARIADB_ADMIN = { user: 'admin', password: 'admin' } as const;
export const MARIADB_CAPTURE = { user: 'dbz', password: 'dbz' } as const;

export function mariadbService(port: number): Service {
  let programs = '';
  return {
    name: 'mariadb',
    title: 'MariaDB',
    ports: { mariadb: port },
    settings: {},
    endpoints: { address: `${SANDBOX_HOST}:${port}` },
    startTimeoutMs: 30_000,
    findOwner: () => systemUser('mysql'),
    install: async (progress, signal) => {
      programs = await installDatabase('mariadb', progress, signal);
    },
    prepare: async (preparation) => {
      const options = join(preparation.dataDir, 'my.cnf');
      writeFileSync(options, optionFile(preparation.dataDir, port));
      writeFileSync(join(preparation.dataDir, 'users.sql'), USERS);
      if (!existsSync(join(preparation.dataDir, 'data'))) await createTables(programs, options, preparation);
      return { file: join(programs, 'mariadbd'), args: [`--defaults-file=${options}`] };
    },
    probe: async () => {
      const connection = await mysql.createConnection({
        host: SANDBOX_HOST,
        port,
        ...MARIADB_ADMIN,
        connectTimeout: 2_000,
      });
      await connection.end();
    },
  };
}

const USERS = `create user if not exists ${MARIADB_ADMIN.user}@'%' identified by '${MARIADB_ADMIN.password}';
grant all on *.* to ${MARIADB_ADMIN.user}@'%';
create user if not exists ${MARIADB_CAPTURE.user}@'%' identified by '${MARIADB_CAPTURE.password}';
grant select, reload, show databases, replication slave, binlog monitor, lock tables on *.* to ${MARIADB_CAPTURE.user}@'%';
`;

async function createTables(programs: string, options: string, preparation: Preparation): Promise<void> {
  // Beside the server in a Debian package: /usr/sbin and /usr/bin.
  const beside = [programs, join(dirname(programs), 'bin')].map((folder) => join(folder, 'mariadb-install-db'));
  await runTool({
    file: beside.find(existsSync) ?? 'mariadb-install-db',
    args: [`--defaults-file=${options}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    cwd: preparation.dataDir,
    owner: preparation.owner,
    hint: 'Install MariaDB.',
    logFile: join(preparation.logDir, 'mariadb-install-db.log'),
    signal: preparation.signal,
  });
}

function optionFile(dataDir: string, port: number): string {
  return `[mysqld]
datadir=${join(dataDir, 'data')}
socket=${join(dataDir, 'mariadb.sock')}
pid-file=${join(dataDir, 'mariadb.pid')}
init-file=${join(dataDir, 'users.sql')}
port=${port}
bind-address=${SANDBOX_HOST}
skip-name-resolve
server-id=1
log-bin=binlog
binlog-format=ROW
binlog-row-image=FULL
binlog-row-metadata=FULL
gtid-strict-mode=ON
character-set-server=utf8mb4
default-time-zone=+00:00
sql-mode=STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE
innodb-buffer-pool-size=32M
innodb-flush-log-at-trx-commit=0
`;
}
