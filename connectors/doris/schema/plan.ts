/** What has to be changed of a table before rows of a new schema can be loaded. */
import { type ColumnType, formatColumnType, MAX_DECIMAL_PRECISION, MAX_VARCHAR_BYTES } from './column-type.js';
import type { TableColumn } from './columns.js';
import { addColumnsStatement, modifyColumnsStatement, type TableReference } from './statements.js';

/** A column whose type does not hold the values of the field, and cannot be made to. */
export interface TypeConflict {
  readonly column: string;
  readonly present: string;
  readonly wanted: string;
}

export interface SchemaChange {
  /** Columns that the table does not have. */
  readonly add: readonly TableColumn[];
  /** Columns that the table has in a narrower type, as they are to be. */
  readonly modify: readonly TableColumn[];
  readonly conflicts: readonly TypeConflict[];
  /** In their order; each is safe to be repeated once it has been looked whether it is still needed. */
  readonly statements: readonly string[];
}

/** A column of a table that exists; its type is undefined where it is one that is left alone. */
export type PresentColumn = Omit<TableColumn, 'type'> & { readonly type: ColumnType | undefined };

/**
 * Compares the columns that a schema asks for with those that there are. Columns that the schema does not have (any
 * more) are left alone. Types are widened only with `widen`; columns are added in any case.
 */
export function planSchemaChange(
  table: TableReference,
  present: readonly PresentColumn[],
  wanted: readonly TableColumn[],
  { widen }: { widen: boolean },
): SchemaChange {
  const byName = new Map(present.map((column) => [column.name.toLowerCase(), column]));
  // A key column cannot be added to a table with data, so what is missing of the key is a column like any other.
  const add = wanted
    .filter(({ name }) => !byName.has(name.toLowerCase()))
    .map((column) => ({ ...column, key: false, nullable: true }));
  const modify: TableColumn[] = [];
  const conflicts: TypeConflict[] = [];
  for (const column of wanted) {
    const current = byName.get(column.name.toLowerCase());
    if (current?.type === undefined) continue;
    const type = widenedType(current.type, column.type);
    if (type === 'fits') continue;
    if (type !== undefined && widen) modify.push({ ...current, type: current.key ? asKey(type) : type });
    else conflicts.push(conflictOf(current.name, current.type, column.type));
  }
  return {
    add,
    modify,
    conflicts,
    statements: [
      ...(add.length > 0 ? [addColumnsStatement(table, add)] : []),
      ...(modify.length > 0 ? [modifyColumnsStatement(table, modify)] : []),
    ],
  };
}

/** A key cannot be of a type without a length. */
function asKey(type: ColumnType): ColumnType {
  return type.base === 'STRING' ? { base: 'VARCHAR', length: MAX_VARCHAR_BYTES } : type;
}

function conflictOf(column: string, present: ColumnType, wanted: ColumnType): TypeConflict {
  return { column, present: formatColumnType(present), wanted: formatColumnType(wanted) };
}

const INTEGERS: readonly ColumnType['base'][] = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'LARGEINT'];
/** Digits of the largest value of each of them. */
const INTEGER_DIGITS: readonly number[] = [3, 5, 10, 19, 39];
/** Room for every number and date as a text. */
const WIDEST_SCALAR_BYTES = 64;
const FLOATS: readonly ColumnType['base'][] = ['FLOAT', 'DOUBLE'];

/**
 * The type that a column must become to hold what it holds and values of `wanted` as well: `fits` when it does so as it
 * is, undefined when no change that Doris makes in place would do.
 */
export function widenedType(present: ColumnType, wanted: ColumnType): ColumnType | 'fits' | undefined {
  if (formatColumnType(present) === formatColumnType(wanted)) return 'fits';
  // A text holds everything as it is written.
  if (present.base === 'STRING') return 'fits';
  if (INTEGERS.includes(present.base)) return widenedInteger(present, wanted);
  if (FLOATS.includes(present.base)) return wanted.base === 'DOUBLE' ? wanted : fitsIf(FLOATS.includes(wanted.base));
  switch (present.base) {
    case 'VARCHAR':
    case 'CHAR':
      return widenedText(present, wanted);
    case 'DECIMAL':
      return widenedDecimal(present, wanted);
    case 'DATE':
      return wanted.base === 'DATETIME' ? wanted : undefined;
    case 'DATETIME':
      if (wanted.base === 'DATE') return 'fits';
      if (wanted.base !== 'DATETIME') return undefined;
      return wanted.precision > present.precision ? wanted : 'fits';
    case 'JSON':
      return fitsIf(wanted.base === 'ARRAY' || wanted.base === 'MAP');
    default:
      return undefined;
  }
}

function fitsIf(fits: boolean): 'fits' | undefined {
  return fits ? 'fits' : undefined;
}

function widenedInteger(present: ColumnType, wanted: ColumnType): ColumnType | 'fits' | undefined {
  const level = INTEGERS.indexOf(wanted.base);
  if (level >= 0) return level > INTEGERS.indexOf(present.base) ? wanted : 'fits';
  return fitsIf(wanted.base === 'BOOLEAN');
}

function widenedText(
  present: Extract<ColumnType, { length: number }>,
  wanted: ColumnType,
): ColumnType | 'fits' | undefined {
  if (wanted.base === 'STRING') return wanted;
  if (wanted.base !== 'VARCHAR' && wanted.base !== 'CHAR') return fitsIf(present.length >= WIDEST_SCALAR_BYTES);
  return wanted.length > present.length ? { base: 'VARCHAR', length: wanted.length } : 'fits';
}

/** Room for the digits on both sides of the point; a type beyond Doris' digits is no type. */
function widenedDecimal(
  present: Extract<ColumnType, { base: 'DECIMAL' }>,
  wanted: ColumnType,
): ColumnType | 'fits' | undefined {
  const digits = INTEGER_DIGITS[INTEGERS.indexOf(wanted.base)];
  if (wanted.base !== 'DECIMAL' && digits === undefined) return undefined;
  const { precision, scale } = wanted.base === 'DECIMAL' ? wanted : { precision: digits ?? 0, scale: 0 };
  const whole = Math.max(present.precision - present.scale, precision - scale);
  const fraction = Math.max(present.scale, scale);
  if (whole + fraction === present.precision && fraction === present.scale) return 'fits';
  return whole + fraction > MAX_DECIMAL_PRECISION
    ? undefined
    : { base: 'DECIMAL', precision: whole + fraction, scale: fraction };
}
