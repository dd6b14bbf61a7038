/** What a table needs so that it takes rows of a schema, under the settings of a connector. Pure functions. */
import type { Field, Schema } from '../../../connect/data/schema.js';
import type { TableName, TableSchema } from '../../../connect/pipeline/index.js';
import type { TableDescription } from '../../sink-driver.js';
import type { ColumnOfTable, SchemaSettings } from '../config/schema-settings.js';
import { columnTypeOf } from '../schema/field-type.js';
import {
  columnsOf,
  createTableStatement,
  dropColumnsStatement,
  parseColumnType,
  planSchemaChange,
  renameColumnStatement,
  type TypeConflict,
} from '../schema/index.js';

export interface Needs {
  /** The DDL, in its order; empty where the table takes the rows, as far as the settings care. */
  readonly statements: readonly string[];
  /** Fields that are no columns of the table. */
  readonly unknown: readonly string[];
  /** Fields whose values may not fit their columns, which cannot be widened to hold them, or may not be. */
  readonly conflicts: readonly TypeConflict[];
  /** The part of the schema that the statements follow from. */
  readonly schema: TableSchema;
}

export type NeedsSettings = Pick<
  SchemaSettings,
  'evolution' | 'renames' | 'drops' | 'createProperties' | 'keyColumns' | 'fieldsWithoutColumn'
>;

/**
 * @param present undefined where there is no such table
 * @throws SluiceError SINK_UNSUPPORTED when the fields cannot be the columns of one table
 */
export function needsOf(
  settings: NeedsSettings,
  table: TableName,
  present: TableDescription | undefined,
  schema: TableSchema,
): Needs {
  const fields = schema.row.fields.filter(({ name }) => isColumn(name, settings));
  return present === undefined
    ? creation(settings, table, fields, schema)
    : evolution(settings, table, present, fields, schema);
}

/** Doris has columns of its own; rows hold them as signs and not as values. */
function isColumn(name: string, { fieldsWithoutColumn }: NeedsSettings): boolean {
  return !/^__DORIS_.*__$/i.test(name) && !fieldsWithoutColumn.includes(name);
}

function creation(
  { keyColumns, createProperties }: NeedsSettings,
  table: TableName,
  fields: readonly Field[],
  { row, keys, dialect }: TableSchema,
): Needs {
  const unique = keyColumns.length > 0 ? keyColumns : keys;
  const columns = columnsOf({ row: { ...row, fields }, keys: unique, dialect });
  return {
    statements: [createTableStatement(table, columns, { properties: createProperties })],
    unknown: fields.map(({ name }) => name),
    conflicts: [],
    schema: { row: { ...row, fields: fields.map(slimField) }, keys, dialect },
  };
}

function evolution(
  settings: NeedsSettings,
  table: TableName,
  present: TableDescription,
  fields: readonly Field[],
  { row, keys: recordKeys, dialect }: TableSchema,
): Needs {
  const mode = settings.evolution;
  const renames = mode === 'full' ? renamesOf(settings, table, present, fields) : [];
  const drops = mode === 'full' ? dropsOf(settings, table, present, fields, renames) : [];
  const columns = present.columns.map((column) => {
    const name = renames.find(({ from }) => same(from, column.name))?.to ?? column.name;
    return { ...column, name, type: parseColumnType(column.type) };
  });
  const keyNames = new Set(columns.filter(({ key }) => key).map(({ name }) => name.toLowerCase()));
  // Whatever the record's key is: a column that is a key of the table has the types that keys can have.
  const keys = fields.filter(({ name }) => keyNames.has(name.toLowerCase())).map(({ name }) => name);
  const wanted = columnsOf({ row: { ...row, fields }, keys, dialect });
  const { add, modify, conflicts, statements } = planSchemaChange(table, columns, wanted, { widen: mode === 'full' });
  const changed = new Set([...add, ...modify].map(({ name }) => name.toLowerCase()));
  // What a record does not have is told by all that it has.
  const areAllNeeded = renames.length + drops.length > 0;
  const needed = fields.filter(({ name }) => areAllNeeded || changed.has(name.toLowerCase()));
  return {
    statements: [
      ...renames.map(({ from, to }) => renameColumnStatement(table, from, to)),
      ...(mode === 'none' ? [] : statements),
      ...(drops.length > 0 ? [dropColumnsStatement(table, drops)] : []),
    ],
    unknown: add.map(({ name }) => name),
    conflicts,
    schema: {
      row: { ...row, fields: needed.map(slimField) },
      keys: areAllNeeded ? recordKeys : [],
      dialect,
    },
  };
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Of those that the user knows of, the ones that the source has made and the table has not. */
function renamesOf(
  { renames }: NeedsSettings,
  table: TableName,
  { columns }: TableDescription,
  fields: readonly Field[],
): Rename[] {
  const isField = (name: string) => fields.some((field) => same(field.name, name));
  return renames
    .filter((rename) => isOf(rename, table) && isField(rename.to) && !isField(rename.column))
    .flatMap(({ column, to }) => {
      const present = columns.find(({ name }) => same(name, column));
      return present === undefined || columns.some(({ name }) => same(name, to)) ? [] : [{ from: present.name, to }];
    });
}

/** Columns without a field, among those that the user gives away. */
function dropsOf(
  { drops }: NeedsSettings,
  table: TableName,
  { columns }: TableDescription,
  fields: readonly Field[],
  renames: readonly Rename[],
): string[] {
  return columns
    .filter(({ name, key }) => !key && drops.some((drop) => isOf(drop, table) && same(drop.column, name)))
    .filter(({ name }) => !fields.some((field) => same(field.name, name)))
    .filter(({ name }) => !renames.some(({ from }) => same(from, name)))
    .map(({ name }) => name);
}

function isOf(column: ColumnOfTable, { table }: TableName): boolean {
  return column.table === undefined || column.table === table;
}

/** Columns are the same in any case. */
function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What is below a document is of no concern to its column; schemas may be without end there. */
function slimField({ name, schema }: Field): Field {
  return { name, schema: slim(schema) };
}

function slim(schema: Schema): Schema {
  switch (schema.type) {
    case 'STRUCT':
      return columnTypeOf(schema).base === 'JSON' ? { ...schema, fields: [] } : schema;
    case 'ARRAY':
      return { ...schema, items: slim(schema.items) };
    case 'MAP':
      return { ...schema, keys: slim(schema.keys), values: slim(schema.values) };
    default:
      return schema;
  }
}
