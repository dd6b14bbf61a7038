import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTemporal, resolveTemporalSettings } from '../../client/temporal.js';

const HOME = { HOME: '/nonexistent' };

describe('where Temporal is', () => {
  const properties = {
    'temporal.address': 'worker-file:1',
    'temporal.namespace': 'n-file',
    'temporal.task.queue': 'q',
  };

  test('on this machine when nobody says otherwise', () => {
    expect(resolveTemporalSettings({}, {}, HOME)).toMatchObject({
      address: '127.0.0.1:7233',
      namespace: 'default',
      taskQueue: 'sluice',
    });
  });

  test('as the worker.properties says', () => {
    expect(resolveTemporalSettings({}, properties, HOME)).toMatchObject({
      address: 'worker-file:1',
      namespace: 'n-file',
      taskQueue: 'q',
    });
  });

  test("Temporal's environment variables go before the file, flags before both", () => {
    const env = { ...HOME, TEMPORAL_ADDRESS: 'env:2', TEMPORAL_NAMESPACE: 'n-env' };
    expect(resolveTemporalSettings({}, properties, env)).toMatchObject({ address: 'env:2', namespace: 'n-env' });
    const flags = { address: 'flag:3', namespace: 'n-flag', taskQueue: 'q-flag' };
    expect(resolveTemporalSettings(flags, properties, env)).toMatchObject({
      address: 'flag:3',
      namespace: 'n-flag',
      taskQueue: 'q-flag',
    });
  });

  test('an API key turns TLS on', () => {
    expect(resolveTemporalSettings({}, {}, { ...HOME, TEMPORAL_API_KEY: 'k' }).connectionOptions).toMatchObject({
      apiKey: 'k',
      tls: true,
    });
  });

  test("profiles of Temporal's configuration file", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
    try {
      const file = join(folder, 'temporal.toml');
      await writeFile(file, '[profile.prod]\naddress = "prod:7233"\nnamespace = "streams"\n');
      const env = { ...HOME, TEMPORAL_CONFIG_FILE: file };
      expect(resolveTemporalSettings({ profile: 'prod' }, {}, env)).toMatchObject({
        address: 'prod:7233',
        namespace: 'streams',
      });
      expect(() => resolveTemporalSettings({ profile: 'nope' }, {}, env)).toThrow(/configuration cannot be used.*nope/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('a server that is not there is told with its address and how to start one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  await expect(
    connectTemporal(resolveTemporalSettings({ address: `127.0.0.1:${port}` }, {}, HOME)),
  ).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: `Temporal at 127.0.0.1:${port} does not answer.`,
    hint: expect.stringContaining('sluice sandbox up'),
  });
});
