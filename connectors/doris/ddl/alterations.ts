/**
 * Executes DDL, so that it does not matter how often, and who else does. Before every statement the table is looked at:
 * what is there already is not asked for again. A statement whose reply was lost, a column that another task has added
 * first, a job of somebody else that is under way: all of them end in another look.
 */
import { type Clock, systemClock } from '../../../connect/clock.js';
import { type ErrorCode, SluiceError } from '../../../connect/errors.js';
import type { TableChange, TableName } from '../../../connect/pipeline/index.js';
import type { SchemaSettings } from '../config/schema-settings.js';
import { quoteName } from '../schema/quoting.js';
import type { SqlQuestions } from '../sql.js';
import { describeTable } from './describe.js';
import { type AlterJob, alterJobs, isCancelled, isUnderWay } from './jobs.js';
import { needsOf } from './needs.js';

/** How often a job is asked after. */
const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 5_000;
/** CREATE TABLE waits for its tablets. */
const STATEMENT_TIMEOUT_MS = 120_000;
/** A statement that was executed so often and is still needed does not do what it is meant to. */
const MAX_EXECUTIONS = 3;

/** Somebody else has been first. */
const ALREADY_DONE = /already exists|duplicate column|can not add column which already/i;
/** The table is being changed by another statement. */
const BUSY =
  /\bstate\s*\(?(SCHEMA_CHANGE|ROLLUP|WAITING_STABLE)|not NORMAL|under schema change|is doing schema change/i;
/** A front end that is not able to just now. */
const PASSING = /time(d )?\s?out|try again|not ready|not master|no master|lock/i;

export interface Attempt {
  /** Throws where this attempt may not change anything any more. */
  readonly check: () => void;
  readonly signal: AbortSignal;
}

export class Alterations {
  constructor(
    private readonly sql: SqlQuestions,
    private readonly settings: SchemaSettings,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * @returns the statements that were executed
   * @throws SluiceError SINK_SCHEMA_CHANGE_FAILED in the words of Doris; retryable where the change is still under way
   */
  async apply(change: TableChange, attempt: Attempt): Promise<readonly string[]> {
    const { database, table } = change;
    const run = new Run(this.sql, { database, table }, this.settings.changeTimeoutMs, this.clock, attempt);
    if (change.kind === 'truncate') return run.once(`TRUNCATE TABLE ${quoteName(database)}.${quoteName(table)}`);
    return run.until(async () => {
      const description = await describeTable(this.sql, change, attempt.signal);
      if (description === undefined && !this.settings.autoCreate) throw notCreated(change);
      return needsOf(this.settings, { database, table }, description, change.schema).statements[0];
    });
  }
}

/** One change of one table, from its first statement to the end of the last job. */
class Run {
  private readonly untilMs: number;
  private pollMs = FIRST_POLL_MS;

  constructor(
    private readonly sql: SqlQuestions,
    private readonly table: TableName,
    private readonly timeoutMs: number,
    private readonly clock: Clock,
    private readonly attempt: Attempt,
  ) {
    this.untilMs = clock.nowMs() + timeoutMs;
  }

  /** Executes what is still needed until nothing is. */
  async until(next: () => Promise<string | undefined>): Promise<string[]> {
    const executed: string[] = [];
    for (let last = await next(); last !== undefined; last = await next()) {
      const times = executed.filter((statement) => statement === last).length;
      if (times >= MAX_EXECUTIONS) throw withoutEffect(last, this.context);
      // The same once more: this front end has not heard of it yet.
      if (times > 0) await this.wait(last);
      if (await this.execute(last)) executed.push(last);
    }
    return [...new Set(executed)];
  }

  async once(statement: string): Promise<string[]> {
    while (!(await this.execute(statement))) await this.wait(statement);
    return [statement];
  }

  /** True when the statement, and the job that it has begun, are done; false when it is to be seen what there is now. */
  private async execute(statement: string): Promise<boolean> {
    const before = await this.quiet(statement);
    const { check: beforeSending, signal } = this.attempt;
    const question = { context: this.context, signal, beforeSending, timeoutMs: STATEMENT_TIMEOUT_MS };
    try {
      await this.sql.query(statement, [], question);
    } catch (error) {
      const refusal = refusalOf(error, statement);
      if (refusal !== 'done' && refusal !== 'busy') throw refusal;
      await this.wait(statement);
      return false;
    }
    const after = await this.quiet(statement);
    const own = after.filter(({ id }) => id > (before.at(-1)?.id ?? -1n));
    const cancelled = own.find(isCancelled);
    if (cancelled !== undefined) throw jobCancelled(statement, cancelled, this.context);
    return true;
  }

  /** Waits until no job of the table is under way; gives those that have been. */
  private async quiet(statement: string): Promise<readonly AlterJob[]> {
    for (;;) {
      const jobs = await alterJobs(this.sql, this.table, this.attempt.signal);
      if (!jobs.some(isUnderWay)) return jobs;
      await this.wait(statement);
    }
  }

  private async wait(statement: string): Promise<void> {
    const leftMs = this.untilMs - this.clock.nowMs();
    if (leftMs <= 0) throw stillUnderWay(statement, this.timeoutMs, this.context);
    await this.clock.sleep(Math.min(this.pollMs, leftMs), this.attempt.signal);
    this.pollMs = Math.min(MAX_POLL_MS, this.pollMs * 2);
  }

  private get context() {
    return { table: `${this.table.database}.${this.table.table}` };
  }
}

/** Codes that say more of a refused statement than that it was refused. */
const TELLING: readonly ErrorCode[] = [
  'CANCELLED',
  'LEASE_LOST',
  'SINK_UNREACHABLE',
  'SINK_AUTHENTICATION_FAILED',
  'SINK_DATABASE_UNKNOWN',
  'SINK_TABLE_UNKNOWN',
];

function refusalOf(error: unknown, statement: string): 'done' | 'busy' | unknown {
  if (!(error instanceof SluiceError) || TELLING.includes(error.code)) return error;
  if (error.code === 'SINK_ACCESS_DENIED') {
    return new SluiceError(error.code, `${error.message} The statement was: ${statement}`, {
      cause: error,
      context: error.context,
      hint: 'Grant ALTER_PRIV on the table to doris.user (CREATE_PRIV on the database for auto.create), then restart the connector.',
    });
  }
  if (ALREADY_DONE.test(error.message)) return 'done';
  if (BUSY.test(error.message)) return 'busy';
  const isPassing = PASSING.test(error.message);
  return new SluiceError('SINK_SCHEMA_CHANGE_FAILED', `${error.message} The statement was: ${statement}`, {
    retryable: isPassing,
    cause: error,
    context: error.context,
    hint: isPassing
      ? 'It is tried again; if it goes on, look into the log of that front end.'
      : 'Change the table by hand as the statement says, or set schema.evolution=none, then restart the connector.',
  });
}

function notCreated({ database, table }: TableName): SluiceError {
  return new SluiceError('SINK_TABLE_UNKNOWN', `Doris has no table ${database}.${table} any more.`, {
    context: { table: `${database}.${table}` },
    hint: 'Create the table, or set auto.create=true, then restart the connector.',
  });
}

function jobCancelled(statement: string, { id, message }: AlterJob, context: { table: string }): SluiceError {
  const words = `Doris has cancelled the schema change (job ${id}): ${message} The statement was: ${statement}`;
  return new SluiceError('SINK_SCHEMA_CHANGE_FAILED', words, {
    context,
    hint: 'SHOW ALTER TABLE COLUMN tells of the job. Change the table by hand, then restart the connector.',
  });
}

function withoutEffect(statement: string, context: { table: string }): SluiceError {
  const words = `The table is as it was after this statement: ${statement}`;
  return new SluiceError('SINK_SCHEMA_CHANGE_FAILED', words, {
    context,
    hint: 'Change the table by hand, or set schema.evolution=none, then restart the connector.',
  });
}

function stillUnderWay(statement: string, timeoutMs: number, context: { table: string }): SluiceError {
  const words = `The schema change is not done after ${Math.round(timeoutMs / 1000)} s: ${statement}`;
  return new SluiceError('SINK_SCHEMA_CHANGE_FAILED', words, {
    retryable: true,
    context,
    hint: 'It is waited for again; SHOW ALTER TABLE COLUMN tells how far it is, schema.evolution.timeout.ms how long one attempt waits.',
  });
}
