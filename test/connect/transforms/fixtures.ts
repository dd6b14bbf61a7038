/**
 * What the genuine classes of Apache Kafka 4.1.0 and Debezium 3.3.2 made of records and texts, on Java 17 in UTC with the
 * locale en_US. Each line of `java-transforms.jsonl` is a case: the configuration, the record, and what became of it: the
 * record afterwards (`result`), that it was dropped, or the exception of `apply` (`error`) or of `configure` (`refused`).
 * Parts that occur often are on lines of their own (`part`) and are referred to by `{"$": line}`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJsonSchema } from '../../../connect/converters/json-schema.js';
import { defaultValue, fromJsonForm } from '../../../connect/data/json-form.js';
import type { Schema } from '../../../connect/data/schema.js';
import {
  type ConnectRecord,
  Decimal,
  Instant,
  JsonNumber,
  type SchemaAndValue,
  Struct,
  type Value,
} from '../../../connect/data/value.js';
import { doubleText, floatText } from '../../../connect/transforms/java/numbers.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A key, value or header: JSON without a schema, or a payload with one. */
type JsonPart = null | { readonly schemaless: Json } | { readonly schema: Json; readonly payload: Json };

interface JsonRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number | null;
  readonly key: JsonPart;
  readonly value: JsonPart;
  readonly headers: readonly (JsonPart & { readonly name: string })[];
}

export interface JavaCase {
  readonly name: string;
  readonly config: Record<string, string>;
  readonly record: JsonRecord;
  readonly result?: Json;
  readonly dropped?: true;
  readonly error?: { readonly class: string; readonly message: string };
  readonly refused?: { readonly class: string; readonly message: string };
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
}

export function javaCases(): readonly JavaCase[] {
  const lines = read('java-transforms.jsonl').trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as { readonly [key: string]: Json });
  const expand = (json: Json): Json => {
    if (json === null || typeof json !== 'object') return json;
    if (Array.isArray(json)) return json.map(expand);
    const object = json as { readonly [key: string]: Json };
    if (typeof object.$ === 'number') return expand(rows[object.$]?.part ?? null);
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, expand(value)]));
  };
  return rows.filter((row) => row.part === undefined).map((row) => expand(row) as unknown as JavaCase);
}

export interface JavaTexts {
  readonly formatted: readonly [pattern: string, epochMs: number, text: string][];
  readonly parsed: readonly [pattern: string, text: string, epochMs: string | null][];
  readonly regexes: readonly {
    readonly pattern: string;
    readonly text: string;
    readonly replacement: string;
    readonly matches?: boolean;
    readonly replaced?: string;
    readonly error?: string;
  }[];
  readonly strings: readonly { readonly text: string; readonly schema: Json; readonly value: Json }[];
  readonly doubles: readonly [text: string, double: string, float: string][];
  readonly decimals: readonly [text: string, decimal?: string, long?: string, double?: string][];
}

export function javaTexts(): JavaTexts {
  return JSON.parse(read('java-texts.json')) as JavaTexts;
}

export function connectRecord(json: JsonRecord): ConnectRecord {
  return {
    topic: json.topic,
    partition: json.partition,
    offset: BigInt(json.offset),
    timestampMs: json.timestamp === null ? undefined : BigInt(json.timestamp),
    key: part(json.key),
    value: part(json.value),
    headers: (json.headers ?? []).map((header) => ({ key: header.name, ...part(header) })),
  };
}

function part(json: JsonPart): SchemaAndValue {
  if (json === null) return { schema: undefined, value: null };
  if ('schemaless' in json) {
    return { schema: undefined, value: fromJsonForm(undefined, JSON.stringify(json.schemaless)) };
  }
  const bytes = Buffer.from(JSON.stringify(json.schema));
  const schema = parseJsonSchema(bytes, 0, bytes.length) ?? undefined;
  return { schema, value: fromJsonForm(schema, JSON.stringify(json.payload)) };
}

/** A record in the form in which the fixtures keep results. */
export function dumpRecord(record: ConnectRecord): Json {
  return {
    topic: record.topic,
    key: dumpPart(record.key),
    value: dumpPart(record.value),
    headers: record.headers.map((header) => ({ key: header.key, ...dumpPart(header) })),
  };
}

function dumpPart({ schema, value }: SchemaAndValue): { schema: Json; value: Json } {
  return { schema: schema === undefined ? null : dumpSchema(schema), value: dumpValue(schema, value) };
}

export function dumpSchema(schema: Schema): Json {
  const { type, optional, name, version, doc, parameters } = schema;
  const standard = defaultValue(schema);
  return {
    type,
    optional,
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(doc === undefined ? {} : { doc }),
    ...(parameters === undefined ? {} : { parameters: { ...parameters } }),
    ...(standard === null ? {} : { default: dumpValue(schema, standard) }),
    ...(schema.type === 'ARRAY' ? { items: dumpSchema(schema.items) } : {}),
    ...(schema.type === 'MAP' ? { keys: dumpSchema(schema.keys), values: dumpSchema(schema.values) } : {}),
    ...(schema.type === 'STRUCT'
      ? { fields: schema.fields.map((field) => ({ name: field.name, schema: dumpSchema(field.schema) })) }
      : {}),
  };
}

export function dumpValue(schema: Schema | undefined, value: Value): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return { int: value.toString() };
  if (typeof value === 'number') return dumpNumber(schema, value);
  if (value instanceof JsonNumber) return { float: doubleText(value.toNumber()) };
  if (value instanceof Decimal) return { decimal: `${value.unscaled}/${value.scale}` };
  if (value instanceof Instant) return { date: value.epochMs.toString() };
  if (Buffer.isBuffer(value)) return { bytes: value.toString('base64') };
  if (value instanceof Struct) {
    const { fields } = value.schema;
    const entries = fields.map((field, index) => [field.name, dumpValue(field.schema, value.values[index] ?? null)]);
    return { struct: Object.fromEntries(entries) as Json };
  }
  if (value instanceof Map) return dumpMap(schema, value as ReadonlyMap<Value, Value>);
  const items = schema?.type === 'ARRAY' ? schema.items : undefined;
  return { list: (value as readonly Value[]).map((element) => dumpValue(items, element)) };
}

function dumpNumber(schema: Schema | undefined, value: number): Json {
  if (schema?.type === 'FLOAT32') return { float: floatText(value) };
  return schema?.type === 'FLOAT64' ? { float: doubleText(value) } : { int: String(value) };
}

/** Sorted by the text of the keys: the order of a java.util.HashMap says nothing. */
function dumpMap(schema: Schema | undefined, map: ReadonlyMap<Value, Value>): Json {
  const [keys, values] = schema?.type === 'MAP' ? [schema.keys, schema.values] : [undefined, undefined];
  const pairs = [...map].map(([key, value]) => [dumpValue(keys, key), dumpValue(values, value)]);
  const text = (pair: readonly Json[]): string => JSON.stringify(pair[0]);
  return { map: pairs.sort((one, other) => (text(one) < text(other) ? -1 : 1)) };
}
