/** The ports of a sandbox: the products' own default ports, shifted or set one by one. */

import { createConnection, createServer } from 'node:net';
import { SluiceError } from '../../connect/errors.js';

/** Everything in a sandbox listens on this address only. */
export const SANDBOX_HOST = '127.0.0.1';

/** The default ports of the real products, so that examples work unchanged. */
export const DEFAULT_PORTS = {
  temporal: 7233,
  temporalUi: 8233,
  kafka: 9092,
  kafkaController: 9093,
  dorisHttp: 8030,
  dorisBackend: 8040,
  dorisMysql: 9030,
  registry: 8081,
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;
export type SandboxPorts = Record<PortName, number>;
export const PORT_NAMES = Object.keys(DEFAULT_PORTS) as readonly PortName[];

/** Default ports plus `offset`, with single ports overridden. Throws CONFIG_INVALID for what is no port. */
export function resolvePorts(offset: number, overrides: Partial<SandboxPorts>): SandboxPorts {
  const ports: SandboxPorts = { ...DEFAULT_PORTS };
  for (const name of PORT_NAMES) {
    const port = overrides[name] ?? DEFAULT_PORTS[name] + offset;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new SluiceError('CONFIG_INVALID', `${port} is not a port (${name}).`, {
        hint: 'Ports go from 1 to 65535.',
      });
    }
    ports[name] = port;
  }
  return ports;
}

/** True when nothing can be bound to the port now. */
export async function isPortTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port);
    return false;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE' || code === 'EACCES') return true;
    throw error;
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** True when something listens on the port. */
export function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: SANDBOX_HOST, port, timeout: 2_000 });
    const finish = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}

/** A free port for every name. */
export async function findFreePorts(): Promise<SandboxPorts> {
  const found = await findFree(PORT_NAMES.length);
  const named = PORT_NAMES.map((name, index) => [name, found[index] ?? DEFAULT_PORTS[name]] as const);
  return { ...DEFAULT_PORTS, ...Object.fromEntries(named) };
}

/** So many free ports. All are held until the last is found, so that no two are the same. */
export async function findFree(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  try {
    for (const server of servers) {
      await listen(server, 0);
      const address = server.address();
      if (address !== null && typeof address === 'object') ports.push(address.port);
    }
    return ports;
  } finally {
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: SANDBOX_HOST, port, exclusive: true }, resolve);
  });
}
