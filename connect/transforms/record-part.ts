/** What transforms do alike: taking the key or the value out of a record, demanding its shape, putting a new one in. */
import type { Schema } from '../data/schema.js';
import {
  type ConnectRecord,
  Decimal,
  type Header,
  Instant,
  JsonNumber,
  type SchemaAndValue,
  Struct,
  type Value,
} from '../data/value.js';
import { SluiceError } from '../errors.js';

/** What a transform works on: `$Key` and `$Value` of Kafka's classes. */
export type Side = 'key' | 'value';

export function partOf(record: ConnectRecord, side: Side): SchemaAndValue {
  return side === 'key' ? record.key : record.value;
}

/** The same record with another key or value. */
export function withPart(
  record: ConnectRecord,
  side: Side,
  schema: Schema | undefined,
  value: Value,
  headers: readonly Header[] = record.headers,
): ConnectRecord {
  const part = { schema, value };
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: record.timestampMs,
    key: side === 'key' ? part : record.key,
    value: side === 'key' ? record.value : part,
    headers,
  };
}

/** Connect's DataException: this record cannot be transformed. The chain adds where it stands. */
export function dataError(message: string, hint?: string): SluiceError {
  return new SluiceError('RECORD_INVALID', message, hint === undefined ? {} : { hint });
}

/** @throws SluiceError RECORD_INVALID */
export function requireMap(value: Value, purpose: string): ReadonlyMap<Value, Value> {
  if (value instanceof Map) return value as ReadonlyMap<Value, Value>;
  throw dataError(
    `Only Map objects supported in absence of schema for [${purpose}], found: ${javaClassOf(value)}`,
    'Use a transform that fits the data, or skip such records with a predicate.',
  );
}

/** @throws SluiceError RECORD_INVALID */
export function requireStruct(value: Value, purpose: string): Struct {
  if (value instanceof Struct) return value;
  throw dataError(
    `Only Struct objects supported for [${purpose}], found: ${javaClassOf(value)}`,
    'Use a transform that fits the data, or skip such records with a predicate.',
  );
}

/** The class that the value has in Kafka Connect, for messages. */
export function javaClassOf(value: Value): string {
  if (value === null) return 'null';
  if (value instanceof Struct) return 'org.apache.kafka.connect.data.Struct';
  if (value instanceof Map) return 'java.util.HashMap';
  if (Array.isArray(value)) return 'java.util.ArrayList';
  if (Buffer.isBuffer(value)) return '[B';
  if (value instanceof Decimal) return 'java.math.BigDecimal';
  if (value instanceof Instant) return 'java.util.Date';
  if (value instanceof JsonNumber) return 'java.lang.Double';
  switch (typeof value) {
    case 'bigint':
      return 'java.lang.Long';
    case 'boolean':
      return 'java.lang.Boolean';
    case 'number':
      return 'java.lang.Number';
    default:
      return 'java.lang.String';
  }
}
