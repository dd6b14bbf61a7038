/** What a SQL session is given: the engine, the product's own facts, and small ports onto the rest of the double. */

import type { OlapEngine, QueryResult, TableDefinition } from '../model.js';
import type { OpenConnection, StatementResult } from '../mysql/session.js';
import type { Accounts } from './accounts.js';

export type { OkResult, StatementResult } from '../mysql/session.js';

/** One load transaction as `SHOW TRANSACTION` tells it. Times are epoch milliseconds; absent is not yet. */
export interface TransactionRow {
  readonly id: bigint;
  readonly label: string;
  /** `BE: 127.0.0.1` */
  readonly coordinator: string;
  /** PREPARE, PRECOMMITTED, COMMITTED, VISIBLE or ABORTED. */
  readonly state: string;
  readonly prepareTimeMs: number;
  readonly precommitTimeMs?: number;
  readonly commitTimeMs?: number;
  readonly publishTimeMs?: number;
  readonly finishTimeMs?: number;
  /** Why it was aborted. */
  readonly reason: string;
  readonly timeoutMs: number;
}

/** The transactions that a database still remembers, in order of their ids. */
export interface TransactionsPort {
  list(database: string): readonly TransactionRow[];
}

/** `ADMIN SET FRONTEND CONFIG`: the settings of the double that can change while it runs. */
export interface SettingsPort {
  /** Name and present value of every setting. */
  list(): readonly (readonly [name: string, value: string])[];
  /** False when there is no such setting; throws DatabaseError when the value does not fit. */
  set(name: string, value: string): boolean;
}

export interface ClusterNode {
  readonly host: string;
  readonly httpPort: number;
  /** Frontends only. */
  readonly queryPort?: number;
}

export interface ClusterPort {
  frontends(): readonly ClusterNode[];
  backends(): readonly ClusterNode[];
}

/** SHOW PROCESSLIST and KILL. */
export interface ConnectionsPort {
  list(): readonly OpenConnection[];
  /** Closes the connection; false when there is none of this id. */
  kill(id: number): boolean;
}

/** What differs between the databases that are doubled: names, versions and wording. */
export interface SqlDialect {
  /** `Apache Doris` */
  readonly product: string;
  /** `SELECT VERSION()` and the handshake. */
  readonly serverVersion: string;
  /** `SELECT @@version_comment`; says that this is a double. */
  readonly versionComment: string;
  /** `current_version()` */
  readonly productVersion: string;
  /** The table model of `PRIMARY KEY (...)`; undefined where the product has none. */
  readonly hasPrimaryKeyModel: boolean;
  /** Properties that CREATE TABLE adds when the statement does not name them. */
  defaultProperties(definition: Pick<TableDefinition, 'model'>): Readonly<Record<string, string>>;
  /** Wraps a detail into the product's envelope: `errCode = 2, detailMessage = …`. */
  detail(message: string): string;
  /** `information_schema.columns.COLUMN_KEY` of a key column. */
  columnKey(model: TableDefinition['model']): string;
}

export interface SqlContext {
  readonly engine: OlapEngine;
  readonly dialect: SqlDialect;
  readonly accounts: Accounts;
  readonly transactions: TransactionsPort;
  readonly settings: SettingsPort;
  readonly cluster: ClusterPort;
  readonly connections: ConnectionsPort;
  /** Epoch milliseconds. */
  now(): number;
}

/** Who is connected. */
export interface SqlClient {
  readonly user: string;
  readonly host?: string;
  readonly connectionId?: number;
  readonly database?: string;
}

export function isQueryResult(result: StatementResult): result is QueryResult {
  return 'columns' in result;
}
