/** Transactions with their rows: what is staged under which transaction, and when it becomes visible. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadEngine } from './engine.js';
import type { Faults } from './faults.js';
import type { StagedRows } from './staging.js';
import type { Transaction, TransactionManager } from './transactions.js';

export interface LoadTransactionsOptions {
  readonly engine: LoadEngine;
  readonly manager: TransactionManager;
  readonly faults: Faults;
  /** `transaction_clean_interval_second`, in ms. */
  readonly cleanIntervalMs: number;
  /** Rows could not be made visible: their transaction stays COMMITTED. */
  onPublishError(error: unknown): void;
}

/** Owns the timers of publishing and cleaning; close it. */
export class LoadTransactions {
  readonly manager: TransactionManager;
  private readonly staged = new Map<bigint, readonly StagedRows[]>();
  private readonly publishing = new Map<bigint, Promise<boolean>>();
  private readonly cleaner: NodeJS.Timeout;
  private readonly closing = new AbortController();

  constructor(private readonly options: LoadTransactionsOptions) {
    this.manager = options.manager;
    this.cleaner = setInterval(() => this.clean(), options.cleanIntervalMs);
    this.cleaner.unref();
  }

  /** PREPARE → PRECOMMITTED, with the rows of its loads; none where they were counted and discarded. */
  precommit(transaction: Transaction, rows: readonly StagedRows[]): void {
    this.manager.precommit(transaction.database, transaction.id);
    this.keep(transaction, rows);
  }

  /** PREPARE → COMMITTED; publishing starts. */
  commitPrepared(transaction: Transaction, rows: readonly StagedRows[]): void {
    const committed = this.manager.commitPrepared(transaction.database, transaction.id);
    this.keep(transaction, rows);
    this.startPublishing(committed);
  }

  /** PRECOMMITTED → COMMITTED; publishing starts. Does not wait for it, as a 2PC commit of Doris does not. */
  commit(database: string, id: bigint): void {
    this.startPublishing(this.manager.commit(database, id));
  }

  abort(database: string, id: bigint, reason: string): void {
    this.manager.abort(database, id, reason);
    this.staged.delete(id);
  }

  /** Aborts what a restarted coordinator had not precommitted. */
  abortPrepared(coordinator: string, reason: string): void {
    for (const { id } of this.manager.abortPrepared(coordinator, reason)) this.staged.delete(id);
  }

  /** True when the transaction is visible in time, false when it is still being published. */
  async waitUntilVisible(id: bigint, timeoutMs: number): Promise<boolean> {
    const published = this.publishing.get(id);
    if (published === undefined) return true;
    const stop = new AbortController();
    try {
      const late = sleep(timeoutMs, false, { signal: stop.signal }).catch(() => false);
      return await Promise.race([published, late]);
    } finally {
      stop.abort();
    }
  }

  /** What the cleaner does by itself every `cleanIntervalMs`. */
  clean(): void {
    for (const { id } of this.manager.sweep()) this.staged.delete(id);
  }

  /** Stops the timers. What is COMMITTED is published at once: a commit that was answered is not lost. */
  async close(): Promise<void> {
    clearInterval(this.cleaner);
    this.closing.abort();
    await Promise.all(this.publishing.values());
    this.staged.clear();
  }

  private keep({ id }: Transaction, rows: readonly StagedRows[]): void {
    this.staged.set(id, rows);
  }

  private startPublishing(transaction: Transaction): void {
    const published = this.publish(transaction).then(
      () => true,
      (error: unknown) => {
        this.options.onPublishError(error);
        return false;
      },
    );
    const { id } = transaction;
    this.publishing.set(id, published);
    published.finally(() => this.publishing.delete(id)).catch(() => undefined);
  }

  private async publish({ database, id, tables, label }: Transaction): Promise<void> {
    const { engine, faults } = this.options;
    const fault = faults.take('publish', 'before', { database, table: tables[0], label });
    const extraMs = fault?.effect.kind === 'delay' ? fault.effect.delayMs : 0;
    const delayMs = this.manager.settings.publishDelayMs + extraMs;
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
    const loads = this.staged.get(id) ?? [];
    this.staged.delete(id);
    for (const rows of loads) {
      // A table that was dropped in the meantime takes its rows along.
      if (engine.table(database, rows.table.name) !== undefined) await engine.publish(rows);
    }
    this.manager.publish(database, id);
  }
}
