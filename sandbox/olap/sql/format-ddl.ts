/** SHOW CREATE TABLE: a table's definition as the DDL that makes it again. */

import type { ColumnDefinition, TableDefinition } from '../model.js';
import { formatColumnType } from './column-type.js';

/** An identifier in backticks. */
export function quoteBackticks(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function quoteDouble(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export function formatCreateTable(table: TableDefinition): string {
  const keys = table.keys.map(quoteBackticks).join(', ');
  const properties = Object.entries(table.properties).map(
    ([key, value]) => `${quoteDouble(key)} = ${quoteDouble(value)}`,
  );
  return [
    `CREATE TABLE ${quoteBackticks(table.name)} (`,
    table.columns.map((column) => `  ${formatColumn(column)}`).join(',\n'),
    ') ENGINE=OLAP',
    ...(table.keys.length > 0 ? [`${table.model} KEY(${keys})`] : []),
    ...(table.comment === '' ? [] : [`COMMENT ${quoteLiteral(table.comment)}`]),
    ...(table.partitioning === undefined ? [] : [table.partitioning]),
    `DISTRIBUTED BY ${table.distribution}`,
    ...(properties.length > 0 ? [`PROPERTIES (\n${properties.join(',\n')}\n)`] : []),
  ]
    .join('\n')
    .concat(';');
}

function quoteLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function formatColumn(column: ColumnDefinition): string {
  return [
    quoteBackticks(column.name),
    formatColumnType(column.type),
    ...(column.aggregation === undefined ? [] : [column.aggregation]),
    column.nullable ? 'NULL' : 'NOT NULL',
    ...(column.autoIncrement === true ? ['AUTO_INCREMENT'] : []),
    ...formatDefault(column),
    ...(column.comment === '' ? [] : [`COMMENT ${quoteLiteral(column.comment)}`]),
  ].join(' ');
}

function formatDefault({ defaultValue }: ColumnDefinition): string[] {
  if (defaultValue === undefined) return [];
  if (defaultValue === null) return ['DEFAULT NULL'];
  return [`DEFAULT ${/^CURRENT_(TIMESTAMP|DATE)/.test(defaultValue) ? defaultValue : quoteDouble(defaultValue)}`];
}
