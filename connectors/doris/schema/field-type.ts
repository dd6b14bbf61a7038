/** The column type for a field of a record: Connect's types, and the logical types of Connect and Debezium. */
import { type ArraySchema, DECIMAL, type MapSchema, type Schema } from '../../../connect/data/schema.js';
import {
  BITS,
  type Dialect,
  isGeometry,
  isUnsignedBigint,
  sourceTypeOf,
  VARIABLE_SCALE_DECIMAL,
} from '../../../connect/debezium/index.js';
import { type ColumnType, MAX_DATETIME_PRECISION, MAX_DECIMAL_PRECISION, MAX_VARCHAR_BYTES } from './column-type.js';

const STRING: ColumnType = { base: 'STRING' };
const UUID_BYTES = 36;
/** Most bytes that a character takes in UTF-8. */
const MAX_CHARACTER_BYTES = 4;

/**
 * The type that holds every value of the field, as rows have it. Times of the day are texts: Doris has no such type.
 * The source's own type is known to the digit where its connector has `column.propagate.source.type`.
 */
export function columnTypeOf(schema: Schema, dialect: Dialect = 'other'): ColumnType {
  return logicalType(schema, dialect) ?? primitiveType(schema, dialect);
}

/** The same for a key column, which cannot be of every type. */
export function keyColumnTypeOf(schema: Schema, dialect: Dialect = 'other'): ColumnType {
  const type = columnTypeOf(schema, dialect);
  return NO_KEYS.includes(type.base) ? { base: 'VARCHAR', length: MAX_VARCHAR_BYTES } : type;
}

const NO_KEYS: readonly ColumnType['base'][] = ['FLOAT', 'DOUBLE', 'STRING', 'JSON', 'ARRAY', 'MAP'];

function primitiveType(schema: Schema, dialect: Dialect): ColumnType {
  switch (schema.type) {
    case 'INT8':
      return { base: 'TINYINT' };
    case 'INT16':
      return { base: 'SMALLINT' };
    case 'INT32':
      return { base: 'INT' };
    case 'INT64':
      return { base: isUnsignedBigint(schema) ? 'LARGEINT' : 'BIGINT' };
    case 'FLOAT32':
      return { base: 'FLOAT' };
    case 'FLOAT64':
      return { base: 'DOUBLE' };
    case 'BOOLEAN':
      return { base: 'BOOLEAN' };
    case 'STRING':
      return textType(schema);
    case 'BYTES':
      return STRING;
    case 'ARRAY':
      return arrayType(schema, dialect);
    case 'MAP':
      return mapType(schema, dialect);
    case 'STRUCT':
      return { base: 'JSON' };
  }
}

function logicalType(schema: Schema, dialect: Dialect): ColumnType | undefined {
  switch (schema.name) {
    case DECIMAL:
      return decimalType(schema);
    case VARIABLE_SCALE_DECIMAL:
      return { base: 'DOUBLE' };
    case BITS:
      return bitsType(schema, dialect);
    case 'io.debezium.data.Uuid':
      return { base: 'VARCHAR', length: UUID_BYTES };
    case 'org.apache.kafka.connect.data.Date':
    case 'io.debezium.time.Date':
    case 'io.debezium.time.IsoDate':
      return { base: 'DATE' };
    case 'org.apache.kafka.connect.data.Timestamp':
    case 'io.debezium.time.Timestamp':
      return datetimeType(schema, 3);
    case 'io.debezium.time.MicroTimestamp':
    case 'io.debezium.time.NanoTimestamp':
    case 'io.debezium.time.ZonedTimestamp':
    case 'io.debezium.time.IsoTimestamp':
      return datetimeType(schema, MAX_DATETIME_PRECISION);
    case 'org.apache.kafka.connect.data.Time':
    case 'io.debezium.time.Time':
    case 'io.debezium.time.MicroTime':
    case 'io.debezium.time.NanoTime':
    case 'io.debezium.time.ZonedTime':
    case 'io.debezium.time.IsoTime':
      return STRING;
    default:
      return isGeometry(schema) ? STRING : undefined;
  }
}

/** The value of a parameter that is a number; undefined where there is none. */
function parameter(schema: Schema, name: string): number | undefined {
  const text = schema.parameters?.[name];
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Lengths in the source are characters, in Doris bytes. Those of ENUM and SET are no lengths of texts. */
function textType(schema: Schema): ColumnType {
  const length = parameter(schema, '__debezium.source.column.length') ?? 0;
  const sourceType = sourceTypeOf(schema);
  const characters = schema.name === undefined && (sourceType === undefined || /CHAR/.test(sourceType));
  const bytes = length * MAX_CHARACTER_BYTES;
  return characters && bytes > 0 && bytes <= MAX_VARCHAR_BYTES ? { base: 'VARCHAR', length: bytes } : STRING;
}

/** A negative scale is zeros behind the digits; a scale beyond the precision is zeros behind the point. */
function decimalType(schema: Schema): ColumnType {
  const scale = parameter(schema, 'scale') ?? 0;
  const digits = parameter(schema, 'connect.decimal.precision') ?? MAX_DECIMAL_PRECISION;
  const precision = Math.max(scale < 0 ? digits - scale : digits, scale);
  if (precision < 1 || precision > MAX_DECIMAL_PRECISION) return STRING;
  return { base: 'DECIMAL', precision, scale: Math.max(scale, 0) };
}

/** Numbers of MySQL, texts of PostgreSQL: as `bitsBody` writes them. */
function bitsType(schema: Schema, dialect: Dialect): ColumnType {
  const length = parameter(schema, 'length') ?? 0;
  if (dialect === 'postgresql') {
    return length > 0 && length <= MAX_VARCHAR_BYTES ? { base: 'VARCHAR', length } : STRING;
  }
  if (length < 1 || length > 64) return STRING;
  return { base: length < 64 ? 'BIGINT' : 'LARGEINT' };
}

/** PostgreSQL tells the digits of the fraction as the scale, MySQL as the length, which is missing when it is zero. */
function datetimeType(schema: Schema, otherwise: number): ColumnType {
  const told =
    parameter(schema, '__debezium.source.column.scale') ?? parameter(schema, '__debezium.source.column.length');
  const precision = told ?? (sourceTypeOf(schema) === undefined ? otherwise : 0);
  return { base: 'DATETIME', precision: Math.min(Math.max(precision, 0), MAX_DATETIME_PRECISION) };
}

function arrayType({ items }: ArraySchema, dialect: Dialect): ColumnType {
  const element = columnTypeOf(items, dialect);
  return element.base === 'JSON' ? element : { base: 'ARRAY', element };
}

/** A map whose keys are no strings is an array of pairs in rows. */
function mapType({ keys, values }: MapSchema, dialect: Dialect): ColumnType {
  const value = columnTypeOf(values, dialect);
  return keys.type === 'STRING' && value.base !== 'JSON' ? { base: 'MAP', key: STRING, value } : { base: 'JSON' };
}
