/** A Temporal development server: one process with SQLite and the Web UI. */

import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { installTemporal } from '../install/temporal.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Service } from '../service.js';

export const TEMPORAL_NAMESPACE = 'default';

/** The typed search attributes of connector workflows; docker-compose.yml registers the same. */
export const SEARCH_ATTRIBUTES = {
  ConnectorState: 'Keyword',
  ConnectorClass: 'Keyword',
  Topic: 'KeywordList',
} as const;

export interface TemporalPorts {
  temporal: number;
  temporalUi: number;
}

/**
 * With eager activity execution, which halves the cost of a step, and SQLite in WAL mode, which doubles the steps per
 * second. Workflows are kept in a file: they survive `down` and `up`.
 */
export function temporalService({ temporal, temporalUi }: TemporalPorts): Service {
  const address = `${SANDBOX_HOST}:${temporal}`;
  return {
    name: 'temporal',
    title: 'Temporal',
    ports: { temporal, temporalUi },
    settings: {},
    endpoints: { address, ui: `http://${SANDBOX_HOST}:${temporalUi}` },
    startTimeoutMs: 60_000,
    install: async (progress, signal) => {
      await installTemporal(progress, signal);
    },
    prepare: async ({ dataDir, progress, signal }) => ({
      file: await installTemporal(progress, signal),
      args: [
        ...['server', 'start-dev', '--ip', SANDBOX_HOST, '--port', String(temporal), '--ui-port', String(temporalUi)],
        ...['--db-filename', join(dataDir, 'temporal.db')],
        ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
        ...['--dynamic-config-value', 'system.enableActivityEagerExecution=true'],
        ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ],
    }),
    probe: () => probe(address, temporalUi),
  };
}

/** Ready: the namespace and the search attributes are there, and the Web UI answers. */
async function probe(address: string, uiPort: number): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + 2_000, () =>
      connection.operatorService.listSearchAttributes({ namespace: TEMPORAL_NAMESPACE }),
    );
    const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => customAttributes?.[name] === undefined);
    if (missing.length > 0) throw new Error(`search attributes not registered yet: ${missing.join(', ')}`);
  } finally {
    await connection.close();
  }
  const response = await fetch(`http://${SANDBOX_HOST}:${uiPort}/`, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
}
