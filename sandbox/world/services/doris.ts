/** The double of Apache Doris: a process of this checkout's own build, never the database itself. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '../../../connect/errors.js';
import { checkoutDir } from '../paths.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Service } from '../service.js';

export interface DorisPorts {
  dorisHttp: number;
  dorisBackend: number;
  dorisMysql: number;
}

export interface DorisOptions {
  /** Count and discard what is loaded, for benchmarks. */
  nullMode: boolean;
}

export function dorisService({ dorisHttp, dorisBackend, dorisMysql }: DorisPorts, { nullMode }: DorisOptions): Service {
  const main = join(checkoutDir(), 'dist', 'sandbox', 'doris', 'main.js');
  return {
    name: 'doris',
    title: 'The Doris double',
    ports: { dorisHttp, dorisBackend, dorisMysql },
    settings: { nullMode },
    endpoints: {
      fenodes: `${SANDBOX_HOST}:${dorisHttp}`,
      benodes: `${SANDBOX_HOST}:${dorisBackend}`,
      mysql: `mysql -h${SANDBOX_HOST} -P${dorisMysql} -uroot`,
    },
    startTimeoutMs: 30_000,
    install: async () => {
      if (existsSync(main)) return;
      throw new SluiceError('CONFIG_INVALID', `${main} is not there.`, { hint: 'Build Sluice first: npm run build.' });
    },
    prepare: async ({ dataDir }) => ({
      file: process.execPath,
      args: [
        ...[main, '--host', SANDBOX_HOST],
        ...['--http-port', String(dorisHttp), '--be-port', String(dorisBackend), '--mysql-port', String(dorisMysql)],
        ...['--data', join(dataDir, 'tables.duckdb')],
        ...(nullMode ? ['--null-mode'] : []),
      ],
    }),
    probe: () => probe(dorisHttp),
  };
}

/** Ready: the frontend says so and has its backend. */
async function probe(port: number): Promise<void> {
  const response = await fetch(`http://${SANDBOX_HOST}:${port}/api/health`, { signal: AbortSignal.timeout(2_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status} ${body}`);
}
