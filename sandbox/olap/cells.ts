/** Cells on their way into DuckDB and out of it: exact, and as the databases print them. */
import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Cell, type ColumnType, DatabaseError } from './model.js';
import { decimalDigits, duckdbType } from './types.js';

export type CellEncoder = (cell: Cell) => DuckDBValue;

/**
 * Turns the cells of a column into DuckDB's values.
 *
 * Takes `'YYYY-MM-DD'` and `'YYYY-MM-DD hh:mm:ss[.fraction]'` for DATE and DATETIME, decimal text for DECIMAL, bigint,
 * safe number or decimal text for integers. Cells must have been checked: what does not fit throws.
 */
export function cellEncoder(type: ColumnType): CellEncoder {
  const encode = encoderOf(type, duckdbType(type).typeId);
  return (cell) => (cell === null ? null : encode(cell));
}

function encoderOf(type: ColumnType, storedAs: DuckDBTypeId): (cell: Exclude<Cell, null>) => DuckDBValue {
  switch (storedAs) {
    case DuckDBTypeId.BOOLEAN:
      return (cell) => (typeof cell === 'boolean' ? cell : Number(cell) !== 0);
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return (cell) => (typeof cell === 'number' ? cell : Number(cell));
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
      return (cell) => (typeof cell === 'bigint' ? cell : BigInt(cell));
    case DuckDBTypeId.DECIMAL: {
      const { precision, scale } = decimalDigits(type);
      return (cell) => new DuckDBDecimalValue(scaledInteger(String(cell), scale), precision, scale);
    }
    case DuckDBTypeId.DATE:
      return (cell) => new DuckDBDateValue(daysOf(String(cell)));
    case DuckDBTypeId.TIMESTAMP_S: {
      const secondsOf = secondsReader();
      return (cell) => new DuckDBTimestampSecondsValue(BigInt(secondsOf(String(cell))));
    }
    case DuckDBTypeId.TIMESTAMP_MS: {
      const secondsOf = secondsReader();
      return (cell) => new DuckDBTimestampMillisecondsValue(withFractionOf(String(cell), secondsOf, 3));
    }
    case DuckDBTypeId.TIMESTAMP: {
      const secondsOf = secondsReader();
      return (cell) => new DuckDBTimestampValue(withFractionOf(String(cell), secondsOf, 6));
    }
    default:
      return String;
  }
}

/** `'-1.5'` at scale 2 is -150. Digits beyond the scale must have been rounded away before. */
function scaledInteger(text: string, scale: number): bigint {
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * 10n ** BigInt(scale);
  const fraction = text.slice(point + 1);
  if (fraction.length > scale) throw new DatabaseError(`${text} has more than ${scale} digits behind the point`);
  return BigInt(text.slice(0, point) + fraction.padEnd(scale, '0'));
}

/** Days from 1970-01-01 to `YYYY-MM-DD` in the proleptic Gregorian calendar. */
function daysOf(text: string): number {
  const month = Number(text.slice(5, 7));
  const year = Number(text.slice(0, 4)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + Number(text.slice(8, 10)) - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Reads `YYYY-MM-DD hh:mm:ss` as seconds from 1970. Rows of a load mostly share their day: it is worked out once. */
function secondsReader(): (text: string) => number {
  let day = '';
  let dayStart = 0;
  return (text) => {
    if (!text.startsWith(day) || day === '') {
      day = text.slice(0, 10);
      dayStart = daysOf(day) * 86_400;
    }
    return dayStart + Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19));
  };
}

function withFractionOf(text: string, secondsOf: (text: string) => number, digits: number): bigint {
  const fraction = text.slice(20, 20 + digits).padEnd(digits, '0');
  return BigInt(secondsOf(text)) * 10n ** BigInt(digits) + BigInt(fraction);
}

/** A value of a query result as the MySQL text protocol sends it: booleans are 1 and 0, floats their shortest text. */
export function renderValue(value: DuckDBValue, type: DuckDBType): string | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return type.typeId === DuckDBTypeId.FLOAT ? shortestFloat(value) : String(value);
  if (value instanceof DuckDBTimestampValue) return withFraction(value.toString(), 6);
  if (value instanceof DuckDBTimestampMillisecondsValue) return withFraction(value.toString(), 3);
  return String(value);
}

/** The shortest decimal that reads back as the same 32-bit float. */
function shortestFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

function withFraction(text: string, digits: number): string {
  const point = text.indexOf('.');
  if (point < 0) return `${text}.${'0'.repeat(digits)}`;
  return text.padEnd(point + 1 + digits, '0');
}
