import { DECIMAL, type Schema } from '../../data/schema.js';
import { Decimal, Instant } from '../../data/value.js';
import { COMMA, LEFT_BRACKET, RIGHT_BRACKET } from '../../json/bytes.js';
import { MAX_DECIMAL_DIGITS } from '../../json/index.js';
import type { ByteCursor } from '../binary/byte-cursor.js';
import {
  bigEndianInteger,
  writeBase64,
  writeBoolean,
  writeDecimal,
  writeFloat32,
  writeFloat64,
  writeInteger,
  writeText,
  writeUtf8,
} from '../binary/json-writers.js';
import type { ValueNode } from '../binary/value-node.js';
import { recordInvalid } from '../invalid.js';

/** More bytes than this are no number that a database could hold. */
const MAX_UNSCALED_BYTES = 1024;

/** A length as Avro writes it, checked against the bytes that are left; returns where its bytes begin. */
export function takeCounted(cursor: ByteCursor): number {
  return cursor.take(Number(cursor.zigzag()));
}

export function booleanNode(schema: Schema): ValueNode {
  const read = (cursor: ByteCursor): boolean => {
    const byte = cursor.byte();
    if (byte > 1) throw cursor.invalid(`the boolean ${byte}`);
    return byte === 1;
  };
  return { schema, read, write: (cursor, out) => writeBoolean(read(cursor), out) };
}

const INT_BITS: Readonly<Record<string, number>> = { INT8: 8, INT16: 16 };

/** Avro's int: INT32, an INT8 or INT16 of Connect, a date or a time of day. */
export function intNode(schema: Schema): ValueNode {
  const shift = 32 - (INT_BITS[schema.type] ?? 32);
  const number = (cursor: ByteCursor): number => (cursor.zigzag32() << shift) >> shift;
  const logical = schema.name?.startsWith('org.apache.kafka.connect.data.') === true;
  return {
    schema,
    read: logical ? (cursor) => instantOf(schema, number(cursor)) : number,
    write: (cursor, out) => writeInteger(number(cursor), out),
  };
}

const DAY_MS = 86_400_000n;

function instantOf({ name }: Schema, value: number): Instant | number {
  if (name === 'org.apache.kafka.connect.data.Date') return new Instant(BigInt(value) * DAY_MS);
  return name === 'org.apache.kafka.connect.data.Time' ? new Instant(BigInt(value)) : value;
}

export function longNode(schema: Schema): ValueNode {
  const isTimestamp = schema.name === 'org.apache.kafka.connect.data.Timestamp';
  const bigint = (cursor: ByteCursor): bigint => BigInt(cursor.zigzag());
  return {
    schema,
    read: isTimestamp ? (cursor) => new Instant(bigint(cursor)) : bigint,
    write: (cursor, out) => writeInteger(cursor.zigzag(), out),
  };
}

export function floatNode(schema: Schema): ValueNode {
  return {
    schema,
    read: (cursor) => cursor.float32(),
    write: (cursor, out) => writeFloat32(cursor.float32(), out),
  };
}

export function doubleNode(schema: Schema): ValueNode {
  return {
    schema,
    read: (cursor) => cursor.float64(),
    write: (cursor, out) => writeFloat64(cursor.float64(), out),
  };
}

export function stringNode(schema: Schema): ValueNode {
  return {
    schema,
    read(cursor) {
      const start = takeCounted(cursor);
      return cursor.buffer.toString('utf8', start, cursor.position);
    },
    write(cursor, out) {
      const start = takeCounted(cursor);
      writeUtf8(cursor.buffer, start, cursor.position, out);
    },
  };
}

export function enumNode(schema: Schema, symbols: readonly string[]): ValueNode {
  const literals = symbols.map((symbol) => Buffer.from(JSON.stringify(symbol)));
  function pick<T>(cursor: ByteCursor, from: readonly T[]): T {
    const index = cursor.zigzag32();
    const found = from[index];
    if (found === undefined) throw cursor.invalid(`the symbol ${index} of an enum of ${from.length}`);
    return found;
  }
  return {
    schema,
    read: (cursor) => pick(cursor, symbols),
    write: (cursor, out) => out.writeLiteral(pick(cursor, literals)),
  };
}

/** How the bytes of a value are found: with their length before them, or of a fixed number. */
type Take = (cursor: ByteCursor) => number;

export function bytesNode(schema: Schema, take: Take): ValueNode {
  if (schema.name === DECIMAL) return decimalNode(schema, take);
  return {
    schema,
    read(cursor) {
      const start = take(cursor);
      return Buffer.from(cursor.buffer.subarray(start, cursor.position));
    },
    write(cursor, out) {
      const start = take(cursor);
      writeBase64(cursor.buffer, start, cursor.position, out);
    },
  };
}

function decimalNode(schema: Schema, take: Take): ValueNode {
  const scale = Number(schema.parameters?.scale ?? Number.NaN);
  if (!Number.isInteger(scale) || Math.abs(scale) > MAX_DECIMAL_DIGITS) {
    throw recordInvalid(
      'Invalid Decimal schema: scale parameter not found.',
      'Correct the schema that the producer registered.',
    );
  }
  function takeNumber(cursor: ByteCursor): number {
    const start = take(cursor);
    if (cursor.position - start > MAX_UNSCALED_BYTES) throw cursor.invalid('a decimal of more than 1024 bytes');
    return start;
  }
  return {
    schema,
    read(cursor) {
      const start = takeNumber(cursor);
      return new Decimal(bigEndianInteger(cursor.buffer, start, cursor.position), scale);
    },
    write(cursor, out) {
      const start = takeNumber(cursor);
      writeDecimal(cursor.buffer, start, cursor.position, scale, out);
    },
  };
}

/** Bytes as Avro's GenericData prints them: one character per byte. */
export function latinBytesNode(schema: Schema, take: Take): ValueNode {
  return {
    ...bytesNode(schema, take),
    write(cursor, out) {
      const start = take(cursor);
      writeText(cursor.buffer.toString('latin1', start, cursor.position), out);
    },
  };
}

/** A fixed as Avro's GenericData prints it: an array of signed bytes. */
export function byteListNode(schema: Schema, take: Take): ValueNode {
  return {
    ...bytesNode(schema, take),
    write(cursor, out) {
      const start = take(cursor);
      out.writeByte(LEFT_BRACKET);
      for (let at = start; at < cursor.position; at++) {
        if (at > start) out.writeByte(COMMA);
        writeInteger(cursor.buffer.readInt8(at), out);
      }
      out.writeByte(RIGHT_BRACKET);
    },
  };
}
