/** Schema changes that are not done when their ALTER returns: all but the light ones. */
import type { TableName } from '../../../connect/pipeline/index.js';
import { quoteName } from '../schema/quoting.js';
import type { SqlQuestions } from '../sql.js';
import { lowerCaseNames } from './describe.js';

export interface AlterJob {
  readonly id: bigint;
  readonly state: string;
  readonly message: string;
}

/** `SHOW ALTER TABLE COLUMN`: the jobs of a table that Doris remembers, the oldest first. */
export async function alterJobs(
  sql: SqlQuestions,
  { database, table }: TableName,
  signal: AbortSignal,
): Promise<readonly AlterJob[]> {
  const context = { table: `${database}.${table}` };
  const statement = `SHOW ALTER TABLE COLUMN FROM ${quoteName(database)} WHERE TableName = ?`;
  const rows = (await sql.query(statement, [table], { context, signal })).map(lowerCaseNames);
  return rows
    .map(({ jobid, state, msg }) => ({ id: BigInt(jobid ?? 0), state: state?.toUpperCase() ?? '', message: msg ?? '' }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** PENDING, WAITING_TXN or RUNNING. */
export function isUnderWay({ state }: AlterJob): boolean {
  return state !== 'FINISHED' && state !== 'CANCELLED';
}

export function isCancelled({ state }: AlterJob): boolean {
  return state === 'CANCELLED';
}
