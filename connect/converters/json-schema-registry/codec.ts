import { DECIMAL, type Field, type MapSchema, type Schema, type StructSchema } from '../../data/schema.js';
import {
  COLON,
  COMMA,
  LEFT_BRACE,
  LEFT_BRACKET,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
} from '../../json/bytes.js';
import { decodeString, isNull, skipNumber, skipValue, walkArray, walkObject } from '../../json/index.js';
import type { RowBuffer } from '../../rows/index.js';
import { writeText } from '../binary/json-writers.js';
import { nullText, unionText } from '../binary/value-node.js';
import { type Compile, mismatch, NO_MATCH, type ValueBody, type ValueCodec } from '../codec.js';
import { arrayBody, mapBody, structBody } from '../codec-containers.js';
import { decimalBody } from '../codec-decimal.js';
import { beginsNumber, scalarBody } from '../codec-scalars.js';
import { recordInvalid } from '../invalid.js';
import { ANY_JSON, GENERAL_UNION, ONE_OF } from './connect-schema.js';

/** Values inside themselves more often than this are refused. */
const MAX_DEPTH = 100;

/**
 * Compiles how JSON that follows a JSON schema becomes the JSON of Connect's values. Most of it is alike; different are
 * unions, maps whose keys are no strings, and what may be missing.
 */
export function compileJsonCodec(schema: Schema, path: string): ValueCodec {
  return compileCodec(schema, path, [], 0);
}

/** @param around the fields of the structs that the value is in, by which one inside itself is told */
function compileCodec(schema: Schema, path: string, around: readonly (readonly Field[])[], depth: number): ValueCodec {
  const inside = schema.type === 'STRUCT' ? [...around, schema.fields] : around;
  const compile: Compile = (part, partPath) =>
    part.type === 'STRUCT' && inside.includes(part.fields)
      ? lazyCodec(part, partPath, depth + 1)
      : compileCodec(part, partPath, inside, depth);
  const body = compileBody(schema, path, compile);
  // A property that is missing is null, also where the schema does not say that it may be.
  const absent = nullText(schema);
  const nullMatches = schema.optional && schema.defaultJson === undefined;

  return {
    schema,
    path,
    nullText: absent,
    rewrites: body.rewrites,
    match(source, position, end) {
      if (source[position] !== LOWER_N) return body.match(source, position, end);
      return nullMatches && isNull(source, position, end) ? position + 4 : NO_MATCH;
    },
    write(source, position, end, out) {
      if (!isNull(source, position, end)) return body.write(source, position, end, out);
      if (!schema.optional && schema.defaultJson === undefined) throw mismatch(schema, path, source, position, end);
      out.writeLiteral(absent);
      return position + 4;
    },
  };
}

/** A struct inside itself: its codec is made when a value goes so deep. */
function lazyCodec(schema: StructSchema, path: string, depth: number): ValueCodec {
  let made: ValueCodec | undefined;
  const make = (): ValueCodec => {
    if (depth > MAX_DEPTH) {
      throw recordInvalid(
        `Field ${path.slice(0, 100)}… is nested deeper than ${MAX_DEPTH} levels.`,
        'Correct the producer.',
      );
    }
    made ??= compileCodec(schema, path, [], depth);
    return made;
  };
  return {
    schema,
    path,
    nullText: nullText(schema),
    rewrites: false,
    match: (source, position, end) => make().match(source, position, end),
    write: (source, position, end, out) => make().write(source, position, end, out),
  };
}

function compileBody(schema: Schema, path: string, compile: Compile): ValueBody {
  switch (schema.type) {
    case 'STRUCT': {
      const isUnion = schema.name === ONE_OF || schema.parameters?.[GENERAL_UNION] !== undefined;
      return isUnion ? unionBody(schema, path, compile) : structBody(schema, path, compile);
    }
    case 'ARRAY':
      return arrayBody(schema, path, compile);
    case 'MAP': {
      const isObject = schema.keys.type === 'STRING' && !schema.keys.optional;
      return isObject ? mapBody(schema, path, compile) : entriesBody(schema, path, compile);
    }
    default:
      if (schema.name === ANY_JSON) return anyBody();
      return schema.name === DECIMAL ? decimalBody(schema, path) : scalarBody(schema, path);
  }
}

/** Any JSON, as the text that it is. */
function anyBody(): ValueBody {
  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    const after = skipValue(source, position, end);
    writeText(source.toString('utf8', position, after), out);
    return after;
  }
  return { match: () => NO_MATCH, write, rewrites: true };
}

/** A map as an array of `{"key":…,"value":…}`. */
function entriesBody(schema: MapSchema, path: string, compile: Compile): ValueBody {
  const keys = compile(schema.keys, `${path}{key}`);
  const values = compile(schema.values, `${path}{}`);
  const asObject = schema.keys.type === 'STRING';

  function writeKey(source: Buffer, start: number, end: number, out: RowBuffer): void {
    // An object has no key that is null: it is called so.
    if (asObject && isNull(source, start, end)) out.writeAscii('"null"');
    else keys.write(source, start, end, out);
  }

  function writeEntry(source: Buffer, position: number, end: number, out: RowBuffer): void {
    if (source[position] !== LEFT_BRACE) throw mismatch(schema, path, source, position, end);
    const members = new Map<string, number>();
    walkObject(source, position, end, (nameStart, nameEnd, valueStart) => {
      members.set(decodeString(source, nameStart, nameEnd), valueStart);
    });
    const key = members.get('key');
    const value = members.get('value');
    if (members.size !== 2 || key === undefined || value === undefined) {
      throw mismatch(schema, path, source, position, end);
    }
    if (!asObject) out.writeByte(LEFT_BRACKET);
    writeKey(source, key, end, out);
    out.writeByte(asObject ? COLON : COMMA);
    values.write(source, value, end, out);
    if (!asObject) out.writeByte(RIGHT_BRACKET);
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    if (source[position] !== LEFT_BRACKET) throw mismatch(schema, path, source, position, end);
    let first = true;
    out.writeByte(asObject ? LEFT_BRACE : LEFT_BRACKET);
    const after = walkArray(source, position, end, (start, valueEnd) => {
      if (!first) out.writeByte(COMMA);
      first = false;
      writeEntry(source, start, valueEnd, out);
    });
    out.writeByte(asObject ? RIGHT_BRACE : RIGHT_BRACKET);
    return after;
  }

  return { match: () => NO_MATCH, write, rewrites: true };
}

/** A union: the value goes into the first field that it can be of, or the struct that it has most properties of. */
function unionBody(schema: StructSchema, path: string, compile: Compile): ValueBody {
  const branches = schema.fields.map((field, index) => ({
    codec: compile(field.schema, `${path}.${field.name}`),
    text: unionText(schema, index),
  }));

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    const after = skipValue(source, position, end);
    const chosen = branches[choose(schema, source, position, after)];
    if (chosen === undefined) throw mismatch(schema, path, source, position, end);
    out.writeLiteral(chosen.text.before);
    chosen.codec.write(source, position, after, out);
    out.writeLiteral(chosen.text.after);
    return after;
  }

  return { match: () => NO_MATCH, write, rewrites: true };
}

function choose({ fields }: StructSchema, source: Buffer, position: number, end: number): number {
  let best = -1;
  let most = 0;
  for (const [index, field] of fields.entries()) {
    if (canBe(field.schema, source, position, end)) return index;
    const count = matchingProperties(field.schema, source, position, end);
    if (count <= most) continue;
    most = count;
    best = index;
  }
  return best;
}

const WHOLE = /^-?\d+$/;

function canBe(schema: Schema, source: Buffer, position: number, end: number): boolean {
  const first = source[position];
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return beginsNumber(first) && WHOLE.test(source.toString('latin1', position, skipNumber(source, position, end)));
    case 'FLOAT32':
    case 'FLOAT64':
      return beginsNumber(first);
    case 'BOOLEAN':
      return first === LOWER_T || first === LOWER_F;
    case 'STRING':
      return first === QUOTE || schema.name === ANY_JSON;
    case 'BYTES':
      return schema.name === DECIMAL && beginsNumber(first);
    case 'ARRAY':
      return first === LEFT_BRACKET;
    case 'MAP':
      return first === LEFT_BRACE || first === LEFT_BRACKET;
    case 'STRUCT':
      return false;
  }
}

/** How many properties of the value are fields of the struct, those of structs inside included. */
function matchingProperties(schema: Schema, source: Buffer, position: number, end: number): number {
  if (schema.type !== 'STRUCT' || source[position] !== LEFT_BRACE) return 0;
  const fields = new Map(schema.fields.map((field) => [field.name, field.schema]));
  let count = 0;
  walkObject(source, position, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    const field = fields.get(decodeString(source, nameStart, nameEnd));
    if (field !== undefined) count += 1 + matchingProperties(field, source, valueStart, valueEnd);
  });
  return count;
}
