/** What a SQL session is given: the engine, the product's own facts, and small ports onto the rest of the double. */

import { Faults } from '../faults.js';
import type { OlapEngine, QueryResult, TableModel } from '../model.js';
import type { OpenConnection, StatementResult } from '../mysql/session.js';
import type { TransactionManager } from '../transactions.js';
import type { Accounts } from './accounts.js';
import { AlterJobs } from './alter-jobs.js';

export type { OkResult, StatementResult } from '../mysql/session.js';

/** SHOW TRANSACTION reads them; INSERT is a transaction of its own with a label. */
export type TransactionsPort = Pick<TransactionManager, 'list' | 'begin' | 'commitPrepared' | 'publish' | 'abort'>;

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
  /** `SELECT VERSION()` and the greeting. */
  readonly serverVersion: string;
  /** `SELECT @@version_comment`; says that this is a double. */
  readonly versionComment: string;
  /** `current_version()`, and the version of frontends and backends. */
  readonly productVersion: string;
  /** The models that CREATE TABLE knows. */
  readonly models: readonly TableModel[];
  /** The properties that SHOW CREATE TABLE prints for a table that was created with `given`. */
  tableProperties(given: Readonly<Record<string, string>>, model: TableModel): Readonly<Record<string, string>>;
  /** A sentence as the product puts it: `errCode = 2, detailMessage = …`. One that is put so already stays. */
  phrase(sentence: string): string;
  /** `information_schema.columns.COLUMN_KEY` of a key column. */
  columnKey(model: TableModel): string;
}

/** What has become of a COPY INTO, for SHOW COPY. */
export interface CopyJob {
  readonly id: string;
  readonly database: string;
  readonly table: string;
  readonly state: 'LOADING' | 'FINISHED' | 'CANCELLED';
  readonly files: readonly string[];
  readonly message: string;
  readonly createMs: number;
}

/** Everything that all sessions of one double share. */
export interface SqlContext {
  readonly engine: OlapEngine;
  readonly dialect: SqlDialect;
  readonly accounts: Accounts;
  readonly transactions: TransactionsPort;
  readonly settings: SettingsPort;
  readonly cluster: ClusterPort;
  /** Epoch milliseconds. */
  now(): number;
  /** Set by the MySQL server when it starts; empty before. */
  connections: ConnectionsPort;
  /** SET GLOBAL: what new sessions begin with. */
  readonly globals: Map<string, string>;
  readonly alterJobs: AlterJobs;
  /** Asked before and after DDL. */
  readonly faults: Faults;
  readonly copyJobs: CopyJob[];
  /** The last AUTO_INCREMENT number given away, by table. */
  readonly lastNumbers: Map<string, bigint>;
}

export type SqlContextParts = Omit<
  SqlContext,
  'connections' | 'globals' | 'alterJobs' | 'copyJobs' | 'lastNumbers' | 'faults'
> & { readonly faults?: Faults };

export function createSqlContext(parts: SqlContextParts): SqlContext {
  const nobody: ConnectionsPort = { list: () => [], kill: () => false };
  return {
    ...parts,
    connections: nobody,
    globals: new Map(),
    alterJobs: new AlterJobs(() => parts.now()),
    faults: parts.faults ?? new Faults(),
    copyJobs: [],
    lastNumbers: new Map(),
    now: () => parts.now(),
  };
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
