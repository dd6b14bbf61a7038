/** The columns that a record's schema asks for: keys first, with types, defaults and comments. */
import type { Schema, StructSchema } from '../../../connect/data/schema.js';
import { type Dialect, defaultText } from '../../../connect/debezium/index.js';
import { SluiceError } from '../../../connect/errors.js';
import type { ColumnType } from './column-type.js';
import { columnTypeOf, keyColumnTypeOf } from './field-type.js';

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly key: boolean;
  readonly nullable: boolean;
  /** The text of a literal; undefined where rows without a value have null. */
  readonly defaultValue?: string | undefined;
  readonly comment: string;
}

/** Where columns come from. */
export interface ColumnSource {
  readonly row: StructSchema;
  /** The names of the fields of the record's key; empty for a table without one. */
  readonly keys: readonly string[];
  readonly dialect?: Dialect;
}

/**
 * The columns of a row: those of the key first, in its order, as Doris demands, then the others in theirs. All but the
 * key can be null, whatever the source says: its own NOT NULL may be dropped tomorrow, and rows that delete hold their
 * key alone.
 * @throws SluiceError SINK_UNSUPPORTED when the fields cannot be the columns of one table
 */
export function columnsOf({ row, keys, dialect = 'other' }: ColumnSource): TableColumn[] {
  const fields = new Map(row.fields.map(({ name, schema }) => [name, schema]));
  const keyColumns = keys.map((name) => {
    const schema = fields.get(name);
    if (schema === undefined) throw unsupported(`The record's key has the field ${name}, which its rows do not have.`);
    return keyColumn(name, schema, dialect);
  });
  const others = row.fields.filter(({ name }) => !keys.includes(name));
  const columns = [...keyColumns, ...others.map(({ name, schema }) => valueColumn(name, schema, dialect))];
  checkNames(columns);
  return columns;
}

/** The default of a serial key is a placeholder, and none that a row could use. */
function keyColumn(name: string, schema: Schema, dialect: Dialect): TableColumn {
  const type = keyColumnTypeOf(schema, dialect);
  return { name, type, key: true, nullable: schema.optional, comment: commentOf(schema) };
}

function valueColumn(name: string, schema: Schema, dialect: Dialect): TableColumn {
  const type = columnTypeOf(schema, dialect);
  return {
    name,
    type,
    key: false,
    nullable: true,
    defaultValue: takesDefault(type) ? defaultOf(schema, dialect) : undefined,
    comment: commentOf(schema),
  };
}

/** Doris knows no default but null for documents and nested types. */
function takesDefault({ base }: ColumnType): boolean {
  return base !== 'JSON' && base !== 'ARRAY' && base !== 'MAP';
}

/** The beginning of 1970 is what Debezium sends for a default that is a function, such as CURRENT_TIMESTAMP. */
const EPOCH = /^1970-01-01([T ]00:00:00Z?)?$/;

function defaultOf(schema: Schema, dialect: Dialect): string | undefined {
  const text = defaultText(schema, dialect);
  return text === undefined || EPOCH.test(text) ? undefined : text;
}

/** The documentation of a struct is that of its logical type. */
function commentOf({ type, doc = '', parameters }: Schema): string {
  return parameters?.['__debezium.source.column.comment'] ?? (type === 'STRUCT' ? '' : doc);
}

/** Names of columns are the same in any case. */
function checkNames(columns: readonly TableColumn[]): void {
  const names = new Map<string, string>();
  for (const { name } of columns) {
    const other = names.get(name.toLowerCase());
    if (other !== undefined) {
      throw unsupported(`The fields ${other} and ${name} would be one column: Doris does not tell their names apart.`);
    }
    names.set(name.toLowerCase(), name);
  }
}

function unsupported(message: string): SluiceError {
  return new SluiceError('SINK_UNSUPPORTED', message, {
    hint: 'Rename or leave out a field with a transform, or create the table yourself.',
  });
}
