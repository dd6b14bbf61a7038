/** What the frontend and the backend of one double share. */
import type { LoadEngine } from '../olap/engine.js';
import type { Faults } from '../olap/faults.js';
import type { LoadTransactions } from '../olap/load-transactions.js';
import type { Accounts, SqlContext, StatementResult } from '../olap/sql/index.js';
import type { CopyStage } from './copy-into.js';
import type { DebugPoints } from './debug-points.js';
import type { ErrorLogs } from './error-logs.js';
import type { GroupCommit } from './group-commit.js';
import type { BodyLimits } from './load-headers.js';
import type { Nodes } from './nodes.js';
import type { LoadStats } from './stats.js';

export interface DorisContext {
  readonly engine: LoadEngine;
  readonly loads: LoadTransactions;
  readonly groupCommit: GroupCommit;
  readonly accounts: Accounts;
  readonly faults: Faults;
  readonly debugPoints: DebugPoints;
  readonly stats: LoadStats;
  readonly errorLogs: ErrorLogs;
  readonly copies: CopyStage;
  readonly bodyLimits: BodyLimits;
  /** Loads are counted and discarded. */
  readonly nullMode: boolean;
  /** How long a load without 2PC waits until its rows are visible (half of the BE's `txn_commit_rpc_timeout_ms`). */
  publishWaitMs: number;
  readonly nodes: Nodes;
  /** Where clients reach the front end that leads; undefined when none is up. */
  leaderAddress(): string | undefined;
  /** Schema changes, and how long they take. */
  readonly alterJobs: SqlContext['alterJobs'];
  /** As `SHOW TRANSACTION` names the backend. */
  readonly coordinator: string;
  /** Where clients reach the backend, as the cluster names it: `127.0.0.1:8040`. */
  backendAddress(): string;
  /** How clients reach the nodes. */
  readonly scheme: 'http' | 'https';
  /** Keeps the lines and says where clients can fetch them. */
  errorUrl(lines: readonly string[]): string;
  /** The variable `time_zone` of the cluster. */
  timeZone(): string;
  /** Runs one statement for a user of the HTTP query route. */
  executeSql(sql: string, client: { user: string; database: string }): Promise<StatementResult>;
}
