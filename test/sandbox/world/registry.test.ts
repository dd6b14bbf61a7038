import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { down, findFreePorts, up } from '../../../sandbox/index.js';
import { checkoutDir } from '../../../sandbox/world/paths.js';

const name = `test-registry-${randomUUID().slice(0, 8)}`;
const isBuilt = existsSync(join(checkoutDir(), 'dist', 'sandbox', 'registry', 'main.js'));

afterAll(() => down({ name, purge: true }));

(isBuilt ? test : test.skip)('the registry double is one of the servers: up, asked, down', async () => {
  const ports = await findFreePorts();
  const world = await up({ name, services: ['registry'], ports });
  expect(world.services).toMatchObject([
    { name: 'registry', state: 'running', endpoints: { url: `http://127.0.0.1:${ports.registry}` } },
  ]);
  const types = await fetch(`http://127.0.0.1:${ports.registry}/schemas/types`);
  expect(await types.json()).toContain('AVRO');
  expect((await down({ name })).stopped).toMatchObject([{ service: 'registry', how: 'stopped' }]);
});
