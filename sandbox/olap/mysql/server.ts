/**
 * A MySQL server without a database: the client/server protocol of MySQL 5.7 over TCP, as Doris and StarRocks speak it
 * on their query port. What a statement means is decided by the session that the owner opens for every connection.
 *
 * Source of the protocol: MySQL client/server protocol documentation; what Doris sends in its greeting is in
 * MysqlHandshakePacket.java.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Connection, type ServerView } from './connection.js';
import type { MysqlServer, MysqlServerOptions } from './session.js';

export type {
  MysqlServer,
  MysqlServerOptions,
  MysqlSession,
  MysqlStatement,
  OkResult,
  OpenConnection,
  StatementResult,
} from './session.js';

/** Resolves once the port is open. @throws the system's error when it is taken */
export async function startMysqlServer(options: MysqlServerOptions): Promise<MysqlServer> {
  const connections = new Map<number, Connection>();
  const startedMs = Date.now();
  let lastConnectionId = 0;
  const kill = (id: number): boolean => {
    const connection = connections.get(id);
    connection?.socket.destroy();
    return connection !== undefined;
  };
  const statistics = (): string =>
    `Uptime: ${Math.floor((Date.now() - startedMs) / 1000)}  Threads: ${connections.size}`;
  const view: ServerView = { kill, statistics };

  const server = createServer((socket) => {
    const connection = new Connection(++lastConnectionId, socket, options, view);
    connections.set(connection.id, connection);
    socket.on('close', () => connections.delete(connection.id));
    socket.on('error', () => socket.destroy());
    connection.serve().catch(() => socket.destroy());
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => [...connections.values()].map((connection) => connection.describe()),
    kill,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections.values()) connection.socket.destroy();
      await closed;
    },
  };
}
