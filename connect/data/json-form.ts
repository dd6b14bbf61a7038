/** The JSON form of Connect's values (org.apache.kafka.connect.json.JsonConverter), in which schemas keep defaults. */
import {
  decodeString,
  integerOf,
  isNull,
  skipBlanks,
  skipNumber,
  validate,
  walkArray,
  walkObject,
} from '../json/index.js';
import { DECIMAL, physicalTypeOf, type Schema, type StructSchema } from './schema.js';
import { readSchemaless } from './schemaless-json.js';
import { Decimal, Instant, JsonNumber, Struct, type Value } from './value.js';

const LEFT_BRACE = 0x7b;
const LEFT_BRACKET = 0x5b;
const QUOTE = 0x22;
const LOWER_T = 0x74;
const LOWER_F = 0x66;

const MS_PER_DAY = 86_400_000n;

interface Span {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

const defaults = new WeakMap<Schema, Value>();

/**
 * The default value of a schema; null where it has none. Read once per schema.
 * @throws Error where the default is no value of the schema
 */
export function defaultValue(schema: Schema): Value {
  if (schema.defaultJson === undefined) return null;
  const known = defaults.get(schema);
  if (known !== undefined) return known;
  const value = fromJsonForm(schema, schema.defaultJson);
  defaults.set(schema, value);
  return value;
}

/**
 * The value that a JSON text stands for, with every digit of its numbers. Without a schema: bigint, JsonNumber, string,
 * boolean, array and Map with strings as keys.
 * @throws JsonSyntaxError where it is no JSON; Error where it is no value of the schema
 */
export function fromJsonForm(schema: Schema | undefined, json: string): Value {
  const source = Buffer.from(json);
  return fromJsonBytes(schema, source, 0, source.length);
}

/** The same for the JSON that fills a span, with blanks around it. */
export function fromJsonBytes(schema: Schema | undefined, source: Buffer, start: number, end: number): Value {
  if (schema === undefined) return readSchemaless(source, start, end);
  validate(source, start, end);
  return readValid(schema, source, start, end);
}

/** The same for what is known to be JSON. */
export function readValid(schema: Schema | undefined, source: Buffer, start: number, end: number): Value {
  return read(schema, { source, start: skipBlanks(source, start, end), end });
}

function read(schema: Schema | undefined, span: Span): Value {
  const { source, start, end } = span;
  if (isNull(source, start, end)) return absent(schema);
  if (schema === undefined) return readSchemaless(source, start, end);
  switch (schema.type) {
    case 'ARRAY':
      return elements(span).map((element) => read(schema.items, element));
    case 'MAP':
      return new Map(entries(span).map(([key, value]) => [read(schema.keys, key), read(schema.values, value)]));
    case 'STRUCT': {
      const members = membersOf(span);
      const values = schema.fields.map((field) => {
        const member = members.get(field.name);
        return member === undefined ? absent(field.schema) : read(field.schema, member);
      });
      return new Struct(schema, values);
    }
    default:
      return readScalar(schema, span);
  }
}

/** Null, where it is allowed; else the default. */
function absent(schema: Schema | undefined): Value {
  return schema === undefined || schema.optional ? null : defaultValue(schema);
}

function readScalar(schema: Schema, span: Span): Value {
  const { source, start } = span;
  if (schema.name === DECIMAL && schema.type === 'BYTES') return readDecimal(schema, span);
  if (physicalTypeOf(schema.name) === schema.type) return new Instant(integer(span) * unitMs(schema));
  switch (schema.type) {
    case 'INT64':
      return integer(span);
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return Number(integer(span));
    case 'FLOAT32':
      return Math.fround(floatOf(schema, span));
    case 'FLOAT64':
      return floatOf(schema, span);
    case 'BOOLEAN':
      if (source[start] !== LOWER_T && source[start] !== LOWER_F) throw notOf(schema, span);
      return source[start] === LOWER_T;
    case 'BYTES':
      return Buffer.from(stringText(schema, span), 'base64');
    default:
      return stringText(schema, span);
  }
}

/** What JSON has no number for is in quotes. */
function floatOf(schema: Schema, span: Span): number {
  if (span.source[span.start] !== QUOTE) return Number(numberText(span));
  const text = stringText(schema, span);
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
  throw notOf(schema, span);
}

/** A Date counts days, a Time and a Timestamp milliseconds. */
function unitMs(schema: Schema): bigint {
  return schema.name === 'org.apache.kafka.connect.data.Date' ? MS_PER_DAY : 1n;
}

function integer(span: Span): bigint {
  const value = integerOf(numberText(span));
  if (value === undefined) throw new Error(`${textOf(span)} is no whole number`);
  return value;
}

function readDecimal(schema: Schema, span: Span): Decimal {
  const scale = Number(schema.parameters?.scale ?? Number.NaN);
  if (!Number.isInteger(scale)) throw new Error('Invalid Decimal schema: scale parameter not found.');
  if (span.source[span.start] !== QUOTE) return parseDecimal(numberText(span));
  const bytes = Buffer.from(stringText(schema, span), 'base64');
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  return new Decimal(unscaled, scale);
}

/** A JSON number as a decimal with the digits it was written with. */
function parseDecimal(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  return new Decimal(BigInt(`${sign}${whole}${fraction}`), fraction.length - Number(exponent));
}

function elements({ source, start, end }: Span): Span[] {
  const spans: Span[] = [];
  if (source[start] !== LEFT_BRACKET) throw new Error('An array is expected');
  walkArray(source, start, end, (from, to) => spans.push({ source, start: from, end: to }));
  return spans;
}

function membersOf({ source, start, end }: Span): Map<string, Span> {
  const members = new Map<string, Span>();
  if (source[start] !== LEFT_BRACE) throw new Error('An object is expected');
  walkObject(source, start, end, (nameStart, nameEnd, from, to) => {
    members.set(decodeString(source, nameStart, nameEnd), { source, start: from, end: to });
  });
  return members;
}

/** Maps with strings as keys are objects, others are arrays of pairs. */
function entries(span: Span): [Span, Span][] {
  if (span.source[span.start] === LEFT_BRACE) {
    return [...membersOf(span)].map(([name, value]) => {
      const source = Buffer.from(JSON.stringify(name));
      return [{ source, start: 0, end: source.length }, value];
    });
  }
  return elements(span).map((pair) => {
    const [key, value, ...rest] = elements(pair);
    if (key === undefined || value === undefined || rest.length > 0) throw new Error('A pair is expected');
    return [key, value];
  });
}

function numberText({ source, start, end }: Span): string {
  return source.toString('latin1', start, skipNumber(source, start, end));
}

function stringText(schema: Schema, span: Span): string {
  if (span.source[span.start] !== QUOTE) throw notOf(schema, span);
  return decodeString(span.source, span.start + 1, closingQuote(span));
}

/** Spans end where the value does or in blanks behind it. */
function closingQuote({ source, end }: Span): number {
  return source.lastIndexOf('"', end - 1);
}

function textOf({ source, start, end }: Span): string {
  return source.toString('utf8', start, Math.min(end, start + 100));
}

function notOf(schema: Schema, span: Span): Error {
  return new Error(`${textOf(span)} is no ${schema.type}`);
}

/** A value of a schema in the JSON form, decimals and bytes as base64. The inverse of `fromJsonForm`. */
export function toJsonForm(schema: Schema, value: Value): string {
  if (value === null) return 'null';
  if (value instanceof Struct) return structJson(value.schema, value.values);
  if (schema.type === 'ARRAY' && Array.isArray(value)) {
    return `[${(value as readonly Value[]).map((element) => toJsonForm(schema.items, element)).join(',')}]`;
  }
  if (schema.type === 'MAP' && value instanceof Map) {
    return mapJson(schema.keys, schema.values, value as ReadonlyMap<Value, Value>);
  }
  if (value instanceof Decimal) return JSON.stringify(unscaledBytes(value.unscaled).toString('base64'));
  if (value instanceof Instant) return (value.epochMs / unitMs(schema)).toString();
  if (value instanceof JsonNumber) return value.text;
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'));
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

function structJson(schema: StructSchema, values: readonly Value[]): string {
  const members = schema.fields.map(
    (field, index) => `${JSON.stringify(field.name)}:${toJsonForm(field.schema, values[index] ?? null)}`,
  );
  return `{${members.join(',')}}`;
}

function mapJson(keys: Schema, values: Schema, map: ReadonlyMap<Value, Value>): string {
  const pairs = [...map].map(([key, value]): [string, string] => [toJsonForm(keys, key), toJsonForm(values, value)]);
  const asObject = keys.type === 'STRING' && !keys.optional;
  const texts = pairs.map(([key, value]) => (asObject ? `${key}:${value}` : `[${key},${value}]`));
  return asObject ? `{${texts.join(',')}}` : `[${texts.join(',')}]`;
}

/** The shortest two's complement, big-endian, as java.math.BigInteger.toByteArray. */
function unscaledBytes(unscaled: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length++;
  return Buffer.from(
    BigInt.asUintN(length * 8, unscaled)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}
