/** information_schema, made from the engine's own definitions whenever it is asked for. */

import type { ColumnDefinition, QueryResult, TableDefinition } from '../model.js';
import { catalogType } from './column-type.js';
import type { SqlContext } from './context.js';
import { type RelationCell, relation } from './relation.js';

const CATALOG = 'internal';
const SCHEMA = 'information_schema';
const COLLATION = 'utf8mb4_0900_bin';

/** One of its tables by name, in any case; undefined when there is none of that name. */
export function informationSchemaTable(context: SqlContext, name: string): QueryResult | undefined {
  return TABLES[name.toLowerCase()]?.(context);
}

export const INFORMATION_SCHEMA = SCHEMA;

export function informationSchemaTables(): readonly string[] {
  return Object.keys(TABLES);
}

function allTables(context: SqlContext): TableDefinition[] {
  return context.engine.databases().flatMap((database) => [...context.engine.tables(database)]);
}

const empty =
  (...columns: string[]) =>
  (): QueryResult =>
    relation(columns, []);

const TABLES: Readonly<Record<string, (context: SqlContext) => QueryResult>> = {
  schemata: (context) =>
    relation(
      ['CATALOG_NAME', 'SCHEMA_NAME', 'DEFAULT_CHARACTER_SET_NAME', 'DEFAULT_COLLATION_NAME', 'SQL_PATH'],
      [SCHEMA, ...context.engine.databases()].map((database) => [CATALOG, database, 'utf8mb4', COLLATION]),
    ),
  tables: (context) => relation(TABLE_COLUMNS, [...systemTables(), ...allTables(context).map(tableRow)]),
  columns: (context) =>
    relation(
      COLUMN_COLUMNS,
      allTables(context).flatMap((table) =>
        table.columns.map((column, index) => columnRow(context, table, column, index + 1)),
      ),
    ),
  views: empty('TABLE_CATALOG', 'TABLE_SCHEMA', 'TABLE_NAME', 'VIEW_DEFINITION'),
  routines: empty('SPECIFIC_NAME', 'ROUTINE_CATALOG', 'ROUTINE_SCHEMA', 'ROUTINE_NAME', 'ROUTINE_TYPE'),
  parameters: empty('SPECIFIC_CATALOG', 'SPECIFIC_SCHEMA', 'SPECIFIC_NAME', 'ORDINAL_POSITION:n', 'PARAMETER_NAME'),
  triggers: empty('TRIGGER_CATALOG', 'TRIGGER_SCHEMA', 'TRIGGER_NAME', 'EVENT_OBJECT_TABLE'),
  events: empty('EVENT_CATALOG', 'EVENT_SCHEMA', 'EVENT_NAME', 'STATUS'),
  statistics: empty('TABLE_CATALOG', 'TABLE_SCHEMA', 'TABLE_NAME', 'INDEX_NAME', 'SEQ_IN_INDEX:n', 'COLUMN_NAME'),
  table_constraints: empty('CONSTRAINT_SCHEMA', 'CONSTRAINT_NAME', 'TABLE_SCHEMA', 'TABLE_NAME', 'CONSTRAINT_TYPE'),
  key_column_usage: empty('CONSTRAINT_NAME', 'TABLE_SCHEMA', 'TABLE_NAME', 'COLUMN_NAME', 'ORDINAL_POSITION:n'),
  referential_constraints: empty('CONSTRAINT_SCHEMA', 'CONSTRAINT_NAME', 'TABLE_NAME', 'REFERENCED_TABLE_NAME'),
  engines: () =>
    relation(
      ['ENGINE', 'SUPPORT', 'COMMENT', 'TRANSACTIONS', 'XA', 'SAVEPOINTS'],
      [['OLAP', 'DEFAULT', 'Default storage engine', 'NO', 'NO', 'NO']],
    ),
};

const TABLE_COLUMNS = [
  'TABLE_CATALOG',
  'TABLE_SCHEMA',
  'TABLE_NAME',
  'TABLE_TYPE',
  'ENGINE',
  'VERSION:n',
  'ROW_FORMAT',
  'TABLE_ROWS:n',
  'AVG_ROW_LENGTH:n',
  'DATA_LENGTH:n',
  'CREATE_TIME',
  'UPDATE_TIME',
  'TABLE_COLLATION',
  'CREATE_OPTIONS',
  'TABLE_COMMENT',
];

function tableRow(table: TableDefinition): RelationCell[] {
  const unknown = undefined;
  const front = [CATALOG, table.database, table.name, 'BASE TABLE', 'Doris', unknown, unknown];
  return [...front, unknown, unknown, unknown, unknown, unknown, COLLATION, unknown, table.comment];
}

function systemTables(): RelationCell[][] {
  return Object.keys(TABLES).map((name) => [CATALOG, SCHEMA, name, 'SYSTEM VIEW', 'MEMORY']);
}

const COLUMN_COLUMNS = [
  'TABLE_CATALOG',
  'TABLE_SCHEMA',
  'TABLE_NAME',
  'COLUMN_NAME',
  'ORDINAL_POSITION:n',
  'COLUMN_DEFAULT',
  'IS_NULLABLE',
  'DATA_TYPE',
  'CHARACTER_MAXIMUM_LENGTH:n',
  'CHARACTER_OCTET_LENGTH:n',
  'NUMERIC_PRECISION:n',
  'NUMERIC_SCALE:n',
  'DATETIME_PRECISION:n',
  'CHARACTER_SET_NAME',
  'COLLATION_NAME',
  'COLUMN_TYPE',
  'COLUMN_KEY',
  'EXTRA',
  'PRIVILEGES',
  'COLUMN_COMMENT',
  'COLUMN_SIZE:n',
  'DECIMAL_DIGITS:n',
  'GENERATION_EXPRESSION',
];

function columnRow(
  context: SqlContext,
  table: TableDefinition,
  column: ColumnDefinition,
  position: number,
): RelationCell[] {
  const type = catalogType(column.type);
  const text = type.characterLength !== undefined;
  return [
    CATALOG,
    table.database,
    table.name,
    column.name,
    position,
    column.defaultValue ?? undefined,
    column.nullable ? 'YES' : 'NO',
    type.dataType,
    type.characterLength,
    type.characterLength,
    text ? undefined : type.columnSize,
    type.decimalDigits,
    column.type.base === 'DATETIME' ? (column.type.precision ?? 0) : undefined,
    text ? 'utf8mb4' : undefined,
    text ? COLLATION : undefined,
    type.columnType,
    column.key ? context.dialect.columnKey(table.model) : '',
    column.autoIncrement === true ? 'auto_increment' : '',
    '',
    column.comment,
    type.columnSize,
    type.decimalDigits,
    '',
  ];
}
