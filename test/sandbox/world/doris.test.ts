import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { down, findFreePorts, up } from '../../../sandbox/index.js';
import { checkoutDir } from '../../../sandbox/world/paths.js';
import { isPortTaken, SANDBOX_HOST } from '../../../sandbox/world/ports.js';

const name = `test-doris-${randomUUID().slice(0, 8)}`;
const isBuilt = existsSync(join(checkoutDir(), 'dist', 'sandbox', 'doris', 'main.js'));

afterEach(async () => {
  await down({ name, purge: true });
});

// The double runs from the build, as users run it; `make test` builds before it tests.
(isBuilt ? test : test.skip)('the Doris double starts on its ports and stops when it is told to', async () => {
  const ports = await findFreePorts();
  const world = await up({ name, services: ['doris'], ports, nullMode: true });

  expect(world.services).toMatchObject([{ name: 'doris', state: 'running', settings: { nullMode: true } }]);
  const health = await fetch(`http://${SANDBOX_HOST}:${ports.dorisHttp}/api/health`);
  expect(await health.json()).toMatchObject({ msg: 'success', data: { online_backend_num: 1 } });
  await expect(up({ name, services: ['doris'], nullMode: false })).rejects.toThrow('nullMode is true, asked for false');

  expect((await down({ name })).stopped).toMatchObject([{ service: 'doris', how: 'stopped' }]);
  const taken = [ports.dorisHttp, ports.dorisBackend, ports.dorisMysql].map(isPortTaken);
  expect(await Promise.all(taken)).not.toContain(true);
});
