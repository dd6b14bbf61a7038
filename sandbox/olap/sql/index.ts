/**
 * The SQL side of the double of an analytical database: statements in the dialect of Apache Doris, parsed here and
 * carried out by the engine. SELECT is translated for DuckDB, everything else is done here. What belongs to one
 * product (versions, wording, table models) comes in as an SqlDialect, so that StarRocks can have the same.
 */

import { type MysqlServer, type MysqlServerOptions, startMysqlServer } from '../mysql/server.js';
import type { SqlClient, SqlContext } from './context.js';
import { SqlSession } from './session.js';

export { type Accounts, createAccounts } from './accounts.js';
export {
  type ClusterNode,
  type ClusterPort,
  createSqlContext,
  isQueryResult,
  type OkResult,
  type SettingsPort,
  type SqlClient,
  type SqlContext,
  type SqlContextParts,
  type SqlDialect,
  type StatementResult,
  type TransactionsPort,
} from './context.js';
export { dorisDialect } from './doris-dialect.js';
export type { SqlSession } from './session.js';
export { clusterTimeZone } from './time-zone.js';

/** A session for one client. `execute(sql)` runs statements and returns the last one's result. */
export function createSqlSession(context: SqlContext, client: SqlClient): SqlSession {
  return new SqlSession(context, client);
}

/** Opens the query port: every connection has a session of its own. The caller closes the server. */
export async function startSqlServer(
  context: SqlContext,
  address: Pick<MysqlServerOptions, 'host' | 'port' | 'certificate'>,
): Promise<MysqlServer> {
  const server = await startMysqlServer({
    ...address,
    serverVersion: context.dialect.serverVersion,
    authenticate({ user, verify }) {
      const hash = context.accounts.passwordHash(user);
      return hash !== undefined && verify(hash);
    },
    openSession: (client) => createSqlSession(context, client),
  });
  context.connections = { list: server.connections, kill: server.kill };
  return server;
}
