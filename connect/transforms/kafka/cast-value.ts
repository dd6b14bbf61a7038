/** How Cast turns one value into another type: the rules of Java's number classes and parsers. */
import type { PrimitiveType, Schema } from '../../data/schema.js';
import { Decimal, Instant, JsonNumber, Struct, type Value } from '../../data/value.js';
import { integerOf } from '../../json/index.js';
import {
  bigDecimalText,
  decimalToDouble,
  decimalToLong,
  doubleText,
  doubleToInteger,
  floatText,
  parseDouble,
  parseInteger,
} from '../java/numbers.js';
import { dataError, javaClassOf } from '../record-part.js';
import { dateText } from '../values/text.js';

export const CAST_TYPES = [
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'BOOLEAN',
  'STRING',
] as const satisfies readonly PrimitiveType[];
export type CastType = (typeof CAST_TYPES)[number];

const INTEGER_BITS: Partial<Record<CastType, 8 | 16 | 32 | 64>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 };
const MS_PER_DAY = 86_400_000n;

/**
 * The value in another type; null stays null. Without a schema whole numbers are bigints and others JsonNumbers.
 * @throws SluiceError RECORD_INVALID
 */
export function castValue(schema: Schema | undefined, value: Value, type: CastType): Value {
  if (value === null) return null;
  requireCastable(schema, value);
  if (type === 'STRING') return castToString(schema, value);
  const input = value instanceof Instant ? physical(schema, value) : value;
  if (type === 'BOOLEAN') return castToBoolean(input);
  const bits = INTEGER_BITS[type];
  if (bits === undefined) return typedFloat(schema, castToFloat(input, type), type);
  const whole = castToInteger(input, bits);
  return schema === undefined || bits === 64 ? whole : Number(whole);
}

function requireCastable(schema: Schema | undefined, value: Value): void {
  const container = value instanceof Struct ? 'STRUCT' : value instanceof Map ? 'MAP' : 'ARRAY';
  const isContainer = value instanceof Struct || value instanceof Map || Array.isArray(value);
  if (!isContainer) return;
  throw dataError(
    `Cast transformation does not support casting from ${schema?.type ?? container}; supported types are [${CAST_TYPES.join(', ')}, BYTES]`,
    'Take the field out of spec.',
  );
}

/** A Date in days, a Time and a Timestamp in milliseconds. */
function physical(schema: Schema | undefined, { epochMs }: Instant): Value {
  const name = schema?.name?.replace('org.apache.kafka.connect.data.', '');
  if (name === 'Timestamp') return epochMs;
  if (name === 'Date' && epochMs % MS_PER_DAY !== 0n) {
    throw dataError('Kafka Connect Date type should not have any time fields set to non-zero values.');
  }
  return Number(name === 'Date' ? epochMs / MS_PER_DAY : epochMs);
}

function castToInteger(value: Value, bits: 8 | 16 | 32 | 64): bigint {
  // Doubles become int first and are cut to a byte or a short then, as Number.byteValue does.
  const wide = bits === 64 ? 64 : 32;
  switch (typeof value) {
    case 'number':
      return BigInt.asIntN(bits, doubleToInteger(value, wide));
    case 'bigint':
      return BigInt.asIntN(bits, value);
    case 'boolean':
      return value ? 1n : 0n;
    case 'string': {
      const parsed = parseInteger(value, bits);
      if (parsed === undefined) throw outOfRange(value);
      return parsed;
    }
    default:
      break;
  }
  if (value instanceof Decimal) return BigInt.asIntN(bits, decimalToLong(value));
  if (value instanceof JsonNumber) return BigInt.asIntN(bits, jsonInteger(value, wide));
  throw unexpected(value);
}

/** A whole number of JSON beyond 64 bits keeps its low ones, as Jackson does; any other is a double. */
function jsonInteger(value: JsonNumber, bits: 32 | 64): bigint {
  const whole = /^-?\d+$/.test(value.text) ? integerOf(value.text) : undefined;
  return whole === undefined ? doubleToInteger(value.toNumber(), bits) : BigInt.asIntN(64, whole);
}

function castToFloat(value: Value, type: CastType): number {
  const wide = toDouble(value);
  return type === 'FLOAT32' ? Math.fround(wide) : wide;
}

function toDouble(value: Value): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string': {
      const parsed = parseDouble(value);
      if (parsed === undefined) throw outOfRange(value);
      return parsed;
    }
    default:
      break;
  }
  if (value instanceof Decimal) return decimalToDouble(value);
  if (value instanceof JsonNumber) return value.toNumber();
  throw unexpected(value);
}

function typedFloat(schema: Schema | undefined, value: number, type: CastType): Value {
  if (schema !== undefined) return value;
  return new JsonNumber(type === 'FLOAT32' ? floatText(value) : doubleText(value));
}

function castToBoolean(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  return castToInteger(value, 64) !== 0n;
}

function castToString(schema: Schema | undefined, value: Value): string {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (value instanceof Instant) return dateText(value);
  if (value instanceof Decimal) return bigDecimalText(value);
  // Big whole numbers of JSON keep their digits, which Connect loses while it reads them.
  if (value instanceof JsonNumber) return /^-?\d+$/.test(value.text) ? value.text : doubleText(value.toNumber());
  if (typeof value !== 'number') return String(value);
  if (schema?.type === 'FLOAT32') return floatText(value);
  return schema?.type === 'FLOAT64' ? doubleText(value) : String(value);
}

function outOfRange(value: string): Error {
  return dataError(`Value (${value}) was out of range for requested data type`, 'Correct spec of the transform.');
}

function unexpected(value: Value): Error {
  return dataError(`Unexpected type in Cast transformation: class ${javaClassOf(value)}`, 'Correct spec.');
}
