/** The SQL that merges staged rows into a table, by table model. All of it runs inside one DuckDB transaction. */
import { findColumn } from './catalog.js';
import type { ColumnDefinition, TableDefinition } from './model.js';
import { duckdbType, quoteIdentifier, quoteLiteral } from './types.js';

/** Columns that a stage has behind those of its rows. */
export const STAGE_ORDER = '__stage_row';
export const STAGE_DELETE = '__stage_delete';
export const STAGE_MASK = '__stage_mask';

export interface Merge {
  /** The table as it is now. */
  readonly table: TableDefinition;
  /** The columns that the stage holds and the table still has. */
  readonly columns: readonly ColumnDefinition[];
  readonly partial: boolean;
  readonly deletes: boolean;
  /** Set where each row has columns of its own: the names by their places in the masks. */
  readonly masked?: readonly string[];
  /** The column that decides between rows with one key, where the table does not name one. */
  readonly sequence?: string;
  /** A table expression with the rows, their order of arrival and, with `deletes`, their delete signs. */
  readonly stage: string;
}

/** The table's full name as DuckDB reads it. */
export function tableName(table: TableDefinition): string {
  return `${quoteIdentifier(table.database)}.${quoteIdentifier(table.name)}`;
}

/** The DEFAULT of a column as an SQL expression; NULL where it has none. */
export function defaultExpression(column: ColumnDefinition): string {
  const { defaultValue, type } = column;
  if (defaultValue === undefined || defaultValue === null) return 'NULL';
  const value = /^(CURRENT_TIMESTAMP|CURRENT_DATE)/i.test(defaultValue)
    ? 'CAST(now() AS TIMESTAMP)'
    : quoteLiteral(defaultValue);
  return `CAST(${value} AS ${duckdbType(type)})`;
}

/** The statements that publish a stage, in order. */
export function mergeStatements(merge: Merge): readonly string[] {
  switch (merge.table.model) {
    case 'DUPLICATE':
      return [insertAll(merge, `SELECT * FROM ${merge.stage}`)];
    case 'AGGREGATE':
      return aggregate(merge);
    default:
      return upsert(merge);
  }
}

function names(columns: readonly ColumnDefinition[], prefix = ''): string {
  return columns.map((column) => prefix + quoteIdentifier(column.name)).join(', ');
}

function keyColumns(table: TableDefinition): readonly ColumnDefinition[] {
  return table.columns.filter((column) => column.key);
}

function sameKey(table: TableDefinition, left: string, right: string): string {
  return keyColumns(table)
    .map(({ name }) => `${left}.${quoteIdentifier(name)} IS NOT DISTINCT FROM ${right}.${quoteIdentifier(name)}`)
    .join(' AND ');
}

function insertAll({ table, columns }: Merge, source: string): string {
  const present = new Set(columns.map((column) => column.name));
  const values = table.columns.map((column) =>
    present.has(column.name) ? quoteIdentifier(column.name) : defaultExpression(column),
  );
  return `INSERT INTO ${tableName(table)} (${names(table.columns)}) SELECT ${values.join(', ')} FROM (${source})`;
}

/** One row per key: the last of the load, or the one of the highest sequence where the table has a sequence column. */
function lastByKey(merge: Merge): string {
  const { table, stage, columns } = merge;
  const sequence = sequenceColumn(merge);
  const sequenceOrder =
    sequence !== undefined && columns.includes(sequence) ? `${quoteIdentifier(sequence.name)} DESC NULLS LAST, ` : '';
  return (
    `SELECT * FROM ${stage} QUALIFY row_number() OVER (PARTITION BY ${names(keyColumns(table))}` +
    ` ORDER BY ${sequenceOrder}${quoteIdentifier(STAGE_ORDER)} DESC) = 1`
  );
}

function sequenceColumn({ table, sequence }: Merge): ColumnDefinition | undefined {
  const name = sequence ?? table.properties['function_column.sequence_col'];
  return name === undefined ? undefined : findColumn(table, name);
}

function upsert(merge: Merge): readonly string[] {
  const { table } = merge;
  const latest = quoteIdentifier('__stage_latest');
  const sequence = sequenceColumn(merge);
  const target = tableName(table);
  const statements = [
    `CREATE OR REPLACE TEMP TABLE ${latest} AS ${merge.masked === undefined ? lastByKey(merge) : togetherByKey(merge)}`,
  ];
  if (sequence !== undefined && merge.columns.includes(sequence)) {
    const name = quoteIdentifier(sequence.name);
    statements.push(
      `DELETE FROM ${latest} AS s USING ${target} AS t WHERE ${sameKey(table, 's', 't')} AND s.${name} < t.${name}`,
    );
  }
  if (merge.partial) statements.push(...fillFromStored(merge, latest));
  statements.push(`DELETE FROM ${target} AS t USING ${latest} AS s WHERE ${sameKey(table, 't', 's')}`);
  const live = merge.deletes ? ` WHERE ${quoteIdentifier(STAGE_DELETE)} = 0` : '';
  const complete = merge.partial ? { ...merge, columns: table.columns } : merge;
  statements.push(insertAll(complete, `SELECT * FROM ${latest}${live}`), `DROP TABLE ${latest}`);
  return statements;
}

/** Flexible partial update: of each column the last value that any row of the key has; a delete forgets those before. */
function togetherByKey({ table, stage, masked = [] }: Merge): string {
  const order = quoteIdentifier(STAGE_ORDER);
  const keys = names(keyColumns(table));
  const values = table.columns
    .filter((column) => !column.key)
    .map(({ name }) => {
      const column = quoteIdentifier(name);
      const isThere = `${order} > since AND substr(${quoteIdentifier(STAGE_MASK)}, ${masked.indexOf(name) + 1}, 1) = '1'`;
      const has = `coalesce(bool_or(${isThere}), false) AS ${quoteIdentifier(hasColumn(name))}`;
      return `arg_max_null(${column}, ${order}) FILTER (WHERE ${isThere}) AS ${column}, ${has}`;
    });
  const deleted = quoteIdentifier(STAGE_DELETE);
  const since = `coalesce(max(${order}) FILTER (WHERE ${deleted} = 1) OVER (PARTITION BY ${keys}), -1) AS since`;
  return (
    `SELECT ${[keys, ...values].join(', ')}, arg_max(${deleted}, ${order}) AS ${deleted}, max(since) >= 0 AS is_new` +
    ` FROM (SELECT *, ${since} FROM ${stage}) GROUP BY ${keys}`
  );
}

function hasColumn(name: string): string {
  return `__has_${name}`;
}

/** Partial update: the columns that are not in the load come from the stored row of the key, else from the default. */
function fillFromStored({ table, columns, deletes, masked }: Merge, latest: string): readonly string[] {
  const present = new Set(columns.map((column) => column.name));
  const values = table.columns.map((column) => {
    const name = quoteIdentifier(column.name);
    if (masked !== undefined && !column.key) {
      const stored = `WHEN t.rowid IS NOT NULL AND NOT s.is_new THEN t.${name}`;
      const has = quoteIdentifier(hasColumn(column.name));
      return `CASE WHEN s.${has} THEN s.${name} ${stored} ELSE ${defaultExpression(column)} END AS ${name}`;
    }
    if (present.has(column.name)) return `s.${name} AS ${name}`;
    return `CASE WHEN t.rowid IS NOT NULL THEN t.${name} ELSE ${defaultExpression(column)} END AS ${name}`;
  });
  if (deletes) values.push(`s.${quoteIdentifier(STAGE_DELETE)}`);
  const filled = quoteIdentifier('__stage_filled');
  return [
    `CREATE OR REPLACE TEMP TABLE ${filled} AS SELECT ${values.join(', ')} FROM ${latest} AS s` +
      ` LEFT JOIN ${tableName(table)} AS t ON ${sameKey(table, 't', 's')}`,
    `DROP TABLE ${latest}`,
    `ALTER TABLE ${filled} RENAME TO ${latest}`,
  ];
}

function aggregate(merge: Merge): readonly string[] {
  const { table, stage } = merge;
  const target = tableName(table);
  const all = quoteIdentifier('__stage_all');
  const present = new Set(merge.columns.map((column) => column.name));
  const incoming = table.columns.map((column) =>
    present.has(column.name) ? quoteIdentifier(column.name) : defaultExpression(column),
  );
  const order = quoteIdentifier(STAGE_ORDER);
  const values = table.columns.map((column) => {
    const name = quoteIdentifier(column.name);
    return column.key ? name : `${aggregateExpression(column, name, order)} AS ${name}`;
  });
  const keys = names(keyColumns(table));
  return [
    `CREATE OR REPLACE TEMP TABLE ${all} AS SELECT ${names(table.columns)}, -1 AS ${order} FROM ${target} AS t` +
      ` WHERE EXISTS (SELECT 1 FROM ${stage} AS s WHERE ${sameKey(table, 't', 's')})` +
      ` UNION ALL BY NAME SELECT ${incoming
        .map((value, index) => `${value} AS ${quoteIdentifier(table.columns[index]?.name ?? '')}`)
        .join(', ')}, ${order} FROM ${stage}`,
    `DELETE FROM ${target} AS t USING ${stage} AS s WHERE ${sameKey(table, 't', 's')}`,
    `INSERT INTO ${target} (${names(table.columns)}) SELECT ${values.join(', ')} FROM ${all} GROUP BY ${keys}`,
    `DROP TABLE ${all}`,
  ];
}

/** BITMAP and HLL are kept as text: their unions are not computed, the last value stands. */
function aggregateExpression(column: ColumnDefinition, name: string, order: string): string {
  switch (column.aggregation) {
    case 'SUM':
      return `CAST(sum(${name}) AS ${duckdbType(column.type)})`;
    case 'MAX':
      return `max(${name})`;
    case 'MIN':
      return `min(${name})`;
    case 'REPLACE_IF_NOT_NULL':
      return `arg_max(${name}, ${order}) FILTER (WHERE ${name} IS NOT NULL)`;
    default:
      return `arg_max_null(${name}, ${order})`;
  }
}
