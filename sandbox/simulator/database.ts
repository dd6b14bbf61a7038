/**
 * The simulated database: the label and transaction state machine of the doubles, with rows behind it that become
 * visible when their transaction does, or vanish.
 */
import { type Transaction, TransactionManager, type TransactionSettings } from '../olap/transactions.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';

/** Rows of one load, in order, by their ids. */
export interface Rows {
  readonly table: string;
  readonly ids: readonly string[];
  /** Lines that do not fit the table as it is now. */
  readonly refused?: readonly string[];
}

/** Told of every row, as it happens. */
export interface RowWatch {
  /** The rows cannot vanish any more. */
  committed(transaction: Transaction, rows: Rows): void;
  visible(transaction: Transaction, rows: Rows): void;
}

const CLEANING_MS = 2_000;
const CALM: Readonly<TransactionSettings> = {
  labelKeepMs: 86_400_000,
  labelKeepCount: 100_000,
  precommitTimeoutMs: 3_600_000,
  defaultTimeoutMs: 600_000,
  maxRunningPerDatabase: 1_000,
  publishDelayMs: 5,
};

export class SimulatedDatabase {
  readonly manager: TransactionManager;
  private readonly rows = new Map<bigint, Rows>();

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    private readonly watch: RowWatch,
  ) {
    this.manager = new TransactionManager(() => scheduler.nowMs(), { ...CALM });
    this.keepClean();
  }

  precommit(id: bigint, rows: Rows): void {
    this.manager.precommit(this.name, id);
    this.rows.set(id, rows);
  }

  /** A load without a second phase. */
  commitPrepared(id: bigint, rows: Rows): void {
    const transaction = this.manager.commitPrepared(this.name, id);
    this.rows.set(id, rows);
    this.startPublishing(transaction);
  }

  commit(id: bigint): void {
    this.startPublishing(this.manager.commit(this.name, id));
  }

  abort(id: bigint, reason: string): void {
    this.manager.abort(this.name, id, reason);
    this.rows.delete(id);
  }

  restartBackend(coordinator: string): void {
    this.manager.abortPrepared(coordinator, 'coordinate BE restart');
  }

  private startPublishing(transaction: Transaction): void {
    const rows = this.rows.get(transaction.id);
    if (rows !== undefined) this.watch.committed(transaction, rows);
    this.scheduler.after(this.manager.settings.publishDelayMs, () => this.publishDue());
  }

  private publishDue(): void {
    for (const transaction of this.manager.publishable()) {
      this.manager.publish(this.name, transaction.id);
      const rows = this.rows.get(transaction.id);
      this.rows.delete(transaction.id);
      if (rows !== undefined) this.watch.visible(transaction, rows);
    }
  }

  /** The transaction cleaner; what troubles it changes from one time to the next. */
  private keepClean(): void {
    const { trouble } = this;
    const random = trouble.stream('database');
    Object.assign(this.manager.settings, CALM);
    if (trouble.has('eviction') && random.chance(0.5)) {
      this.manager.settings.labelKeepCount = random.between(0, 4);
      this.manager.settings.labelKeepMs = random.pick([1_000, 10_000, CALM.labelKeepMs]);
    }
    if (trouble.has('precommitTimeout') && random.chance(0.3)) {
      this.manager.settings.precommitTimeoutMs = random.between(1, 5_000);
    }
    if (trouble.has('publishDelay') && random.chance(0.5)) {
      this.manager.settings.publishDelayMs = random.between(100, 15_000);
    }
    for (const { id, label, reason } of this.manager.sweep()) {
      this.rows.delete(id);
      trouble.note(`transaction ${id} (${label}) is aborted: ${reason}`);
    }
    this.publishDue();
    this.scheduler.after(CLEANING_MS, () => this.keepClean());
  }
}
