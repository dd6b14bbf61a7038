/** Transactions with their rows: what is staged under which transaction, when it becomes visible, what is kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadEngine } from './engine.js';
import type { Faults } from './faults.js';
import type { StagedRows } from './staging.js';
import type { BeginRequest, Transaction, TransactionManager } from './transactions.js';

export interface LoadTransactionsOptions {
  readonly engine: LoadEngine;
  readonly manager: TransactionManager;
  readonly faults: Faults;
  /** `transaction_clean_interval_second`, in ms. */
  readonly cleanIntervalMs: number;
  /** Rows could not be made visible: their transaction stays COMMITTED. Or what timed out could not be written down. */
  onError(error: unknown): void;
}

/** How often PublishVersionDaemon looks (`publish_version_interval_ms`). */
const PUBLISH_INTERVAL_MS = 10;
const RESTART_REASON = 'coordinate BE restart';

/**
 * Owns the timers of publishing and cleaning; close it.
 *
 * Where the engine keeps transactions, each step is in the file when its promise is fulfilled.
 */
export class LoadTransactions {
  readonly manager: TransactionManager;
  private readonly staged = new Map<bigint, readonly StagedRows[]>();
  private readonly publishing = new Map<bigint, Promise<boolean>>();
  private readonly cleaner: NodeJS.Timeout;
  private readonly closing = new AbortController();

  constructor(private readonly options: LoadTransactionsOptions) {
    this.manager = options.manager;
    this.cleaner = setInterval(() => this.clean().catch(options.onError), options.cleanIntervalMs);
    this.cleaner.unref();
  }

  /** Takes up what an earlier life has left: PRECOMMITTED waits, COMMITTED is published, PREPARE has ended with it. */
  async restore(): Promise<void> {
    const stored = (await this.options.engine.store?.open()) ?? [];
    this.manager.restore(stored.map(({ transaction }) => transaction));
    for (const { transaction, rows } of stored) {
      const { id, database, state } = transaction;
      if (rows.length > 0) this.staged.set(id, rows);
      if (state === 'COMMITTED') this.startPublishing(transaction);
      if (state === 'PREPARE') await this.abort(database, id, RESTART_REASON);
    }
  }

  async begin(request: BeginRequest): Promise<Transaction> {
    const transaction = this.manager.begin(request);
    await this.store(transaction);
    return transaction;
  }

  /** PREPARE → PRECOMMITTED, with the rows of its loads; none where they were counted and discarded. */
  async precommit({ database, id }: Transaction, rows: readonly StagedRows[]): Promise<void> {
    const precommitted = this.manager.precommit(database, id);
    this.staged.set(id, rows);
    await this.store(precommitted, rows);
  }

  /** PREPARE → COMMITTED; publishing starts. */
  async commitPrepared({ database, id }: Transaction, rows: readonly StagedRows[]): Promise<void> {
    const committed = this.manager.commitPrepared(database, id);
    this.staged.set(id, rows);
    await this.store(committed, rows);
    this.startPublishing(committed);
  }

  /** PRECOMMITTED → COMMITTED; publishing starts. Does not wait for it, as a 2PC commit of Doris does not. */
  async commit(database: string, id: bigint): Promise<void> {
    const committed = this.manager.commit(database, id);
    await this.store(committed);
    this.startPublishing(committed);
  }

  async abort(database: string, id: bigint, reason: string): Promise<void> {
    const aborted = this.manager.abort(database, id, reason);
    this.staged.delete(id);
    await this.store(aborted);
  }

  /** Aborts what a restarted coordinator had not precommitted. */
  async abortPrepared(coordinator: string, reason: string): Promise<void> {
    await this.drop(this.manager.abortPrepared(coordinator, reason));
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
  async clean(): Promise<void> {
    await this.drop(this.manager.sweep());
    await this.options.engine.store?.retain((database, id) => this.manager.get(database, id) !== undefined);
  }

  /** Stops the timers. What is COMMITTED is published at once: a commit that was answered is not lost. */
  async close(): Promise<void> {
    clearInterval(this.cleaner);
    this.closing.abort();
    await Promise.all(this.publishing.values());
    this.staged.clear();
  }

  private async drop(aborted: readonly Transaction[]): Promise<void> {
    for (const transaction of aborted) {
      this.staged.delete(transaction.id);
      await this.store(transaction);
    }
  }

  private async store(transaction: Transaction, rows?: readonly StagedRows[]): Promise<void> {
    await this.options.engine.store?.put(transaction, rows);
  }

  private startPublishing(transaction: Transaction): void {
    const published = this.publish(transaction).then(
      () => true,
      (error: unknown) => {
        this.options.onError(error);
        return false;
      },
    );
    const { id } = transaction;
    this.publishing.set(id, published);
    published.finally(() => this.publishing.delete(id)).catch(() => undefined);
  }

  private async publish(transaction: Transaction): Promise<void> {
    const { engine } = this.options;
    const { database, id } = transaction;
    await this.pause(transaction);
    const loads = this.staged.get(id) ?? [];
    this.staged.delete(id);
    const nowMs = Date.now();
    await engine.settle({ ...transaction, state: 'VISIBLE', publishTimeMs: nowMs, finishTimeMs: nowMs }, loads);
    this.manager.publish(database, id);
  }

  /** The publish delay, with that of a fault, which may last as long as it is armed. */
  private async pause({ database, tables, label }: Transaction): Promise<void> {
    const { faults } = this.options;
    const { signal } = this.closing;
    const wait = (delayMs: number) => sleep(delayMs, undefined, { signal }).catch(() => undefined);
    const fault = faults.take('publish', 'before', { database, table: tables[0], label });
    const extraMs = fault?.effect.kind === 'delay' ? fault.effect.delayMs : 0;
    const delayMs = this.manager.settings.publishDelayMs + extraMs;
    if (delayMs > 0) await wait(delayMs);
    if (fault?.effect.kind !== 'hang') return;
    while (faults.holds(fault) && !signal.aborted) await wait(PUBLISH_INTERVAL_MS);
  }
}
