/**
 * org.apache.kafka.connect.data.Values.parseString: finds the type of a text. Header values of SimpleHeaderConverter and
 * of InsertHeader are read with it.
 */
import type { Schema } from '../../data/schema.js';
import { type Decimal, Instant, type SchemaAndValue, type Value } from '../../data/value.js';
import { compileDateReader } from '../java/date-parse.js';
import { parseDatePattern } from '../java/date-pattern.js';
import { decimalToDouble, parseDecimal } from '../java/numbers.js';
import { logical, primitive } from '../struct-plan.js';
import { align, mergeSchemas, NotConvertible } from './merge.js';
import { DATE_PATTERN, TIME_PATTERN, TIMESTAMP_PATTERN } from './text.js';
import { Tokens } from './tokens.js';

const STRING = primitive('STRING', false);
const BOOLEAN = primitive('BOOLEAN', false);
const NULL: SchemaAndValue = { schema: undefined, value: null };
/** What stands in for the elements of containers that hold nothing but null; Connect gives them no schema. */
const UNKNOWN = primitive('STRING', true);

/** Lists and maps nested deeper than this are taken as text. */
const MAX_DEPTH = 100;

/** A bracket that does not become a list or a map: the text is taken as it stands. */
class NoContainer extends Error {}

/** The value that a text stands for, with its schema: a null, boolean, number, date, list, map, or the text itself. */
export function parseString(text: string): SchemaAndValue {
  return text === '' ? { schema: STRING, value: text } : parse(new Tokens(text), 0);
}

function parse(tokens: Tokens, depth: number): SchemaAndValue {
  const embedded = depth > 0;
  if (tokens.atEnd) return NULL;
  if (embedded && tokens.takes('"')) return parseQuoted(tokens);
  if (takesLiteral(tokens, 'null', embedded)) return NULL;
  if (takesLiteral(tokens, 'true', embedded)) return { schema: BOOLEAN, value: true };
  if (takesLiteral(tokens, 'false', embedded)) return { schema: BOOLEAN, value: false };
  const start = tokens.position;
  try {
    if (depth < MAX_DEPTH && tokens.takes('[')) return parseList(tokens, depth);
    if (depth < MAX_DEPTH && tokens.takes('{')) return parseMap(tokens, depth);
  } catch (error) {
    if (!(error instanceof NoContainer || error instanceof NotConvertible)) throw error;
    tokens.rewindTo(start);
  }
  const token = tokens.next();
  return token.trim() === '' ? { schema: STRING, value: token } : parseScalar(tokens, token.trim(), embedded);
}

/** Outside of containers a word is a literal only if nothing follows it. */
function takesLiteral(tokens: Tokens, word: string, embedded: boolean): boolean {
  const start = tokens.position;
  if (tokens.takes(word) && (embedded || tokens.atEnd)) return true;
  tokens.rewindTo(start);
  return false;
}

function parseScalar(tokens: Tokens, token: string, embedded: boolean): SchemaAndValue {
  if (/^\d/.test(token)) {
    const temporal = parseTemporalTokens(tokens, token);
    if (temporal !== undefined) return temporal;
  }
  const number = /^[\d+-]/.test(token) ? parseNumber(token) : undefined;
  if (number !== undefined) return number;
  if (embedded) throw new NoContainer();
  return { schema: STRING, value: tokens.text };
}

/** Colons cut times and timestamps into five tokens. */
function parseTemporalTokens(tokens: Tokens, token: string): SchemaAndValue | undefined {
  const start = tokens.position;
  const rest = tokens.nextTogether(4);
  const long = rest === undefined ? undefined : parseTemporal(token + rest);
  if (long !== undefined) return long;
  tokens.rewindTo(start);
  return parseTemporal(token);
}

const TEMPORALS = (
  [
    ['Date', DATE_PATTERN],
    ['Time', TIME_PATTERN],
    ['Timestamp', TIMESTAMP_PATTERN],
  ] as const
).map(([name, pattern]) => ({
  length: pattern.replaceAll("'", '').length,
  schema: logical(name, false),
  read: compileDateReader(parseDatePattern(pattern)),
}));

/** Told apart by the length of the text. */
function parseTemporal(token: string): SchemaAndValue | undefined {
  const text = token.replaceAll('\\:', ':');
  const temporal = TEMPORALS.find(({ length }) => length === text.length);
  const epochMs = temporal?.read(text);
  return temporal === undefined || epochMs === undefined
    ? undefined
    : { schema: temporal.schema, value: new Instant(epochMs) };
}

const INTEGERS = [
  ['INT8', 8],
  ['INT16', 16],
  ['INT32', 32],
  ['INT64', 64],
] as const;

/** The smallest type that holds it: whole numbers INT8 to INT64, others FLOAT32, FLOAT64, and Decimal beyond them. */
function parseNumber(token: string): SchemaAndValue | undefined {
  const decimal = parseDecimal(token);
  if (decimal === undefined) return undefined;
  const whole = wholeLong(decimal);
  if (whole !== undefined) {
    const [type] = INTEGERS.find(([, bits]) => BigInt.asIntN(bits, whole) === whole) ?? ['INT64'];
    return { schema: primitive(type, false), value: type === 'INT64' ? whole : Number(whole) };
  }
  const double = decimalToDouble(decimal);
  const float = Math.fround(double);
  if (Number.isFinite(float) && decimal.scale !== 0) return { schema: primitive('FLOAT32', false), value: float };
  if (Number.isFinite(double) && decimal.scale !== 0) return { schema: primitive('FLOAT64', false), value: double };
  return { schema: decimalSchema(decimal), value: decimal };
}

function decimalSchema({ scale }: Decimal): Schema {
  const parameters = { scale: String(scale) };
  return { type: 'BYTES', optional: false, name: 'org.apache.kafka.connect.data.Decimal', version: 1, parameters };
}

/** The whole number that a decimal is, if a long holds it. */
function wholeLong({ unscaled, scale }: Decimal): bigint | undefined {
  if (unscaled === 0n) return 0n;
  if (scale < -19) return undefined;
  if (scale <= 0) return asLong(unscaled * 10n ** BigInt(-scale));
  const digits = unscaled.toString();
  if (digits.length <= scale || !/^0+$/.test(digits.slice(-scale))) return undefined;
  return asLong(BigInt(digits.slice(0, -scale)));
}

function asLong(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** Up to the closing quote; dates and times in quotes are what they say, anything else is text. */
function parseQuoted(tokens: Tokens): SchemaAndValue {
  let content = '';
  while (!tokens.atEnd && !tokens.takes('"')) content += tokens.next();
  return parseTemporal(content) ?? { schema: STRING, value: content };
}

/** The schema that all parts of a container have in common, as long as there is one. */
class CommonSchema {
  #common: Schema | undefined;
  #compatible = true;

  merge({ schema }: SchemaAndValue): void {
    if (schema === undefined || !this.#compatible) return;
    this.#common = this.#common === undefined ? schema : mergeSchemas(this.#common, schema);
    this.#compatible = this.#common !== undefined;
  }

  get schema(): Schema | undefined {
    return this.#common;
  }
}

function parseList(tokens: Tokens, depth: number): SchemaAndValue {
  const common = new CommonSchema();
  const values: Value[] = [];
  while (!tokens.atEnd) {
    if (tokens.takes(']')) {
      const { schema: items } = common;
      const schema: Schema = { type: 'ARRAY', optional: false, items: items ?? UNKNOWN };
      return { schema, value: items === undefined ? values : values.map((value) => align(items, value)) };
    }
    if (tokens.takes(',')) throw new NoContainer();
    const element = parse(tokens, depth + 1);
    common.merge(element);
    values.push(element.value);
    const here = tokens.position;
    if (tokens.takes(']')) tokens.rewindTo(here);
    else if (!tokens.takes(',')) throw new NoContainer();
  }
  throw new NoContainer();
}

function parseMap(tokens: Tokens, depth: number): SchemaAndValue {
  const keys = new CommonSchema();
  const values = new CommonSchema();
  const entries: [Value, Value][] = [];
  while (!tokens.atEnd) {
    if (tokens.takes('}')) return mapOf(keys.schema, values.schema, entries);
    if (tokens.takes(',')) throw new NoContainer();
    const key = parse(tokens, depth + 1);
    if (key.value === null || !tokens.takes(':')) throw new NoContainer();
    const value = parse(tokens, depth + 1);
    entries.push([key.value, value.value]);
    tokens.takes(',');
    keys.merge(key);
    values.merge(value);
  }
  throw new NoContainer();
}

function mapOf(
  keys: Schema | undefined,
  values: Schema | undefined,
  entries: readonly [Value, Value][],
): SchemaAndValue {
  const schema: Schema = { type: 'MAP', optional: false, keys: keys ?? UNKNOWN, values: (keys && values) ?? UNKNOWN };
  const aligned = entries.map(([key, value]): [Value, Value] => [
    keys === undefined ? key : align(keys, key),
    keys === undefined || values === undefined ? value : align(values, value),
  ]);
  return { schema, value: new Map(aligned) };
}
