/**
 * Group commit: loads of a table that share one transaction with a label made by the server. No label of the client, so
 * nothing is deduplicated. Source: Doris' group-commit-manual.md.
 */
import { randomBytes } from 'node:crypto';
import type { LoadTransactions } from '../olap/load-transactions.js';
import type { StagedRows } from '../olap/staging.js';
import type { Transaction } from '../olap/transactions.js';

interface Group {
  readonly transaction: Transaction;
  readonly rows: StagedRows[];
  readonly committed: Promise<void>;
}

export interface GroupCommitOptions {
  readonly loads: LoadTransactions;
  readonly coordinator: string;
  /** The table property `group_commit_interval_ms`. */
  readonly intervalMs: number;
}

export class GroupCommit {
  private readonly groups = new Map<string, Group>();
  private readonly timers = new Map<NodeJS.Timeout, () => void>();

  constructor(private readonly options: GroupCommitOptions) {}

  /** The open transaction of a table; begins one that is committed after the interval. */
  join(database: string, table: string): Group {
    const key = JSON.stringify([database, table]);
    const open = this.groups.get(key);
    const { loads, coordinator, intervalMs } = this.options;
    // A restart of the backend aborts what it coordinated.
    const isOpen = open !== undefined && loads.manager.get(database, open.transaction.id)?.state === 'PREPARE';
    if (isOpen) return open;
    const label = `group_commit_${randomBytes(8).toString('hex')}_${randomBytes(8).toString('hex')}`;
    const transaction = loads.manager.begin({ database, label, tables: [table], coordinator });
    const rows: StagedRows[] = [];
    const committed = this.after(intervalMs).then(async () => {
      if (this.groups.get(key)?.transaction === transaction) this.groups.delete(key);
      await loads.commitPrepared(transaction, rows);
    });
    // Those who wait see the failure; a group that nobody waits for has nobody to tell.
    committed.catch(() => undefined);
    const group = { transaction, rows, committed };
    this.groups.set(key, group);
    return group;
  }

  /** Commits what is open: rows that were answered with success are not lost. */
  async close(): Promise<void> {
    const open = [...this.groups.values()];
    for (const [timer, fire] of this.timers) {
      clearTimeout(timer);
      fire();
    }
    await Promise.allSettled(open.map(({ committed }) => committed));
  }

  private after(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(fire, delayMs);
      const { timers } = this;
      function fire(): void {
        timers.delete(timer);
        resolve();
      }
      timers.set(timer, fire);
    });
  }
}
