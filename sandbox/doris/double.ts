/**
 * A double of Apache Doris: a frontend, a backend and the MySQL port in one process, for the demo and the tests.
 *
 * It is never the database. It speaks Doris' wire protocols to the letter where a client of Sluice can notice, and
 * breaks on request (`faults`).
 */
import { createEngine, type LoadEngine } from '../olap/engine.js';
import { Faults } from '../olap/faults.js';
import { LoadTransactions } from '../olap/load-transactions.js';
import { createAccounts, createSqlSession, startSqlServer } from '../olap/sql/index.js';
import { TransactionManager, type TransactionSettings } from '../olap/transactions.js';
import { createBackend } from './be.js';
import type { DorisContext } from './context.js';
import { ErrorLogs } from './error-logs.js';
import { createFrontend } from './fe.js';
import { GroupCommit } from './group-commit.js';
import { type RunningServer, serve } from './http.js';
import { type BodyLimits, DEFAULT_BODY_LIMITS } from './load-headers.js';
import { createDorisSqlContext } from './sql-context.js';
import { LoadStats } from './stats.js';

export interface DorisDoubleOptions {
  /** The address to listen on and to name to clients; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 takes any free port, which is the default. */
  readonly ports?: { readonly http?: number; readonly be?: number; readonly mysql?: number };
  /** Names and passwords; `{ root: '' }` by default. Every user may do everything. */
  readonly users?: Readonly<Record<string, string>>;
  /** A DuckDB file that keeps tables and rows over a restart; in memory by default. Labels are kept in memory only. */
  readonly dataFile?: string;
  /** Retention, time-outs, quota and publish delay of transactions; can be changed while it runs. */
  readonly transactions?: Partial<TransactionSettings>;
  /** `transaction_clean_interval_second`, in ms. */
  readonly cleanIntervalMs?: number;
  /** How long a load without 2PC waits for its rows to be visible before it answers `Publish Timeout`. */
  readonly publishWaitMs?: number;
  /** `group_commit_interval_ms` */
  readonly groupCommitIntervalMs?: number;
  readonly bodyLimits?: Partial<BodyLimits>;
  /** Loads are counted and discarded, for benchmarks. */
  readonly nullMode?: boolean;
  /** Closes the double when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface DorisDouble {
  /** `http://127.0.0.1:8030` */
  readonly feUrl: string;
  readonly fePort: number;
  readonly bePort: number;
  readonly mysqlPort: number;
  readonly engine: LoadEngine;
  readonly transactions: TransactionManager;
  readonly faults: Faults;
  readonly stats: LoadStats;
  /** Cuts the backend's connections and aborts what was not precommitted, as a restart of a BE does. */
  restartBackend(): Promise<void>;
  /** Stops everything; safe to call twice. */
  close(): Promise<void>;
}

/** Half of the BE's `txn_commit_rpc_timeout_ms`. */
const DEFAULT_PUBLISH_WAIT_MS = 30_000;
/** `group_commit_interval_ms` of a new table. */
const DEFAULT_GROUP_COMMIT_INTERVAL_MS = 10_000;
const RESTART_REASON = 'coordinate BE restart';

/** Starts the double; resolves when its three ports are open. */
export async function startDorisDouble(options: DorisDoubleOptions = {}): Promise<DorisDouble> {
  const { host = '127.0.0.1', ports = {} } = options;
  const engine = await createEngine(options.dataFile === undefined ? {} : { dataFile: options.dataFile });
  const faults = new Faults();
  const transactions = new TransactionManager(Date.now, options.transactions);
  const loads = new LoadTransactions({
    engine,
    manager: transactions,
    faults,
    ...(options.cleanIntervalMs === undefined ? {} : { cleanIntervalMs: options.cleanIntervalMs }),
  });
  const coordinator = `BE: ${host}`;
  const servers = new Map<'fe' | 'be' | 'mysql', RunningServer>();
  const portOf = (name: 'fe' | 'be' | 'mysql'): number => servers.get(name)?.port ?? 0;
  const groupCommit = new GroupCommit({
    loads,
    coordinator,
    intervalMs: options.groupCommitIntervalMs ?? DEFAULT_GROUP_COMMIT_INTERVAL_MS,
  });
  const accounts = createAccounts(options.users ?? { root: '' });
  const sql = createDorisSqlContext({
    host,
    engine,
    accounts,
    transactions,
    fePort: () => portOf('fe'),
    bePort: () => portOf('be'),
    mysqlPort: () => portOf('mysql'),
  });
  const context: DorisContext = {
    engine,
    loads,
    groupCommit,
    accounts,
    faults,
    stats: new LoadStats(),
    errorLogs: new ErrorLogs(),
    bodyLimits: { ...DEFAULT_BODY_LIMITS, ...options.bodyLimits },
    nullMode: options.nullMode ?? false,
    publishWaitMs: options.publishWaitMs ?? DEFAULT_PUBLISH_WAIT_MS,
    backendAddress: () => `${host}:${portOf('be')}`,
    executeSql: (statement, client) => createSqlSession(sql, client).execute(statement),
  };

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    options.signal?.removeEventListener('abort', closeOnAbort);
    await Promise.all([...servers.values()].map((server) => server.close()));
    await groupCommit.close();
    await loads.close();
    await engine.close();
  };
  const closeOnce = (): Promise<void> => {
    closed ??= close();
    return closed;
  };
  function closeOnAbort(): void {
    closeOnce().catch(() => undefined);
  }

  try {
    servers.set('mysql', await startSqlServer(sql, { host, port: ports.mysql ?? 0 }));
    servers.set('be', await serve(host, ports.be ?? 0, createBackend(context)));
    servers.set('fe', await serve(host, ports.http ?? 0, createFrontend(context)));
  } catch (error) {
    await closeOnce();
    throw error;
  }
  options.signal?.addEventListener('abort', closeOnAbort, { once: true });

  return {
    feUrl: `http://${host}:${portOf('fe')}`,
    fePort: portOf('fe'),
    bePort: portOf('be'),
    mysqlPort: portOf('mysql'),
    engine,
    transactions,
    faults,
    stats: context.stats,
    async restartBackend() {
      const port = portOf('be');
      await servers.get('be')?.close();
      loads.abortPrepared(coordinator, RESTART_REASON);
      servers.set('be', await serve(host, port, createBackend(context)));
    },
    close: closeOnce,
  };
}
