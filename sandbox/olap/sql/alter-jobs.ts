/** Schema changes: light ones are done at once, others are jobs that rewrite the table while it is loaded. */

import { DatabaseError } from '../model.js';
import { ddlError } from './errors.js';

export type AlterJobState = 'RUNNING' | 'FINISHED' | 'CANCELLED';

/** A schema change, for SHOW ALTER TABLE COLUMN. */
export interface AlterJob {
  readonly id: number;
  readonly database: string;
  readonly table: string;
  readonly createMs: number;
  readonly finishMs: number | undefined;
  readonly state: AlterJobState;
  readonly message: string;
}

interface OpenJob {
  readonly job: AlterJob;
  readonly timer: NodeJS.Timeout;
}

export class AlterJobs {
  /** How long a change that is not a light one takes; 0: it is done when its statement returns. */
  durationMs = 0;
  private readonly jobs: AlterJob[] = [];
  private readonly open = new Map<number, OpenJob>();
  private readonly ending = new Set<Promise<void>>();

  constructor(private readonly now: () => number) {}

  list(database: string): readonly AlterJob[] {
    return this.jobs.filter((job) => job.database === database);
  }

  /** Wording: OlapTable.checkNormalStateForAlter of Doris. */
  requireNormal(database: string, table: string): void {
    if (this.openJob(database, table) === undefined) return;
    throw ddlError(`Table[${table}]'s state(SCHEMA_CHANGE) is not NORMAL. Do not allow doing ALTER ops`);
  }

  /** Carries out a change of a table, now or as a job. */
  async run(database: string, table: string, isLight: boolean, change: () => Promise<void>): Promise<void> {
    const job: AlterJob = {
      id: 10_000 + this.jobs.length,
      database,
      table,
      createMs: this.now(),
      finishMs: undefined,
      state: 'RUNNING',
      message: '',
    };
    if (isLight || this.durationMs === 0) {
      await change();
      this.jobs.push({ ...job, state: 'FINISHED', finishMs: this.now() });
      return;
    }
    this.jobs.push(job);
    const finish = () => {
      const end = this.finish(job, change).finally(() => this.ending.delete(end));
      this.ending.add(end);
    };
    this.open.set(job.id, { job, timer: setTimeout(finish, this.durationMs) });
  }

  /** `CANCEL ALTER TABLE COLUMN FROM t` */
  cancel(database: string, table: string): void {
    const open = this.openJob(database, table);
    if (open === undefined) throw ddlError(`Table[${table}] is under NORMAL state. Do not allow to cancel ALTER`);
    clearTimeout(open.timer);
    this.end(open.job, 'CANCELLED', 'user cancelled');
  }

  /** What is under way is left undone. */
  async close(): Promise<void> {
    for (const { timer } of this.open.values()) clearTimeout(timer);
    this.open.clear();
    await Promise.all(this.ending);
  }

  private openJob(database: string, table: string): OpenJob | undefined {
    return [...this.open.values()].find(({ job }) => job.database === database && job.table === table);
  }

  private async finish(job: AlterJob, change: () => Promise<void>): Promise<void> {
    try {
      await change();
      this.end(job, 'FINISHED', '');
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      this.end(job, 'CANCELLED', error.message);
    }
  }

  private end(job: AlterJob, state: AlterJobState, message: string): void {
    this.open.delete(job.id);
    this.jobs[this.jobs.indexOf(job)] = { ...job, state, message, finishMs: this.now() };
  }
}
