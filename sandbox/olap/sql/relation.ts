/** Small tables that are made up on the spot: what SHOW prints and what information_schema holds. */

import type { QueryResult } from '../model.js';
import { quoteIdentifier, quoteLiteral } from '../types.js';

export type RelationCell = string | number | bigint | undefined;

/**
 * @param columns names; one that ends in `:n` holds integers
 * @param rows undefined is NULL
 */
export function relation(columns: readonly string[], rows: readonly (readonly RelationCell[])[]): QueryResult {
  return {
    columns: columns.map((column) =>
      column.endsWith(':n') ? { name: column.slice(0, -2), type: 'BIGINT' } : { name: column, type: 'VARCHAR' },
    ),
    rows: rows.map((row) => columns.map((_, index) => (row[index] === undefined ? null : String(row[index])))),
  };
}

/** The relation as a DuckDB subquery, so that conditions, orders and joins work on it. */
export function inlineRelation({ columns, rows }: QueryResult): string {
  const typed = columns.map(({ name, type }, index) => `CAST(c${index} AS ${type}) AS ${quoteIdentifier(name)}`);
  const names = columns.map((_, index) => `c${index}`).join(', ');
  const cell = (value: string | null): string => (value === null ? 'NULL' : quoteLiteral(value));
  const values = rows.map((row) => `(${row.map(cell).join(', ')})`);
  const source =
    rows.length > 0
      ? `(VALUES ${values.join(', ')}) AS v(${names})`
      : `(SELECT ${columns.map((_, index) => `NULL AS c${index}`).join(', ')} WHERE false) AS v(${names})`;
  return `(SELECT ${typed.join(', ')} FROM ${source})`;
}

/** A LIKE pattern as a test: `%` and `_` are wildcards, a backslash takes their meaning away. */
export function likeMatcher(pattern: string, options: { ignoreCase: boolean }): (text: string) => boolean {
  const literal = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  const source = pattern.replace(/\\([\s\S])|[\s\S]/gu, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return literal(escaped);
    if (found === '%') return '.*';
    return found === '_' ? '.' : literal(found);
  });
  const expression = new RegExp(`^${source}$`, options.ignoreCase ? 'isu' : 'su');
  return (text) => expression.test(text);
}

/** `2024-05-01 10:00:00`, as the frontend prints times; `\N` for what has not happened. */
export function formatTime(epochMs: number | undefined): string {
  if (epochMs === undefined) return '\\N';
  return localDateTime(epochMs).slice(0, 19);
}

/** `2024-05-01 10:00:00.123` in the process' own time zone. */
export function localDateTime(epochMs: number): string {
  const moment = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
  return `${date} ${time}.${String(moment.getMilliseconds()).padStart(3, '0')}`;
}
