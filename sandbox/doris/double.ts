/**
 * A double of Apache Doris: a frontend, a backend and the MySQL port in one process, for the demo and the tests.
 *
 * It is never the database. It speaks Doris' wire protocols to the letter where a client of Sluice can notice, and
 * breaks on request (`faults`).
 */
import { createEngine, type LoadEngine } from '../olap/engine.js';
import { Faults } from '../olap/faults.js';
import { LoadTransactions } from '../olap/load-transactions.js';
import {
  clusterTimeZone,
  createAccounts,
  createSqlSession,
  type SqlContext,
  startSqlServer,
} from '../olap/sql/index.js';
import { TransactionManager, type TransactionSettings } from '../olap/transactions.js';
import { createBackend } from './be.js';
import type { DorisContext } from './context.js';
import { CopyStage } from './copy-into.js';
import { DebugPoints } from './debug-points.js';
import { ErrorLogs } from './error-logs.js';
import { createFrontend } from './fe.js';
import { GroupCommit } from './group-commit.js';
import { type ServerCertificate, serve } from './http.js';
import { type BodyLimits, DEFAULT_BODY_LIMITS } from './load-headers.js';
import { Nodes } from './nodes.js';
import { createDorisSqlContext } from './sql-context.js';
import { LoadStats } from './stats.js';
import { SwitchableServer } from './switchable-server.js';

export interface DorisDoubleOptions {
  /** The address to listen on and to name to clients; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 takes any free port, which is the default. */
  readonly ports?: { readonly http?: number; readonly be?: number; readonly mysql?: number };
  /** How many front ends there are; 1 by default. The second has the port behind that of the first, and so on. */
  readonly frontends?: number;
  /** Names and passwords; `{ root: '' }` by default. Every user may do everything. */
  readonly users?: Readonly<Record<string, string>>;
  /** A DuckDB file that keeps tables, rows, labels and transactions over a restart; in memory by default. */
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
  /** Every node speaks TLS, over HTTP and on the MySQL port. */
  readonly certificate?: ServerCertificate;
  /** The address that Doris tells of the back end, where clients reach it under another one. */
  readonly backendNamed?: string;
  /** What the cluster says of its version, such as `doris-3.0.5`; unknown by default. */
  readonly version?: string;
  /** Closes the double when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface DorisDouble {
  /** `http://127.0.0.1:8030` */
  readonly feUrl: string;
  readonly fePort: number;
  readonly bePort: number;
  readonly mysqlPort: number;
  /** Of every front end, in order; `fePort` is the first. */
  readonly fePorts: readonly number[];
  readonly engine: LoadEngine;
  readonly transactions: TransactionManager;
  readonly faults: Faults;
  /** Schema changes: `durationMs` is how long those take that are not light ones. */
  readonly alterJobs: SqlContext['alterJobs'];
  readonly stats: LoadStats;
  /** Front ends and back end, to be stopped, started and elected. */
  readonly nodes: Omit<Nodes, 'close'>;
  /** Cuts the backend's connections, closes its port and aborts what was not precommitted. */
  stopBackend(): Promise<void>;
  /** Opens the backend's port again. */
  startBackend(): Promise<void>;
  /** Both; transactions that were not precommitted end with `coordinate BE restart`. */
  restartBackend(): Promise<void>;
  /** Stops everything; safe to call twice. */
  close(): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
/** `transaction_clean_interval_second` */
const DEFAULT_CLEAN_INTERVAL_MS = 30_000;
/** Half of the BE's `txn_commit_rpc_timeout_ms`. */
const DEFAULT_PUBLISH_WAIT_MS = 30_000;
/** `group_commit_interval_ms` of a new table. */
const DEFAULT_GROUP_COMMIT_INTERVAL_MS = 10_000;

/** Starts the double; resolves when its three ports are open. The caller closes it. */
export async function startDorisDouble(options: DorisDoubleOptions = {}): Promise<DorisDouble> {
  const { host = DEFAULT_HOST, ports = {}, certificate } = options;
  const engine = await createEngine(options.dataFile === undefined ? {} : { dataFile: options.dataFile });
  // Not every transaction is kept in the file, those of INSERT for example: the next life must not reuse their ids.
  const firstId = options.dataFile === undefined ? 1n : BigInt(Date.now());
  const transactions = new TransactionManager(Date.now, options.transactions, firstId);
  const faults = new Faults();
  const accounts = createAccounts(options.users ?? { root: '' });
  const sql = createDorisSqlContext({
    host,
    engine,
    accounts,
    transactions,
    faults,
    version: options.version,
    fePorts: () => frontends.map(({ port }) => port),
    bePort: () => backend.port,
    mysqlPort: () => mysql.port,
  });
  const mysql = new SwitchableServer(ports.mysql ?? 0, (port) => startSqlServer(sql, { host, port, certificate }));
  const backend = new SwitchableServer(ports.be ?? 0, (port) => serve(host, port, createBackend(context), certificate));
  const frontends = Array.from({ length: options.frontends ?? 1 }, (_, index) => {
    const bound = ports.http === undefined || ports.http === 0 ? 0 : ports.http + index;
    return new SwitchableServer(bound, (port) => serve(host, port, createFrontend(context, index), certificate));
  });
  const context = createContext(options, engine, transactions, {
    accounts,
    nodes: new Nodes({
      frontends,
      backend,
      onBackendGone: (reason) => context.loads.abortPrepared(coordinatorOf(host), reason),
      onError: warn,
    }),
    leaderAddress: () => (context.nodes.leaderPort === undefined ? undefined : `${host}:${context.nodes.leaderPort}`),
    backendAddress: () => options.backendNamed ?? `${host}:${backend.port}`,
    timeZone: () => clusterTimeZone(sql),
    executeSql: (statement, client) => createSqlSession(sql, client).execute(statement),
    copyJobs: sql.copyJobs,
    alterJobs: sql.alterJobs,
    faults,
  });
  const servers = [mysql, backend, ...frontends];

  const { groupCommit, loads, nodes } = context;
  const closeAll = async (): Promise<void> => {
    await nodes.close();
    await Promise.all(servers.map((server) => server.stop()));
    await sql.alterJobs.close();
    await groupCommit.close();
    await loads.close();
    await engine.close();
  };
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeAll();
    return closed;
  };
  try {
    await loads.restore();
    for (const server of servers) await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  options.signal?.addEventListener('abort', () => void close().catch(warn), { once: true });

  const fePorts = frontends.map(({ port }) => port);
  const [fePort = 0] = fePorts;
  return {
    feUrl: `${context.scheme}://${host}:${fePort}`,
    fePort,
    fePorts,
    bePort: backend.port,
    mysqlPort: mysql.port,
    engine,
    transactions,
    faults,
    alterJobs: sql.alterJobs,
    stats: context.stats,
    nodes,
    stopBackend: () => nodes.stop('be'),
    startBackend: () => nodes.start('be'),
    restartBackend: () => nodes.restart('be'),
    close,
  };
}

function createContext(
  options: DorisDoubleOptions,
  engine: LoadEngine,
  manager: TransactionManager,
  {
    copyJobs,
    ...parts
  }: Pick<
    DorisContext,
    'accounts' | 'nodes' | 'leaderAddress' | 'backendAddress' | 'timeZone' | 'executeSql' | 'faults' | 'alterJobs'
  > &
    Pick<SqlContext, 'copyJobs'>,
): DorisContext {
  const { faults } = parts;
  const loads = new LoadTransactions({
    engine,
    manager,
    faults,
    cleanIntervalMs: options.cleanIntervalMs ?? DEFAULT_CLEAN_INTERVAL_MS,
    onError: warn,
  });
  const coordinator = coordinatorOf(options.host ?? DEFAULT_HOST);
  const intervalMs = options.groupCommitIntervalMs ?? DEFAULT_GROUP_COMMIT_INTERVAL_MS;
  const errorLogs = new ErrorLogs();
  const scheme = options.certificate === undefined ? 'http' : 'https';
  const { timeZone } = parts;
  const errorUrl = (lines: readonly string[]) =>
    `${scheme}://${parts.backendAddress()}/api/_load_error_log?file=${errorLogs.add(lines)}`;
  return {
    ...parts,
    engine,
    loads,
    debugPoints: new DebugPoints(faults),
    coordinator,
    groupCommit: new GroupCommit({ loads, coordinator, intervalMs }),
    stats: new LoadStats(),
    errorLogs,
    copies: new CopyStage({ engine, loads, jobs: copyJobs, coordinator, timeZone, errorUrl }),
    scheme,
    errorUrl,
    bodyLimits: { ...DEFAULT_BODY_LIMITS, ...options.bodyLimits },
    nullMode: options.nullMode ?? false,
    publishWaitMs: options.publishWaitMs ?? DEFAULT_PUBLISH_WAIT_MS,
  };
}

/** As `SHOW TRANSACTION` prints the coordinator of a load. */
function coordinatorOf(host: string): string {
  return `BE: ${host}`;
}

function warn(error: unknown): void {
  process.emitWarning(`Doris double: ${error instanceof Error ? error.message : String(error)}`);
}
