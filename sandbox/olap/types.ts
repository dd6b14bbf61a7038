/** How the column types of the doubled databases are kept in DuckDB, and how they are spelled. */
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  FLOAT,
  HUGEINT,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  TIMESTAMP_MS,
  TIMESTAMP_S,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import type { BaseType, ColumnType } from './model.js';

/** DuckDB keeps at most this many decimal digits; wider decimals are kept as text. */
const MAX_DECIMAL_DIGITS = 38;

/** Doris: DECIMAL without digits is DECIMAL(38,9) since 2.1 (DECIMALV3). */
export function decimalDigits(type: ColumnType): { precision: number; scale: number } {
  return { precision: type.precision ?? 38, scale: type.scale ?? (type.precision === undefined ? 9 : 0) };
}

/**
 * The DuckDB type that keeps a column. A DATETIME picks the timestamp type whose own resolution prints the digits of
 * its scale; nested types, JSON and VARIANT are kept as the text the database prints for them.
 */
export function duckdbType(type: ColumnType): DuckDBType {
  switch (type.base) {
    case 'BOOLEAN':
      return BOOLEAN;
    case 'TINYINT':
      return TINYINT;
    case 'SMALLINT':
      return SMALLINT;
    case 'INT':
      return INTEGER;
    case 'BIGINT':
      return BIGINT;
    case 'LARGEINT':
      return HUGEINT;
    case 'FLOAT':
      return FLOAT;
    case 'DOUBLE':
      return DOUBLE;
    case 'DECIMAL': {
      const { precision, scale } = decimalDigits(type);
      return precision > MAX_DECIMAL_DIGITS ? VARCHAR : DECIMAL(precision, scale);
    }
    case 'DATE':
      return DATE;
    case 'DATETIME':
      return datetimeType(type.precision ?? 0);
    default:
      return VARCHAR;
  }
}

function datetimeType(fractionDigits: number): DuckDBType {
  if (fractionDigits === 0) return TIMESTAMP_S;
  return fractionDigits <= 3 ? TIMESTAMP_MS : TIMESTAMP;
}

/** True for the types that are kept as the text of a nested value or document. */
export function isDocument(base: BaseType): boolean {
  return base === 'JSON' || base === 'VARIANT' || base === 'ARRAY' || base === 'MAP' || base === 'STRUCT';
}

/** The identifier as SQL writes it, for DuckDB. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The text as an SQL literal, for DuckDB. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
