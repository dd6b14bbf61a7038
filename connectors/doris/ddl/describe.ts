/** What Doris tells of a table. */

import { SluiceError } from '../../../connect/errors.js';
import type { TableName } from '../../../connect/pipeline/index.js';
import type { DescribedColumn, TableDescription } from '../../sink-driver.js';
import { quoteName } from '../schema/quoting.js';
import type { SqlQuestions, SqlRow } from '../sql.js';

/** How Doris prints that there is no default. */
const NO_DEFAULT = '\\N';

/**
 * `SHOW FULL COLUMNS` and `SHOW CREATE TABLE`; undefined where there is no such table.
 *
 * @throws SluiceError as `SqlQuestions`
 */
export async function describeTable(
  sql: SqlQuestions,
  { database, table }: TableName,
  signal: AbortSignal,
): Promise<TableDescription | undefined> {
  const name = `${quoteName(database)}.${quoteName(table)}`;
  const question = { context: { table: `${database}.${table}` }, signal };
  try {
    const [columns, definition] = await Promise.all([
      sql.query(`SHOW FULL COLUMNS FROM ${name}`, [], question),
      sql.query(`SHOW CREATE TABLE ${name}`, [], question),
    ]);
    return { ...modelOf(definition[0]), columns: columns.map(lowerCaseNames).map(columnOf) };
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'SINK_TABLE_UNKNOWN') return undefined;
    throw error;
  }
}

function columnOf({ field, type, null: nullable, key, default: defaultValue, comment }: SqlRow): DescribedColumn {
  return {
    name: field ?? '',
    type: type ?? '',
    key: isYes(key),
    nullable: isYes(nullable),
    comment: comment ?? '',
    ...(defaultValue == null || defaultValue === NO_DEFAULT ? {} : { defaultValue }),
  };
}

function isYes(word: string | null | undefined): boolean {
  return /^(yes|true)$/i.test(word ?? '');
}

function modelOf(row: SqlRow | undefined): Pick<TableDescription, 'model' | 'mergeOnWrite'> {
  const text = row === undefined ? '' : (lowerCaseNames(row)['create table'] ?? '');
  // Behind the columns, whose comments may say anything.
  const clauses = text.slice(text.lastIndexOf('\n) ENGINE') + 1);
  if (/^(UNIQUE|PRIMARY) KEY/im.test(clauses)) {
    return { model: 'unique', mergeOnWrite: /"enable_unique_key_merge_on_write"\s*=\s*"true"/i.test(clauses) };
  }
  return { model: /^AGGREGATE KEY/im.test(clauses) ? 'aggregate' : 'duplicate', mergeOnWrite: false };
}

/** Versions of Doris differ in the case of such names. */
export function lowerCaseNames(row: SqlRow): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}
