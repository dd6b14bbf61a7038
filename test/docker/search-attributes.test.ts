import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { installTemporal, SEARCH_ATTRIBUTES, silentProgress } from '../../sandbox/index.js';
import { checkoutDir } from '../../sandbox/world/paths.js';

const run = promisify(execFile);

test('the job of docker-compose.yml registers the search attributes, and does no harm a second time', async () => {
  const address = process.env.SLUICE_TEST_TEMPORAL ?? '';
  const namespace = `compose-${randomUUID()}`;
  const temporal = await installTemporal(silentProgress);
  const env = {
    ...process.env,
    PATH: `${dirname(temporal)}:${process.env.PATH}`,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
  await run(temporal, ['operator', 'namespace', 'create', '--namespace', namespace, '--address', address]);
  const register = () => run('sh', [join(checkoutDir(), 'docker', 'register-search-attributes.sh')], { env });

  await register();
  const { stdout } = await register();

  expect(stdout).toContain('Search attribute Topic (KeywordList) is there.');
  const connection = await Connection.connect({ address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
});
