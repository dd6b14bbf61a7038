import type { ArraySchema, MapSchema, StructSchema } from '../data/schema.js';
import { COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, QUOTE, RIGHT_BRACE, RIGHT_BRACKET, SPACE } from '../json/bytes.js';
import { decodeString, skipString, walkArray, walkObject } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { type Compile, mismatch, NO_MATCH, type ValueBody, type ValueCodec, writeNull } from './codec.js';

const ABSENT = -1;

interface FieldCodec {
  readonly codec: ValueCodec;
  /** `"name":` as Connect writes it. */
  readonly literal: Buffer;
}

/**
 * A struct is an object with the fields of the schema, all of them and no others, in the order of the schema. An object
 * that is so already matches; else missing fields become null or their default, and unknown ones are left out.
 */
export function structBody(schema: StructSchema, path: string, compile: Compile): ValueBody {
  const fields = schema.fields.map(
    ({ name, schema: part }): FieldCodec => ({
      codec: compile(part, `${path}.${name}`),
      literal: Buffer.from(`${JSON.stringify(name)}:`),
    }),
  );
  const indexes = new Map(schema.fields.map(({ name }, index) => [name, index]));
  // Where the field's value begins in the object being written. A struct never holds itself, so one array will do.
  const starts = new Array<number>(fields.length).fill(ABSENT);

  function match(source: Buffer, position: number, end: number): number {
    if (source[position] !== LEFT_BRACE) return NO_MATCH;
    let at = position + 1;
    for (const field of fields) {
      if (at > position + 1) {
        if (source[at] !== COMMA) return NO_MATCH;
        at = skipSpace(source, at + 1);
      }
      at = matchLiteral(source, at, end, field.literal);
      if (at === NO_MATCH) return NO_MATCH;
      at = field.codec.match(source, skipSpace(source, at), end);
      if (at === NO_MATCH) return NO_MATCH;
    }
    return source[at] === RIGHT_BRACE && at < end ? at + 1 : NO_MATCH;
  }

  function locate(source: Buffer, position: number, end: number): number {
    let next = 0;
    starts.fill(ABSENT);
    return walkObject(source, position, end, (nameStart, nameEnd, valueStart) => {
      const literal = fields[next]?.literal;
      const inOrder = literal !== undefined && isNamed(source, nameStart, nameEnd, literal);
      const index = inOrder ? next : indexes.get(decodeString(source, nameStart, nameEnd));
      if (index === undefined) return;
      starts[index] = valueStart;
      next = index + 1;
    });
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    if (source[position] !== LEFT_BRACE) throw mismatch(schema, path, source, position, end);
    const after = locate(source, position, end);
    out.writeByte(LEFT_BRACE);
    let index = 0;
    for (const { codec, literal } of fields) {
      const start = starts[index] ?? ABSENT;
      if (index++ > 0) out.writeByte(COMMA);
      out.writeLiteral(literal);
      if (start === ABSENT) writeNull(codec, out);
      else codec.write(source, start, after, out);
    }
    out.writeByte(RIGHT_BRACE);
    return after;
  }

  return { match, write, rewrites: fields.some(({ codec }) => codec.rewrites) };
}

export function arrayBody(schema: ArraySchema, path: string, compile: Compile): ValueBody {
  const items = compile(schema.items, `${path}[]`);

  function match(source: Buffer, position: number, end: number): number {
    if (source[position] !== LEFT_BRACKET) return NO_MATCH;
    let at = position + 1;
    if (source[at] === RIGHT_BRACKET && at < end) return at + 1;
    for (;;) {
      at = items.match(source, at, end);
      if (at === NO_MATCH || at >= end) return NO_MATCH;
      if (source[at] === RIGHT_BRACKET) return at + 1;
      if (source[at] !== COMMA) return NO_MATCH;
      at = skipSpace(source, at + 1);
    }
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    if (source[position] !== LEFT_BRACKET) throw mismatch(schema, path, source, position, end);
    let first = true;
    out.writeByte(LEFT_BRACKET);
    const after = walkArray(source, position, end, (start, valueEnd) => {
      if (!first) out.writeByte(COMMA);
      first = false;
      items.write(source, start, valueEnd, out);
    });
    out.writeByte(RIGHT_BRACKET);
    return after;
  }

  return { match, write, rewrites: items.rewrites };
}

/** A map with string keys is an object; any other is an array of pairs. */
export function mapBody(schema: MapSchema, path: string, compile: Compile): ValueBody {
  const keys = compile(schema.keys, `${path}{key}`);
  const values = compile(schema.values, `${path}{}`);
  return schema.keys.type === 'STRING' ? objectBody(schema, path, values) : pairsBody(schema, path, keys, values);
}

function objectBody(schema: MapSchema, path: string, values: ValueCodec): ValueBody {
  function match(source: Buffer, position: number, end: number): number {
    if (source[position] !== LEFT_BRACE) return NO_MATCH;
    let at = position + 1;
    if (source[at] === RIGHT_BRACE && at < end) return at + 1;
    for (;;) {
      if (source[at] !== QUOTE) return NO_MATCH;
      at = skipString(source, at, end);
      if (source[at] !== COLON) return NO_MATCH;
      at = values.match(source, skipSpace(source, at + 1), end);
      if (at === NO_MATCH || at >= end) return NO_MATCH;
      if (source[at] === RIGHT_BRACE) return at + 1;
      if (source[at] !== COMMA) return NO_MATCH;
      at = skipSpace(source, at + 1);
    }
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    if (source[position] !== LEFT_BRACE) throw mismatch(schema, path, source, position, end);
    let first = true;
    out.writeByte(LEFT_BRACE);
    const after = walkObject(source, position, end, (nameStart, nameEnd, valueStart, valueEnd) => {
      if (!first) out.writeByte(COMMA);
      first = false;
      out.writeBytes(source, nameStart - 1, nameEnd + 1);
      out.writeByte(COLON);
      values.write(source, valueStart, valueEnd, out);
    });
    out.writeByte(RIGHT_BRACE);
    return after;
  }

  return { match, write, rewrites: values.rewrites };
}

function pairsBody(schema: MapSchema, path: string, keys: ValueCodec, values: ValueCodec): ValueBody {
  function writePair(source: Buffer, position: number, end: number, out: RowBuffer): void {
    if (source[position] !== LEFT_BRACKET) throw mismatch(schema, path, source, position, end);
    let parts = 0;
    walkArray(source, position, end, (start, valueEnd) => {
      out.writeByte(parts === 0 ? LEFT_BRACKET : COMMA);
      (parts === 0 ? keys : values).write(source, start, valueEnd, out);
      parts++;
    });
    if (parts !== 2) throw mismatch(schema, path, source, position, end);
    out.writeByte(RIGHT_BRACKET);
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    if (source[position] !== LEFT_BRACKET) throw mismatch(schema, path, source, position, end);
    let first = true;
    out.writeByte(LEFT_BRACKET);
    const after = walkArray(source, position, end, (start, valueEnd) => {
      if (!first) out.writeByte(COMMA);
      first = false;
      writePair(source, start, valueEnd, out);
    });
    out.writeByte(RIGHT_BRACKET);
    return after;
  }

  return { match: () => NO_MATCH, write, rewrites: true };
}

/** Many writers put one space after a comma and a colon. Other white space is left to `write`. */
function skipSpace(source: Buffer, position: number): number {
  return source[position] === SPACE ? position + 1 : position;
}

/** Past the literal if it is what begins at `position`. */
export function matchLiteral(source: Buffer, position: number, end: number, literal: Buffer): number {
  const length = literal.length;
  if (position + length > end) return NO_MATCH;
  for (let index = 0; index < length; index++) if (source[position + index] !== literal[index]) return NO_MATCH;
  return position + length;
}

/** Whether the span between the quotes is the name in the literal `"name":`. */
function isNamed(source: Buffer, nameStart: number, nameEnd: number, literal: Buffer): boolean {
  const length = nameEnd - nameStart;
  if (length !== literal.length - 3) return false;
  for (let index = 0; index < length; index++) if (source[nameStart + index] !== literal[index + 1]) return false;
  return true;
}
