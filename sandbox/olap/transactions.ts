/**
 * Labels and load transactions as a state machine: PREPARE → PRECOMMITTED → COMMITTED → VISIBLE, or ABORTED.
 *
 * Pure: no I/O, no timers, the clock is given. Whoever owns it holds the rows, asks `publishable` what may become
 * visible and calls `sweep` from time to time. What is refused is told as a value; the wording belongs to the product
 * that is doubled. Rules: DatabaseTransactionMgr and GlobalTransactionMgr of Apache Doris.
 */

export type TransactionState = 'PREPARE' | 'PRECOMMITTED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';
export type LabelState = TransactionState | 'UNKNOWN';
export type TransactionOperation = 'commit' | 'abort';

export interface Transaction {
  readonly id: bigint;
  readonly database: string;
  readonly label: string;
  readonly tables: readonly string[];
  /** Who coordinates it, as `SHOW TRANSACTION` prints it: `BE: 127.0.0.1`. */
  readonly coordinator: string;
  readonly timeoutMs: number;
  readonly state: TransactionState;
  /** Epoch milliseconds of each step; absent is not yet. */
  readonly prepareTimeMs: number;
  readonly precommitTimeMs?: number;
  readonly commitTimeMs?: number;
  readonly publishTimeMs?: number;
  readonly finishTimeMs?: number;
  /** Why it was aborted. */
  readonly reason: string;
}

export interface TransactionSettings {
  /** A finished label is forgotten after this time (`streaming_label_keep_max_second`, 12 h). */
  labelKeepMs: number;
  /** So many finished labels of a database are kept, whatever their age (`label_num_threshold`); below 0 is all. */
  labelKeepCount: number;
  /** A PRECOMMITTED transaction is aborted after this time (`stream_load_default_precommit_timeout_second`). */
  precommitTimeoutMs: number;
  /** A PREPARE transaction without a time-out of its own is aborted after this time. */
  defaultTimeoutMs: number;
  /** PREPARE, PRECOMMITTED and COMMITTED transactions together (`max_running_txn_num_per_db`). */
  maxRunningPerDatabase: number;
  /** A COMMITTED transaction becomes VISIBLE after this time. */
  publishDelayMs: number;
}

export const DEFAULT_TRANSACTION_SETTINGS: Readonly<TransactionSettings> = {
  labelKeepMs: 43_200_000,
  labelKeepCount: 2000,
  precommitTimeoutMs: 3_600_000,
  defaultTimeoutMs: 259_200_000,
  maxRunningPerDatabase: 1000,
  publishDelayMs: 0,
};

/** Why an operation was refused. */
export type Refusal =
  | { readonly kind: 'label-used'; readonly label: string; readonly transaction: Transaction }
  | { readonly kind: 'quota'; readonly databaseId: number; readonly running: number; readonly limit: number }
  | { readonly kind: 'unknown-id'; readonly id: bigint }
  | { readonly kind: 'unknown-label'; readonly label: string }
  | { readonly kind: 'label-not-running'; readonly label: string }
  | { readonly kind: 'wrong-state'; readonly operation: TransactionOperation; readonly transaction: Transaction };

export class TransactionRefused extends Error {
  override readonly name = 'TransactionRefused';
  constructor(readonly refusal: Refusal) {
    super(`transaction refused: ${refusal.kind}`);
  }
}

export interface BeginRequest {
  readonly database: string;
  readonly label: string;
  readonly tables: readonly string[];
  readonly coordinator: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_REASON = 'timeout by txn manager';
const RUNNING: readonly TransactionState[] = ['PREPARE', 'PRECOMMITTED', 'COMMITTED'];
/** The states that a label is searched in for each operation. */
const OPEN_FOR: Readonly<Record<TransactionOperation, readonly TransactionState[]>> = {
  commit: ['PRECOMMITTED'],
  abort: ['PREPARE', 'PRECOMMITTED'],
};

interface DatabaseTransactions {
  readonly id: number;
  /** In order of their ids. */
  readonly byId: Map<bigint, Transaction>;
  readonly byLabel: Map<string, bigint[]>;
  /** Finished transactions in the order in which they finished. */
  readonly finished: Set<bigint>;
}

/**
 * @param clock epoch milliseconds; must not run backwards
 * @param firstId where ids begin: above those of an earlier life, so that none of them is ever met again
 */
export class TransactionManager {
  readonly settings: TransactionSettings;
  private readonly databases = new Map<string, DatabaseTransactions>();
  private nextId: bigint;
  private nextDatabaseId = 10_001;

  constructor(
    private readonly clock: () => number,
    settings: Partial<TransactionSettings> = {},
    firstId = 1n,
  ) {
    this.nextId = firstId;
    this.settings = { ...DEFAULT_TRANSACTION_SETTINGS, ...settings };
  }

  /** Opens a transaction. A label is free unless a transaction that was not aborted has it. */
  begin(request: BeginRequest): Transaction {
    const known = this.of(request.database);
    const holder = this.byLabel(request.database, request.label).find(({ state }) => state !== 'ABORTED');
    if (holder !== undefined) throw refused({ kind: 'label-used', label: request.label, transaction: holder });
    const running = known.byId.size - known.finished.size;
    const limit = this.settings.maxRunningPerDatabase;
    if (running >= limit) throw refused({ kind: 'quota', databaseId: known.id, running, limit });
    const transaction: Transaction = {
      id: this.nextId++,
      database: request.database,
      label: request.label,
      tables: request.tables,
      coordinator: request.coordinator,
      timeoutMs: request.timeoutMs ?? this.settings.defaultTimeoutMs,
      state: 'PREPARE',
      prepareTimeMs: this.clock(),
      reason: '',
    };
    this.remember(transaction);
    return transaction;
  }

  /** What an earlier life has left, before anything else; ids go on behind it. */
  restore(transactions: readonly Transaction[]): void {
    const byFinish = [...transactions].sort((left, right) => (left.finishTimeMs ?? 0) - (right.finishTimeMs ?? 0));
    for (const transaction of [...transactions].sort((left, right) => Number(left.id - right.id))) {
      this.remember(transaction);
      if (transaction.id >= this.nextId) this.nextId = transaction.id + 1n;
    }
    for (const transaction of byFinish) if (transaction.finishTimeMs !== undefined) this.finish(transaction);
  }

  /** The rows are there: PREPARE → PRECOMMITTED. */
  precommit(database: string, id: bigint): Transaction {
    const transaction = this.inState('commit', database, id, ['PREPARE']);
    return this.put({ ...transaction, state: 'PRECOMMITTED', precommitTimeMs: this.clock() });
  }

  /** The second phase: PRECOMMITTED → COMMITTED. */
  commit(database: string, id: bigint): Transaction {
    const transaction = this.inState('commit', database, id, ['PRECOMMITTED']);
    return this.put({ ...transaction, state: 'COMMITTED', commitTimeMs: this.clock() });
  }

  /** A load without a second phase: PREPARE → COMMITTED. */
  commitPrepared(database: string, id: bigint): Transaction {
    const transaction = this.inState('commit', database, id, ['PREPARE']);
    return this.put({ ...transaction, state: 'COMMITTED', commitTimeMs: this.clock() });
  }

  /** COMMITTED → VISIBLE: the owner has made the rows visible. */
  publish(database: string, id: bigint): Transaction {
    const transaction = this.inState('commit', database, id, ['COMMITTED']);
    const now = this.clock();
    return this.finish({ ...transaction, state: 'VISIBLE', publishTimeMs: now, finishTimeMs: now });
  }

  /** PREPARE or PRECOMMITTED → ABORTED. */
  abort(database: string, id: bigint, reason: string): Transaction {
    const transaction = this.inState('abort', database, id, OPEN_FOR.abort);
    return this.finish({ ...transaction, state: 'ABORTED', reason, finishTimeMs: this.clock() });
  }

  /** A coordinator has restarted: its PREPARE transactions are aborted, PRECOMMITTED ones survive. */
  abortPrepared(coordinator: string, reason: string): readonly Transaction[] {
    return this.all()
      .filter((each) => each.state === 'PREPARE' && each.coordinator === coordinator)
      .map((each) => this.abort(each.database, each.id, reason));
  }

  /** The id under which `operation` finds a label; refuses a label that has no transaction open for it. */
  idByLabel(database: string, label: string, operation: TransactionOperation): bigint {
    const found = this.byLabel(database, label);
    if (found.length === 0) throw refused({ kind: 'unknown-label', label });
    const open = found.find(({ state }) => OPEN_FOR[operation].includes(state));
    if (open === undefined) throw refused({ kind: 'label-not-running', label });
    return open.id;
  }

  get(database: string, id: bigint): Transaction | undefined {
    return this.databases.get(database)?.byId.get(id);
  }

  /** Every remembered transaction of a label, oldest first. */
  byLabel(database: string, label: string): readonly Transaction[] {
    const known = this.databases.get(database);
    const found = known?.byLabel.get(label)?.map((id) => known.byId.get(id)) ?? [];
    return found.filter((transaction) => transaction !== undefined);
  }

  /** The state of the newest transaction of a label; UNKNOWN is never begun or forgotten. */
  labelState(database: string, label: string): LabelState {
    return this.byLabel(database, label).at(-1)?.state ?? 'UNKNOWN';
  }

  /** Every remembered transaction of a database in order of ids. */
  list(database: string): readonly Transaction[] {
    return [...(this.databases.get(database)?.byId.values() ?? [])];
  }

  /** The COMMITTED transactions whose publish delay is over, in the order of their commits. */
  publishable(): readonly Transaction[] {
    const now = this.clock();
    return this.all()
      .filter(
        ({ state, commitTimeMs }) => state === 'COMMITTED' && isOver(now, commitTimeMs, this.settings.publishDelayMs),
      )
      .sort((left, right) => (left.commitTimeMs ?? 0) - (right.commitTimeMs ?? 0));
  }

  /**
   * What the transaction cleaner does every `transaction_clean_interval_second`: aborts what has timed out, forgets
   * what is finished and too old or too many. Returns what it aborted, so that the owner can drop the rows.
   */
  sweep(): readonly Transaction[] {
    const now = this.clock();
    const aborted = this.all()
      .filter((each) => this.hasTimedOut(each, now))
      .map((each) => this.abort(each.database, each.id, TIMEOUT_REASON));
    for (const known of this.databases.values()) this.forgetFinished(known, now);
    return aborted;
  }

  private hasTimedOut({ state, prepareTimeMs, precommitTimeMs, timeoutMs }: Transaction, now: number): boolean {
    if (state === 'PREPARE') return isOver(now, prepareTimeMs, timeoutMs);
    return state === 'PRECOMMITTED' && isOver(now, precommitTimeMs, this.settings.precommitTimeoutMs);
  }

  private forgetFinished(known: DatabaseTransactions, now: number): void {
    const { labelKeepMs, labelKeepCount } = this.settings;
    for (const id of known.finished) {
      const transaction = known.byId.get(id);
      const tooMany = labelKeepCount >= 0 && known.finished.size > labelKeepCount;
      if (transaction !== undefined && !tooMany && !isOver(now, transaction.finishTimeMs, labelKeepMs)) break;
      known.finished.delete(id);
      known.byId.delete(id);
      if (transaction !== undefined) forgetLabel(known, transaction);
    }
  }

  private inState(
    operation: TransactionOperation,
    database: string,
    id: bigint,
    states: readonly TransactionState[],
  ): Transaction {
    const transaction = this.get(database, id);
    if (transaction === undefined) throw refused({ kind: 'unknown-id', id });
    if (!states.includes(transaction.state)) throw refused({ kind: 'wrong-state', operation, transaction });
    return transaction;
  }

  private remember(transaction: Transaction): void {
    const { id, label, database } = transaction;
    const { byId, byLabel } = this.of(database);
    byId.set(id, transaction);
    const ids = byLabel.get(label);
    if (ids === undefined) byLabel.set(label, [id]);
    else ids.push(id);
  }

  private put(transaction: Transaction): Transaction {
    this.of(transaction.database).byId.set(transaction.id, transaction);
    return transaction;
  }

  private finish(transaction: Transaction): Transaction {
    this.of(transaction.database).finished.add(transaction.id);
    return this.put(transaction);
  }

  /** The transactions that can still change. */
  private all(): readonly Transaction[] {
    return [...this.databases.values()].flatMap(({ byId, finished }) =>
      finished.size === byId.size ? [] : [...byId.values()].filter(({ state }) => RUNNING.includes(state)),
    );
  }

  private of(database: string): DatabaseTransactions {
    const known = this.databases.get(database);
    if (known !== undefined) return known;
    const created = { id: this.nextDatabaseId++, byId: new Map(), byLabel: new Map(), finished: new Set<bigint>() };
    this.databases.set(database, created);
    return created;
  }
}

function refused(refusal: Refusal): TransactionRefused {
  return new TransactionRefused(refusal);
}

function isOver(now: number, sinceMs: number | undefined, durationMs: number): boolean {
  return sinceMs !== undefined && now - sinceMs >= durationMs;
}

function forgetLabel(known: DatabaseTransactions, { id, label }: Transaction): void {
  const left = known.byLabel.get(label)?.filter((other) => other !== id) ?? [];
  if (left.length === 0) known.byLabel.delete(label);
  else known.byLabel.set(label, left);
}
