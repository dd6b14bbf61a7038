import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gate } from '../../../sandbox/chaos/gate.js';

test('a gate lets through, refuses while it is shut, and opens again on its port', async () => {
  const server = createServer((_, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gate = await Gate.open((server.address() as AddressInfo).port);
  const url = `http://127.0.0.1:${gate.port}/`;
  const ask = async () => (await fetch(url, { headers: { connection: 'close' } })).text();
  try {
    expect(await ask()).toBe('here');
    await gate.stop();
    await expect(ask()).rejects.toThrow();
    await gate.start();
    expect(await ask()).toBe('here');
  } finally {
    await gate.stop();
    server.close();
  }
});
