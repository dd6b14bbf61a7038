/** A query port over an engine in memory, for tests. */

import { createEngine } from '../../../../sandbox/olap/engine.js';
import {
  createAccounts,
  createSqlContext,
  dorisDialect,
  type SqlContext,
  startSqlServer,
} from '../../../../sandbox/olap/sql/index.js';
import { TransactionManager } from '../../../../sandbox/olap/transactions.js';

export interface QueryPort {
  readonly context: SqlContext;
  readonly transactions: TransactionManager;
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** A context with a database `db` in it and nobody listening. */
export async function openContext(
  users: Readonly<Record<string, string>> = { root: '' },
): Promise<{ context: SqlContext; transactions: TransactionManager; close(): Promise<void> }> {
  const engine = await createEngine();
  await engine.createDatabase('db');
  const transactions = new TransactionManager(Date.now);
  const settings = new Map([['label_num_threshold', '2000']]);
  const context = createSqlContext({
    engine,
    dialect: dorisDialect,
    accounts: createAccounts(users),
    transactions,
    settings: {
      list: () => [...settings],
      set(name, value) {
        if (!settings.has(name)) return false;
        settings.set(name, value);
        return true;
      },
    },
    cluster: {
      frontends: () => [{ host: HOST, httpPort: 8030, queryPort: 9030 }],
      backends: () => [{ host: HOST, httpPort: 8040 }],
    },
    now: Date.now,
  });
  return { context, transactions, close: () => engine.close() };
}

export async function openQueryPort(users?: Readonly<Record<string, string>>): Promise<QueryPort> {
  const { context, transactions, close } = await openContext(users);
  const server = await startSqlServer(context, { host: HOST, port: 0 });
  return {
    context,
    transactions,
    host: HOST,
    port: server.port,
    async close() {
      await server.close();
      await close();
    },
  };
}
