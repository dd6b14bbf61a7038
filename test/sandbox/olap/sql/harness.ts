/** A SQL session over an engine in memory, without a network. */

import type { SqlSession } from '../../../../sandbox/olap/sql/index.js';
import { createSqlSession, isQueryResult } from '../../../../sandbox/olap/sql/index.js';
import { openContext } from '../mysql/harness.js';

export interface TestSession {
  readonly session: SqlSession;
  /** Rows of a query as objects of texts. */
  rows(sql: string): Promise<Record<string, string | null>[]>;
  /** The only column of a query. */
  column(sql: string): Promise<(string | null)[]>;
  run(sql: string): Promise<void>;
}

export type TestContext = Awaited<ReturnType<typeof openContext>>;

/** A session of root in the database `db`. */
export function openSession({ context }: Pick<TestContext, 'context'>, user = 'root'): TestSession {
  const session = createSqlSession(context, { user, connectionId: 7, host: '127.0.0.1', database: 'db' });
  const query = async (sql: string) => {
    const result = await session.execute(sql);
    if (!isQueryResult(result)) throw new Error(`${sql} has returned no rows`);
    return result;
  };
  return {
    session,
    async rows(sql) {
      const { columns, rows } = await query(sql);
      return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
    },
    async column(sql) {
      const { rows } = await query(sql);
      return rows.map((row) => row[0] ?? null);
    },
    async run(sql) {
      await session.execute(sql);
    },
  };
}

export { openContext };
