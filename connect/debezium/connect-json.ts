/**
 * Values of Connect's data model as the JSON that JsonConverter makes of them, for events that come from another
 * converter (Avro, Protobuf) or through transforms. Decimals are numbers with every digit, as its `decimal.format` of
 * NUMERIC has them.
 */
import type { LOGICAL_TYPES, Schema } from '../data/schema.js';
import { Decimal, Instant, JsonNumber, Struct, type Value } from '../data/value.js';
import { decimalText } from '../json/index.js';

const DAY_MS = 86_400_000n;
const DATE = 'org.apache.kafka.connect.data.Date' satisfies keyof typeof LOGICAL_TYPES;

/** The value as JSON text; the schema tells dates from other points in time, and may be missing. */
export function connectJson(value: Value | undefined, schema: Schema | undefined): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    default:
      return objectJson(value, schema);
  }
}

function objectJson(
  value: Exclude<Value, null | bigint | number | string | boolean>,
  schema: Schema | undefined,
): string {
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`;
  if (value instanceof Decimal) return decimalText(value.unscaled, value.scale);
  if (value instanceof Instant) return instantJson(value, schema);
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Struct) return structJson(value);
  if (value instanceof Map) return mapJson(value, schema);
  const items = schema?.type === 'ARRAY' ? schema.items : undefined;
  return `[${(value as readonly Value[]).map((element) => connectJson(element, items)).join(',')}]`;
}

function instantJson({ epochMs }: Instant, schema: Schema | undefined): string {
  if (schema?.name !== DATE) return epochMs.toString();
  const days = epochMs / DAY_MS;
  return (epochMs % DAY_MS < 0n ? days - 1n : days).toString();
}

function structJson({ schema, values }: Struct): string {
  const members = schema.fields.map(
    (field, index) => `${JSON.stringify(field.name)}:${connectJson(values[index], field.schema)}`,
  );
  return `{${members.join(',')}}`;
}

/** An object where the keys are texts, else an array of pairs. */
function mapJson(map: ReadonlyMap<Value, Value>, schema: Schema | undefined): string {
  const [keys, values] = schema?.type === 'MAP' ? [schema.keys, schema.values] : [undefined, undefined];
  const entries = [...map].map(([key, value]) => [connectJson(key, keys), connectJson(value, values)] as const);
  const isObject = keys === undefined || keys.type === 'STRING';
  return isObject
    ? `{${entries.map(([key, value]) => `${key}:${value}`).join(',')}}`
    : `[${entries.map(([key, value]) => `[${key},${value}]`).join(',')}]`;
}
