/** What the SQL side of the double is given: storage, accounts, and ports onto transactions, settings and nodes. */
import type { LoadEngine } from '../olap/engine.js';
import type { Faults } from '../olap/faults.js';
import { type Accounts, createSqlContext, dorisDialect, type SqlContext, type SqlDialect } from '../olap/sql/index.js';
import type { TransactionManager } from '../olap/transactions.js';
import { settingsPort } from './settings.js';

export interface DorisSqlParts {
  readonly host: string;
  readonly engine: LoadEngine;
  readonly accounts: Accounts;
  readonly transactions: TransactionManager;
  readonly faults: Faults;
  /** As `doris-3.0.5`; undefined tells none. */
  readonly version: string | undefined;
  fePorts(): readonly number[];
  bePort(): number;
  mysqlPort(): number;
}

/** Doris tells its version in `@@version_comment`: `Doris version doris-3.0.5-rc01-…`. */
function withVersion(version: string | undefined): SqlDialect {
  if (version === undefined) return dorisDialect;
  const { versionComment } = dorisDialect;
  return { ...dorisDialect, versionComment: `${versionComment}, Doris version ${version}`, productVersion: version };
}

export function createDorisSqlContext(parts: DorisSqlParts): SqlContext {
  const { host, engine, accounts, transactions } = parts;
  return createSqlContext({
    engine,
    dialect: withVersion(parts.version),
    accounts,
    transactions,
    faults: parts.faults,
    settings: settingsPort(transactions.settings),
    cluster: {
      frontends: () => parts.fePorts().map((httpPort) => ({ host, httpPort, queryPort: parts.mysqlPort() })),
      backends: () => [{ host, httpPort: parts.bePort() }],
    },
    now: Date.now,
  });
}
