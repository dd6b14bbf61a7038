/** The statements themselves. */
import { formatColumnType } from './column-type.js';
import type { TableColumn } from './columns.js';
import { quoteName, quoteText } from './quoting.js';

export interface TableReference {
  readonly database: string;
  readonly table: string;
}

export interface CreateTableOptions {
  readonly comment?: string;
  /** Such as `replication_num`; those that the key model needs are added. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * CREATE TABLE IF NOT EXISTS: with a unique key where there are key columns, which come first; else a table that keeps
 * every row as it came.
 */
export function createTableStatement(
  table: TableReference,
  columns: readonly TableColumn[],
  { comment = '', properties = {} }: CreateTableOptions = {},
): string {
  const keys = columns.filter(({ key }) => key).map(({ name }) => quoteName(name));
  const hasKey = keys.length > 0;
  const ofModel = hasKey
    ? { enable_unique_key_merge_on_write: 'true' }
    : { enable_duplicate_without_keys_by_default: 'true' };
  const settings = Object.entries({ ...ofModel, ...properties }).map(
    ([key, value]) => `${quoteText(key)} = ${quoteText(value)}`,
  );
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteTable(table)} (`,
    columns.map((column) => `  ${columnDefinition(column, false)}`).join(',\n'),
    ')',
    ...(hasKey ? [`UNIQUE KEY(${keys.join(', ')})`] : []),
    ...(comment === '' ? [] : [`COMMENT ${quoteText(comment)}`]),
    `DISTRIBUTED BY ${hasKey ? `HASH(${keys.join(', ')})` : 'RANDOM'} BUCKETS AUTO`,
    `PROPERTIES (${settings.join(', ')})`,
  ].join('\n');
}

/** One ALTER TABLE that adds all of the columns: all of them, or none. */
export function addColumnsStatement(table: TableReference, columns: readonly TableColumn[]): string {
  return `ALTER TABLE ${quoteTable(table)} ADD COLUMN (${columns.map((column) => columnDefinition(column, false)).join(', ')})`;
}

/** One ALTER TABLE that gives all of the columns new types. */
export function modifyColumnsStatement(table: TableReference, columns: readonly TableColumn[]): string {
  const changes = columns.map((column) => `MODIFY COLUMN ${columnDefinition(column, true)}`);
  return `ALTER TABLE ${quoteTable(table)} ${changes.join(', ')}`;
}

export function renameColumnStatement(table: TableReference, from: string, to: string): string {
  return `ALTER TABLE ${quoteTable(table)} RENAME COLUMN ${quoteName(from)} ${quoteName(to)}`;
}

/** One ALTER TABLE that drops all of the columns. */
export function dropColumnsStatement(table: TableReference, names: readonly string[]): string {
  return `ALTER TABLE ${quoteTable(table)} ${names.map((name) => `DROP COLUMN ${quoteName(name)}`).join(', ')}`;
}

function quoteTable({ database, table }: TableReference): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

/** A key column is marked as such where the statement has no key clause. */
function columnDefinition(column: TableColumn, markKey: boolean): string {
  const { name, type, key, nullable, defaultValue, comment } = column;
  return [
    quoteName(name),
    formatColumnType(type),
    ...(key && markKey ? ['KEY'] : []),
    nullable ? 'NULL' : 'NOT NULL',
    ...(defaultValue === undefined ? [] : [`DEFAULT ${defaultLiteral(defaultValue)}`]),
    ...(comment === '' ? [] : [`COMMENT ${quoteText(comment)}`]),
  ].join(' ');
}

/** What the catalog tells of a default that is a function is no text. */
function defaultLiteral(text: string): string {
  return /^CURRENT_(TIMESTAMP(\(\d\))?|DATE)$/.test(text) ? text : quoteText(text);
}
