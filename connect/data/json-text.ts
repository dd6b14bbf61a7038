/**
 * Values of Connect's data model as the JSON that JsonConverter makes of them, for records that come through transforms
 * and events that come from another converter. Decimals are numbers with every digit, as its `decimal.format` of NUMERIC
 * has them.
 */
import { decimalText, float32Text, float64Text } from '../json/index.js';
import { defaultValue } from './json-form.js';
import type { LOGICAL_TYPES, Schema } from './schema.js';
import { Decimal, Instant, JsonNumber, Struct, type Value } from './value.js';

const DAY_MS = 86_400_000n;
const DATE = 'org.apache.kafka.connect.data.Date' satisfies keyof typeof LOGICAL_TYPES;

export interface JsonTextOptions {
  /** Whether null in a field whose schema has a default is written as the default. */
  replaceNullWithDefault: boolean;
}

const AS_IT_IS: JsonTextOptions = { replaceNullWithDefault: false };

/** The value as JSON text; the schema tells dates from other points in time, and may be missing. */
export function jsonText(
  value: Value | undefined,
  schema: Schema | undefined,
  options: JsonTextOptions = AS_IT_IS,
): string {
  if (value === null || value === undefined) return nullText(schema, options);
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return numberJson(value, schema);
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return objectJson(value, schema, options);
  }
}

function nullText(schema: Schema | undefined, options: JsonTextOptions): string {
  if (!options.replaceNullWithDefault || schema?.defaultJson === undefined) return 'null';
  return jsonText(defaultValue(schema), schema, AS_IT_IS);
}

/** JSON has no NaN and no infinity: Connect writes them in quotes. */
function numberJson(value: number, schema: Schema | undefined): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return schema?.type === 'FLOAT32' ? float32Text(value) : float64Text(value);
}

function objectJson(
  value: Exclude<Value, null | bigint | number | string | boolean>,
  schema: Schema | undefined,
  options: JsonTextOptions,
): string {
  if (value instanceof Struct) return structJson(value, options);
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`;
  if (value instanceof Decimal) return decimalText(value.unscaled, value.scale);
  if (value instanceof Instant) return instantJson(value, schema);
  if (value instanceof JsonNumber) return Number.isNaN(Number(value.text)) ? JSON.stringify(value.text) : value.text;
  if (value instanceof Map) return mapJson(value, schema, options);
  const items = schema?.type === 'ARRAY' ? schema.items : undefined;
  return `[${(value as readonly Value[]).map((element) => jsonText(element, items, options)).join(',')}]`;
}

function instantJson({ epochMs }: Instant, schema: Schema | undefined): string {
  if (schema?.name !== DATE) return epochMs.toString();
  const days = epochMs / DAY_MS;
  return (epochMs % DAY_MS < 0n ? days - 1n : days).toString();
}

const names = new WeakMap<object, readonly string[]>();

/** `"name":` of every field, made once. */
function namesOf({ schema }: Struct): readonly string[] {
  const known = names.get(schema.fields);
  if (known !== undefined) return known;
  const made = schema.fields.map(({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  names.set(schema.fields, made);
  return made;
}

function structJson(struct: Struct, options: JsonTextOptions): string {
  const { schema, values } = struct;
  const literals = namesOf(struct);
  let text = '';
  for (let index = 0; index < literals.length; index++) {
    text += literals[index] + jsonText(values[index], schema.fields[index]?.schema, options);
  }
  return text === '' ? '{}' : `${text}}`;
}

/** An object where the keys are texts, else an array of pairs. */
function mapJson(map: ReadonlyMap<Value, Value>, schema: Schema | undefined, options: JsonTextOptions): string {
  const [keys, values] = schema?.type === 'MAP' ? [schema.keys, schema.values] : [undefined, undefined];
  if (keys !== undefined && keys.type !== 'STRING') return pairsJson(map, keys, values, options);
  let text = '';
  for (const [key, value] of map) {
    const name = typeof key === 'string' ? quoted(key) : jsonText(key, keys);
    text += `${text === '' ? '{' : ','}${name}:${jsonText(value, values, options)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function pairsJson(
  map: ReadonlyMap<Value, Value>,
  keys: Schema | undefined,
  values: Schema | undefined,
  options: JsonTextOptions,
): string {
  const pairs = [...map].map(([key, value]) => `[${jsonText(key, keys)},${jsonText(value, values, options)}]`);
  return `[${pairs.join(',')}]`;
}

/** Names of members, which come again with every record; as many as fit. */
const quotedNames = new Map<string, string>();
const MAX_QUOTED_NAMES = 10_000;
const MAX_NAME_LENGTH = 64;

function quoted(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const made = JSON.stringify(name);
  if (quotedNames.size < MAX_QUOTED_NAMES && name.length <= MAX_NAME_LENGTH) quotedNames.set(name, made);
  return made;
}
