/** What a simulated back end does with a load: one transaction under the client's label, or a share in a group commit. */

import { type StreamLoadReply, streamLoadReply } from '../doris/replies.js';
import {
  existingJobStatus,
  LoadFailure,
  PUBLISH_TIMEOUT_MESSAGE,
  refusalFailure,
  tooManyVersions,
} from '../doris/wording.js';
import type { LoadCounts } from '../olap/load/run.js';
import { type Transaction, TransactionRefused } from '../olap/transactions.js';
import type { Rows, SimulatedDatabase } from './database.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';

const LOAD_MS = 60;
const GROUP_COMMIT_MS = 1_000;
const PUBLISH_WAIT_MS = 3_000;
const PUBLISH_LOOK_MS = 100;
const UNQUALIFIED = new LoadFailure('DATA_QUALITY_ERROR', 'too many filtered rows');
const NO_TIMES = { loadMs: 0, beginMs: 0, planMs: 0, readMs: 0, writeMs: 0, commitMs: 0 };

export interface LoadRequest {
  readonly rows: Rows;
  readonly headers: Readonly<Record<string, string>>;
  readonly coordinator: string;
  /** False when the back end has restarted since: nobody is there to answer. */
  readonly isAlive: () => boolean;
  readonly answer: (text: string) => void;
  readonly cut: () => void;
}

interface Group {
  readonly transaction: Transaction;
  readonly ids: string[];
  readonly waiting: (() => void)[];
}

type Told = Pick<StreamLoadReply, 'status' | 'message'> &
  Partial<Pick<StreamLoadReply, 'existingJobStatus' | 'transactionId' | 'label' | 'counts' | 'errorUrl'>>;

export class StreamLoads {
  private readonly groups = new Map<string, Group>();
  private groupLabels = 0;
  private readonly errorLogs: string[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    private readonly database: SimulatedDatabase,
  ) {}

  take(request: LoadRequest): void {
    if (isGrouped(request)) this.join(request);
    else this.begin(request);
  }

  private begin(request: LoadRequest): void {
    const { rows, headers, coordinator } = request;
    try {
      const { name: database, manager } = this.database;
      const { id } = manager.begin({ database, label: headers.label ?? '', tables: [rows.table], coordinator });
      this.scheduler.after(this.trouble.stream('load').delayMs(LOAD_MS), () => this.conclude(request, id));
    } catch (error) {
      tell(request, refused(error));
    }
  }

  /** After the last row: the transaction takes its next step. */
  private conclude(request: LoadRequest, id: bigint): void {
    const { rows, headers } = request;
    if (!request.isAlive()) {
      request.cut();
      return;
    }
    const label = headers.label ?? '';
    try {
      if (this.trouble.strikes('tooManyVersions', 0.05, label)) throw tooManyVersions();
      const { refused = [] } = rows;
      if (refused.length > 0) {
        this.rollBack(id, UNQUALIFIED);
        const { message } = UNQUALIFIED;
        tell(request, { status: 'Fail', message, transactionId: id, ...this.quoted(refused, request) });
        return;
      }
      if (isTwoPhase(request)) this.database.precommit(id, rows);
      else this.database.commitPrepared(id, rows);
    } catch (error) {
      this.rollBack(id, error);
      tell(request, { ...refused(error), transactionId: id });
      return;
    }
    this.trouble.note(`doris: ${label} is loaded by transaction ${id}`);
    if (isTwoPhase(request)) tell(request, { status: 'Success', message: 'OK', transactionId: id });
    else this.tellWhenVisible(request, id);
  }

  /** What the error log quotes of the rows: all, a few, none. Without a second phase nothing else can tell of them. */
  private quoted(refused: readonly string[], request: LoadRequest): Partial<StreamLoadReply> {
    const random = this.trouble.stream('error log');
    const isAll = !isTwoPhase(request) || random.chance(0.3);
    const count = isAll ? refused.length : random.between(0, Math.min(3, refused.length));
    const log = refused.slice(0, count).map((line) => `Reason: it does not fit. src line [${line}]; `);
    this.errorLogs.push(log.join('\n'));
    const errorUrl = `http://${request.coordinator.replace('BE: ', '')}:8040/api/_load_error_log?file=${this.errorLogs.length}`;
    const filteredRows = random.chance(0.7) ? refused.length : 0;
    const counts = { totalRows: request.rows.ids.length, loadedRows: 0, filteredRows, unselectedRows: 0 };
    return { counts, errorUrl };
  }

  /** What is behind the address that a refusal has told. */
  errorLog(path: string): string {
    return this.errorLogs[Number(path.split('file=')[1]) - 1] ?? '';
  }

  private rollBack(id: bigint, error: unknown): void {
    const { manager, name } = this.database;
    if (manager.get(name, id)?.state === 'PREPARE') this.database.abort(id, failureOf(error).message);
  }

  private tellWhenVisible(request: LoadRequest, id: bigint, waitedMs = 0): void {
    const { manager, name } = this.database;
    if (manager.get(name, id)?.state !== 'COMMITTED') {
      tell(request, { status: 'Success', message: 'OK', transactionId: id });
    } else if (waitedMs >= PUBLISH_WAIT_MS) {
      tell(request, { status: 'Publish Timeout', message: PUBLISH_TIMEOUT_MESSAGE, transactionId: id });
    } else {
      this.scheduler.after(PUBLISH_LOOK_MS, () => this.tellWhenVisible(request, id, waitedMs + PUBLISH_LOOK_MS));
    }
  }

  /** Loads of a table share one transaction with a label of the server's own. */
  private join(request: LoadRequest): void {
    const { transaction, ids, waiting } = this.groupOf(request.rows.table);
    ids.push(...request.rows.ids);
    const { id, label } = transaction;
    const answer = () => tell(request, { status: 'Success', message: 'OK', transactionId: id, label });
    if (request.headers.group_commit === 'sync_mode') waiting.push(answer);
    else answer();
  }

  private groupOf(table: string): Group {
    const open = this.groups.get(table);
    if (open !== undefined) return open;
    const { name: database, manager } = this.database;
    const label = `group_commit_${++this.groupLabels}`;
    const transaction = manager.begin({ database, label, tables: [table], coordinator: 'group commit' });
    const group: Group = { transaction, ids: [], waiting: [] };
    this.groups.set(table, group);
    this.scheduler.after(GROUP_COMMIT_MS, () => {
      this.groups.delete(table);
      this.database.commitPrepared(transaction.id, { table, ids: group.ids });
      for (const answer of group.waiting) answer();
    });
    return group;
  }
}

/** What the database refuses, in its own words. */
export function failureOf(error: unknown): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof TransactionRefused) return refusalFailure(error.refusal);
  throw error;
}

function refused(error: unknown): Told {
  const { message } = failureOf(error);
  if (error instanceof TransactionRefused && error.refusal.kind === 'label-used') {
    const status = existingJobStatus(error.refusal.transaction.state);
    return { status: 'Label Already Exists', message, existingJobStatus: status };
  }
  return { status: 'Fail', message };
}

function tell(request: LoadRequest, told: Told): void {
  const { rows, headers, answer } = request;
  const reply: StreamLoadReply = {
    transactionId: -1n,
    label: headers.label ?? '',
    comment: '',
    twoPhase: isTwoPhase(request),
    groupCommit: isGrouped(request),
    counts: countsOf(rows, told),
    loadBytes: 0,
    times: NO_TIMES,
    ...told,
  };
  answer(streamLoadReply(reply));
}

function countsOf({ ids }: Rows, { status }: Told): LoadCounts {
  const taken = status === 'Success' || status === 'Publish Timeout';
  return { totalRows: ids.length, loadedRows: taken ? ids.length : 0, filteredRows: 0, unselectedRows: 0 };
}

function isTwoPhase({ headers }: LoadRequest): boolean {
  return headers.two_phase_commit === 'true';
}

function isGrouped({ headers }: LoadRequest): boolean {
  return headers.group_commit !== undefined && headers.group_commit !== 'off_mode';
}
