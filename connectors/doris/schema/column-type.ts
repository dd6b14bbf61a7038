/** Column types of Doris: as values, and as texts in DDL and in the catalog. */

export type PlainType =
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'LARGEINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DATE'
  | 'STRING'
  | 'JSON';

export type ColumnType =
  | { readonly base: PlainType }
  /** Length in bytes. */
  | { readonly base: 'CHAR' | 'VARCHAR'; readonly length: number }
  | { readonly base: 'DECIMAL'; readonly precision: number; readonly scale: number }
  /** Digits of the fraction of a second. */
  | { readonly base: 'DATETIME'; readonly precision: number }
  | { readonly base: 'ARRAY'; readonly element: ColumnType }
  | { readonly base: 'MAP'; readonly key: ColumnType; readonly value: ColumnType };

/** The longest VARCHAR, in bytes. */
export const MAX_VARCHAR_BYTES = 65_533;
/** Beyond this DECIMAL needs a setting of the server that is off by default. */
export const MAX_DECIMAL_PRECISION = 38;
export const MAX_DATETIME_PRECISION = 6;

/** `DECIMAL(10,2)`, as DDL has it. */
export function formatColumnType(type: ColumnType): string {
  switch (type.base) {
    case 'CHAR':
    case 'VARCHAR':
      return `${type.base}(${type.length})`;
    case 'DECIMAL':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'DATETIME':
      return type.precision === 0 ? 'DATETIME' : `DATETIME(${type.precision})`;
    case 'ARRAY':
      return `ARRAY<${formatColumnType(type.element)}>`;
    case 'MAP':
      return `MAP<${formatColumnType(type.key)},${formatColumnType(type.value)}>`;
    default:
      return type.base;
  }
}

/** Spellings of the catalog (`DESC`, `information_schema`, `SHOW CREATE TABLE`) for the types above. */
const PLAIN_NAMES: Readonly<Record<string, PlainType>> = {
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TINYINT: 'TINYINT',
  SMALLINT: 'SMALLINT',
  INT: 'INT',
  INTEGER: 'INT',
  BIGINT: 'BIGINT',
  LARGEINT: 'LARGEINT',
  'BIGINT UNSIGNED': 'LARGEINT',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  DATE: 'DATE',
  DATEV2: 'DATE',
  STRING: 'STRING',
  TEXT: 'STRING',
  JSON: 'JSON',
  JSONB: 'JSON',
};

/**
 * Reads a type as the catalog names it: `varchar(20)`, `decimalv3(10, 2)`, `bigint(20)`, `array<int(11)>`.
 * Undefined for types that have no place here (HLL, VARIANT, …): such columns are left alone.
 */
export function parseColumnType(text: string): ColumnType | undefined {
  const type = text.trim();
  const nested = /^(array|map)\s*<(.*)>$/is.exec(type);
  if (nested !== null) return parseNested(nested[1] ?? '', nested[2] ?? '');
  const parts = /^([a-z]\w*)\s*(?:\(\s*(\d+|\*)\s*(?:,\s*(\d+)\s*)?\))?(\s+unsigned)?$/i.exec(type);
  if (parts === null) return undefined;
  const [, word = '', first, second, unsigned] = parts;
  const name = `${word.toUpperCase()}${unsigned === undefined ? '' : ' UNSIGNED'}`;
  return parseScalar(name, first, second);
}

function parseScalar(name: string, first: string | undefined, second: string | undefined): ColumnType | undefined {
  switch (name) {
    case 'CHAR':
      return { base: name, length: Number(first ?? 1) };
    case 'VARCHAR':
      return { base: name, length: first === undefined || first === '*' ? MAX_VARCHAR_BYTES : Number(first) };
    case 'DECIMAL':
    case 'DECIMALV2':
    case 'DECIMALV3':
      return {
        base: 'DECIMAL',
        precision: Number(first ?? 38),
        scale: Number(second ?? (first === undefined ? 9 : 0)),
      };
    case 'DATETIME':
    case 'DATETIMEV2':
      return { base: 'DATETIME', precision: Number(first ?? 0) };
    // MySQL has no other name for it.
    case 'TINYINT':
      return { base: first === '1' ? 'BOOLEAN' : 'TINYINT' };
    default: {
      const base = Object.hasOwn(PLAIN_NAMES, name) ? PLAIN_NAMES[name] : undefined;
      return base && { base };
    }
  }
}

function parseNested(word: string, inner: string): ColumnType | undefined {
  if (word.toLowerCase() === 'array') {
    const element = parseColumnType(inner);
    return element && { base: 'ARRAY', element };
  }
  const comma = topLevelComma(inner);
  const key = comma < 0 ? undefined : parseColumnType(inner.slice(0, comma));
  const value = parseColumnType(inner.slice(comma + 1));
  return key && value && { base: 'MAP', key, value };
}

/** The comma between key and value, which is not inside brackets. */
function topLevelComma(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '<' || character === '(') depth++;
    else if (character === '>' || character === ')') depth--;
    else if (character === ',' && depth === 0) return at;
  }
  return -1;
}
