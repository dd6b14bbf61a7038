/** Column types in SQL: read from DDL, printed in DDL, and as information_schema names them. */

import { BASE_TYPES, type BaseType, type ColumnType, DatabaseError } from '../model.js';
import type { TokenReader } from './reader.js';

/** Other spellings of the base types. */
const ALIASES: Readonly<Record<string, BaseType>> = {
  BOOL: 'BOOLEAN',
  INTEGER: 'INT',
  NUMERIC: 'DECIMAL',
  DECIMALV2: 'DECIMAL',
  DECIMALV3: 'DECIMAL',
  DATEV1: 'DATE',
  DATEV2: 'DATE',
  DATETIMEV1: 'DATETIME',
  DATETIMEV2: 'DATETIME',
  TIMESTAMP: 'DATETIME',
  TEXT: 'STRING',
  CHARACTER: 'CHAR',
  JSONB: 'JSON',
};

/** The longest VARCHAR, and what `VARCHAR(*)` and a bare VARCHAR stand for. */
const VARCHAR_MAX_BYTES = 65533;
const CHAR_MAX_BYTES = 255;
const DECIMAL_MAX_PRECISION = 76;
const DATETIME_MAX_PRECISION = 6;

function baseType(word: string): BaseType | undefined {
  const name = word.toUpperCase();
  return ALIASES[name] ?? BASE_TYPES.find((base) => base === name);
}

/** Reads a type: `DECIMAL(10, 2)`, `VARCHAR(*)`, `MAP<STRING, ARRAY<INT>>`, `STRUCT<a: INT, b: STRING>`. */
export function parseColumnType(reader: TokenReader): ColumnType {
  const token = reader.peek();
  const base = token?.kind === 'word' ? baseType(token.text) : undefined;
  if (base === undefined) throw reader.error();
  reader.next();
  if (base === 'ARRAY') return { base, element: inAngles(reader, () => parseColumnType(reader)) };
  if (base === 'MAP') return parseMap(reader);
  if (base === 'STRUCT') return { base, fields: inAngles(reader, () => reader.list(() => parseField(reader))) };
  return checkedType(reader, base, typeArguments(reader));
}

function parseMap(reader: TokenReader): ColumnType {
  return inAngles(reader, () => {
    const key = parseColumnType(reader);
    reader.expect(',');
    return { base: 'MAP' as const, key, value: parseColumnType(reader) };
  });
}

function parseField(reader: TokenReader): { name: string; type: ColumnType } {
  const name = reader.identifier();
  reader.accept(':');
  const type = parseColumnType(reader);
  if (reader.accept('COMMENT')) reader.string();
  return { name, type };
}

/** `< … >` */
function inAngles<T>(reader: TokenReader, content: () => T): T {
  reader.expect('<');
  const inner = content();
  reader.expect('>');
  return inner;
}

/** `(10, 2)`, `(*)`, or nothing. */
function typeArguments(reader: TokenReader): (number | '*')[] {
  if (!reader.sees('(')) return [];
  return reader.parenthesized(() => (reader.accept('*') ? '*' : reader.integer()));
}

function checkedType(reader: TokenReader, base: BaseType, args: readonly (number | '*')[]): ColumnType {
  const [first, second] = args;
  switch (base) {
    case 'DECIMAL':
      return decimalType(numeric(first, 38), numeric(second, first === undefined ? 9 : 0));
    case 'DATETIME':
      return { base, precision: within('DATETIME precision', numeric(first, 0), 0, DATETIME_MAX_PRECISION) };
    case 'CHAR':
      return { base, length: within('CHAR size', numeric(first, 1), 1, CHAR_MAX_BYTES) };
    case 'VARCHAR':
      return { base, length: within('VARCHAR size', numeric(first, VARCHAR_MAX_BYTES), 1, VARCHAR_MAX_BYTES) };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'LARGEINT':
      return { base }; // a display width is accepted and means nothing
    default:
      if (args.length > 0) throw reader.error();
      return { base };
  }
}

function decimalType(precision: number, scale: number): ColumnType {
  within('DECIMAL precision', precision, 1, DECIMAL_MAX_PRECISION);
  within('DECIMAL scale', scale, 0, precision);
  return { base: 'DECIMAL', precision, scale };
}

function numeric(argument: number | '*' | undefined, otherwise: number): number {
  return typeof argument === 'number' ? argument : otherwise;
}

function within(what: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new DatabaseError(`${what} must be between ${least} and ${most}, but is ${value}`, 1105);
}

/** A type as SHOW CREATE TABLE and DESC print it: `decimal(10,2)`, `map<text,array<int>>`. */
export function formatColumnType(type: ColumnType): string {
  switch (type.base) {
    case 'DECIMAL':
      return `decimal(${type.precision ?? 38},${type.scale ?? 9})`;
    case 'DATETIME':
      return type.precision === undefined || type.precision === 0 ? 'datetime' : `datetime(${type.precision})`;
    case 'CHAR':
    case 'VARCHAR':
      return `${type.base.toLowerCase()}(${type.length ?? VARCHAR_MAX_BYTES})`;
    case 'STRING':
      return 'text';
    case 'ARRAY':
      return `array<${inner(type.element)}>`;
    case 'MAP':
      return `map<${inner(type.key)},${inner(type.value)}>`;
    case 'STRUCT':
      return `struct<${(type.fields ?? []).map((field) => `${field.name}:${formatColumnType(field.type)}`).join(',')}>`;
    default:
      return type.base.toLowerCase();
  }
}

function inner(type: ColumnType | undefined): string {
  return type === undefined ? 'text' : formatColumnType(type);
}

/** How information_schema.columns tells a type, in MySQL's words where MySQL has one. */
export interface CatalogType {
  readonly dataType: string;
  readonly columnType: string;
  readonly characterLength: number | undefined;
  readonly columnSize: number | undefined;
  readonly decimalDigits: number | undefined;
}

const CATALOG_NAMES: Partial<Record<BaseType, readonly [dataType: string, columnType: string, size: number]>> = {
  BOOLEAN: ['tinyint', 'tinyint(1)', 1],
  TINYINT: ['tinyint', 'tinyint(4)', 3],
  SMALLINT: ['smallint', 'smallint(6)', 5],
  INT: ['int', 'int(11)', 10],
  BIGINT: ['bigint', 'bigint(20)', 19],
  LARGEINT: ['bigint unsigned', 'bigint(20) unsigned', 39],
  FLOAT: ['float', 'float', 7],
  DOUBLE: ['double', 'double', 15],
};

export function catalogType(type: ColumnType): CatalogType {
  const named = CATALOG_NAMES[type.base];
  if (named !== undefined) {
    const [dataType, columnType, columnSize] = named;
    return { dataType, columnType, characterLength: undefined, columnSize, decimalDigits: undefined };
  }
  const text = type.base === 'STRING';
  const length = text ? 2147483643 : type.length;
  return {
    dataType: text ? 'string' : type.base.toLowerCase(),
    columnType: text ? 'string' : formatColumnType(type),
    characterLength: length,
    columnSize: type.base === 'DECIMAL' ? type.precision : length,
    decimalDigits: type.base === 'DECIMAL' ? type.scale : undefined,
  };
}
