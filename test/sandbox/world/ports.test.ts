import { createServer } from 'node:net';
import { DEFAULT_PORTS, findFreePorts, isPortTaken, resolvePorts, SANDBOX_HOST } from '../../../sandbox/world/ports.js';

test('an offset shifts every default port, and a port given by itself stays as given', () => {
  const ports = resolvePorts(100, { kafka: 19_092 });

  expect(ports).toMatchObject({ temporal: DEFAULT_PORTS.temporal + 100, dorisHttp: 8130, kafka: 19_092 });
});

test.each([70_000, 0, 1.5])('%p is no port', (port) => {
  expect(() => resolvePorts(0, { temporal: port })).toThrow(/is not a port \(temporal\)/);
});

test('free ports are all different and can be bound', async () => {
  const ports = Object.values(await findFreePorts());

  expect(new Set(ports).size).toBe(ports.length);
  expect(await Promise.all(ports.map(isPortTaken))).not.toContain(true);
});

test('a port with a listener is taken', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, SANDBOX_HOST, resolve));
  try {
    const address = server.address();
    expect(address !== null && typeof address === 'object' && (await isPortTaken(address.port))).toBe(true);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
