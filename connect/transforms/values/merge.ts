/** org.apache.kafka.connect.data.Values: one schema for all elements of a list, and the elements made to fit it. */
import { DECIMAL, type Schema } from '../../data/schema.js';
import { Decimal, Instant, Struct, type Value } from '../../data/value.js';
import {
  bigDecimalText,
  decimalToDouble,
  decimalToLong,
  doubleText,
  doubleToInteger,
  parseDecimal,
} from '../java/numbers.js';
import { dateText } from './text.js';

/** A value that the schema of its list does not take. */
export class NotConvertible extends Error {
  override readonly name = 'NotConvertible';
}

/** Numbers from narrow to wide. */
const NUMBERS: readonly string[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64'];

/** The wider one of two numbers; the later one of two of a type; undefined where nothing fits both. */
export function mergeSchemas(previous: Schema, next: Schema): Schema | undefined {
  if (previous.type === next.type) return previous.optional ? previous : next;
  const before = NUMBERS.indexOf(previous.type);
  const after = NUMBERS.indexOf(next.type);
  if (before < 0 || after < 0) return undefined;
  return before > after ? previous : next;
}

/** The value as one of the schema. @throws NotConvertible */
export function align(schema: Schema, value: Value): Value {
  if (value === null) {
    if (schema.optional) return null;
    throw new NotConvertible('Unable to convert a null value to a schema that requires a value');
  }
  switch (schema.type) {
    case 'INT8':
      return toInteger(toLong(value), 8);
    case 'INT16':
      return toInteger(toLong(value), 16);
    case 'INT32':
      return value instanceof Instant ? value : toInteger(toLong(value), 32);
    case 'INT64':
      return value instanceof Instant ? value : toLong(value);
    case 'FLOAT32':
      return Math.fround(toDouble(value));
    case 'FLOAT64':
      return toDouble(value);
    case 'BYTES':
      return schema.name === DECIMAL ? toDecimal(value) : value;
    case 'STRING':
      return toText(value);
    default:
      return value;
  }
}

function toInteger(value: number | bigint, bits: number): number {
  return Number(BigInt.asIntN(bits, BigInt(value)));
}

function toLong(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return doubleToInteger(value, 64);
  if (value instanceof Decimal) return decimalToLong(value);
  const decimal = typeof value === 'string' ? parseDecimal(value) : undefined;
  if (decimal === undefined) throw new NotConvertible('Unable to convert the value to a number');
  return decimalToLong(decimal);
}

function toDouble(value: Value): number {
  if (typeof value === 'number') return value;
  if (value instanceof Decimal) return decimalToDouble(value);
  const decimal = typeof value === 'string' ? parseDecimal(value) : undefined;
  return decimal === undefined ? Number(toLong(value)) : decimalToDouble(decimal);
}

function toDecimal(value: Value): Value {
  if (value instanceof Decimal) return value;
  const decimal = typeof value === 'string' ? parseDecimal(value) : parseDecimal(String(toDouble(value)));
  if (decimal === undefined) throw new NotConvertible('Unable to convert the value to a decimal');
  return decimal;
}

function toText(value: Value): Value {
  if (value instanceof Instant) return dateText(value);
  if (value instanceof Decimal) return bigDecimalText(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : doubleText(value);
  if (value instanceof Struct || typeof value === 'object') return value;
  return String(value);
}
