/** Which MySQL field type stands for a result column, whether it is named in the database's words or in DuckDB's. */

import { CHARSETS, FIELD_TYPES } from './protocol.js';

export interface FieldType {
  readonly code: number;
  readonly charset: number;
  /** The longest text of a cell, in bytes. */
  readonly displayLength: number;
  /** Digits behind the point; 31 (0x1f) is "as they come". */
  readonly decimals: number;
}

const FLOATING_DECIMALS = 31;
const TEXT_LENGTH = 65533 * 3;

function number(code: number, displayLength: number, decimals = 0): FieldType {
  return { code, charset: CHARSETS.BINARY, displayLength, decimals };
}

const TEXT: FieldType = {
  code: FIELD_TYPES.VAR_STRING,
  charset: CHARSETS.UTF8MB4,
  displayLength: TEXT_LENGTH,
  decimals: 0,
};

const FIXED: Readonly<Record<string, FieldType>> = {
  BOOLEAN: number(FIELD_TYPES.TINY, 1),
  TINYINT: number(FIELD_TYPES.TINY, 4),
  UTINYINT: number(FIELD_TYPES.SHORT, 6),
  SMALLINT: number(FIELD_TYPES.SHORT, 6),
  USMALLINT: number(FIELD_TYPES.LONG, 11),
  INT: number(FIELD_TYPES.LONG, 11),
  INTEGER: number(FIELD_TYPES.LONG, 11),
  UINTEGER: number(FIELD_TYPES.LONGLONG, 20),
  BIGINT: number(FIELD_TYPES.LONGLONG, 20),
  FLOAT: number(FIELD_TYPES.FLOAT, 12, FLOATING_DECIMALS),
  DOUBLE: number(FIELD_TYPES.DOUBLE, 22, FLOATING_DECIMALS),
  DATE: number(FIELD_TYPES.DATE, 10),
  DATETIME: number(FIELD_TYPES.DATETIME, 26),
  TIMESTAMP_S: number(FIELD_TYPES.DATETIME, 19),
  TIMESTAMP_MS: number(FIELD_TYPES.DATETIME, 23, 3),
  TIMESTAMP: number(FIELD_TYPES.DATETIME, 26, 6),
  TIME: number(FIELD_TYPES.TIME, 15, 6),
  // wider than any MySQL integer: Doris sends a string
  LARGEINT: { ...TEXT, displayLength: 40 },
  HUGEINT: { ...TEXT, displayLength: 40 },
};

/** @param type for example `BIGINT`, `decimal(10,2)`, `TIMESTAMP_S`, `varchar(20)` */
export function fieldType(type: string): FieldType {
  const [, name = '', precision, scale] = /^\s*(\w+)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?/.exec(type) ?? [];
  const base = name.toUpperCase();
  if (base === 'DECIMAL') {
    const decimals = Number(scale ?? 0);
    return number(FIELD_TYPES.NEWDECIMAL, Number(precision ?? 38) + (decimals > 0 ? 2 : 1), decimals);
  }
  const fixed = /^\s*\w+[^[<]*$/.test(type) ? FIXED[base] : undefined;
  if (fixed !== undefined) return fixed;
  if (base === 'CHAR') return { ...TEXT, code: FIELD_TYPES.STRING };
  return TEXT;
}
