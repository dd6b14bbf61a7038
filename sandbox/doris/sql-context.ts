/** What the SQL side of the double is given: storage, accounts, and ports onto transactions, settings and nodes. */
import type { LoadEngine } from '../olap/engine.js';
import { type Accounts, createSqlContext, dorisDialect, type SqlContext } from '../olap/sql/index.js';
import type { TransactionManager } from '../olap/transactions.js';
import { settingsPort } from './settings.js';

export interface DorisSqlParts {
  readonly host: string;
  readonly engine: LoadEngine;
  readonly accounts: Accounts;
  readonly transactions: TransactionManager;
  fePorts(): readonly number[];
  bePort(): number;
  mysqlPort(): number;
}

export function createDorisSqlContext(parts: DorisSqlParts): SqlContext {
  const { host, engine, accounts, transactions } = parts;
  return createSqlContext({
    engine,
    dialect: dorisDialect,
    accounts,
    transactions,
    settings: settingsPort(transactions.settings),
    cluster: {
      frontends: () => parts.fePorts().map((httpPort) => ({ host, httpPort, queryPort: parts.mysqlPort() })),
      backends: () => [{ host, httpPort: parts.bePort() }],
    },
    now: Date.now,
  });
}
