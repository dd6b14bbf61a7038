/** The double of a schema registry, for Avro, Protobuf and JSON Schema: its schemas are gone with its process. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '../../../connect/errors.js';
import { checkoutDir } from '../paths.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Service } from '../service.js';

export function registryService({ registry }: { registry: number }): Service {
  const main = join(checkoutDir(), 'dist', 'sandbox', 'registry', 'main.js');
  const url = `http://${SANDBOX_HOST}:${registry}`;
  return {
    name: 'registry',
    title: 'The schema registry double',
    ports: { registry },
    settings: {},
    endpoints: { url },
    startTimeoutMs: 30_000,
    install: async () => {
      if (existsSync(main)) return;
      throw new SluiceError('CONFIG_INVALID', `${main} is not there.`, { hint: 'Build Sluice first: npm run build.' });
    },
    prepare: async () => ({
      file: process.execPath,
      args: [main, '--host', SANDBOX_HOST, '--port', String(registry)],
    }),
    probe: async () => {
      const response = await fetch(`${url}/schemas/types`, { signal: AbortSignal.timeout(2_000) });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
    },
  };
}
