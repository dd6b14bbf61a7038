import { isUtf8 } from 'node:buffer';
import type { PrimitiveType, Schema } from '../../data/schema.js';
import type { Value } from '../../data/value.js';
import type { RowBuffer } from '../../rows/index.js';
import {
  writeBase64,
  writeBoolean,
  writeFloat32,
  writeFloat64,
  writeInteger,
  writeUtf8,
} from '../binary/json-writers.js';
import { FIXED32, FIXED64, LENGTH, type ProtobufCursor, VARINT } from './wire.js';

/** Reads one value, at which the cursor stands, and moves past it. */
export interface ProtobufNode {
  readonly schema: Schema;
  read(cursor: ProtobufCursor): Value;
  write(cursor: ProtobufCursor, out: RowBuffer): void;
}

interface Scalar {
  readonly type: PrimitiveType;
  readonly wireType: number;
}

/** What Connect makes of Protobuf's scalars: unsigned ones of 32 bits need 64, those of 64 bits become negative. */
export const SCALARS: Readonly<Record<string, Scalar>> = {
  int32: { type: 'INT32', wireType: VARINT },
  sint32: { type: 'INT32', wireType: VARINT },
  sfixed32: { type: 'INT32', wireType: FIXED32 },
  uint32: { type: 'INT64', wireType: VARINT },
  fixed32: { type: 'INT64', wireType: FIXED32 },
  int64: { type: 'INT64', wireType: VARINT },
  uint64: { type: 'INT64', wireType: VARINT },
  sint64: { type: 'INT64', wireType: VARINT },
  fixed64: { type: 'INT64', wireType: FIXED64 },
  sfixed64: { type: 'INT64', wireType: FIXED64 },
  float: { type: 'FLOAT32', wireType: FIXED32 },
  double: { type: 'FLOAT64', wireType: FIXED64 },
  bool: { type: 'BOOLEAN', wireType: VARINT },
  string: { type: 'STRING', wireType: LENGTH },
  bytes: { type: 'BYTES', wireType: LENGTH },
};

/** @param strictText whether text has to be UTF-8, as in proto3 */
export function scalarNode(type: string, schema: Schema, strictText: boolean): ProtobufNode {
  switch (type) {
    case 'float':
      return {
        schema,
        read: (cursor) => cursor.float32(),
        write: (cursor, out) => writeFloat32(cursor.float32(), out),
      };
    case 'double':
      return {
        schema,
        read: (cursor) => cursor.float64(),
        write: (cursor, out) => writeFloat64(cursor.float64(), out),
      };
    case 'bool':
      return {
        schema,
        read: (cursor) => cursor.unsigned() !== 0,
        write: (cursor, out) => writeBoolean(cursor.unsigned() !== 0, out),
      };
    case 'string':
      return textNode(schema, strictText);
    case 'bytes':
      return bytesNode(schema);
    default:
      return integerNode(schema, integerReader(type));
  }
}

function textNode(schema: Schema, strict: boolean): ProtobufNode {
  return {
    schema,
    read(cursor) {
      const start = cursor.takeCounted();
      if (strict && !isUtf8(cursor.buffer.subarray(start, cursor.position))) {
        throw cursor.invalid('a text that is not UTF-8');
      }
      return cursor.buffer.toString('utf8', start, cursor.position);
    },
    write(cursor, out) {
      const start = cursor.takeCounted();
      writeUtf8(cursor.buffer, start, cursor.position, out, strict ? cursor : undefined);
    },
  };
}

function bytesNode(schema: Schema): ProtobufNode {
  return {
    schema,
    read(cursor) {
      const start = cursor.takeCounted();
      return Buffer.from(cursor.buffer.subarray(start, cursor.position));
    },
    write(cursor, out) {
      const start = cursor.takeCounted();
      writeBase64(cursor.buffer, start, cursor.position, out);
    },
  };
}

type IntegerReader = (cursor: ProtobufCursor) => number | bigint;

const SMALL_SHIFT: Readonly<Record<string, number>> = { INT8: 24, INT16: 16 };

function integerNode(schema: Schema, next: IntegerReader): ProtobufNode {
  if (schema.type === 'INT64') {
    return { schema, read: (cursor) => BigInt(next(cursor)), write: (cursor, out) => writeInteger(next(cursor), out) };
  }
  const shift = SMALL_SHIFT[schema.type] ?? 0;
  const number = (cursor: ProtobufCursor): number => (Number(next(cursor)) << shift) >> shift;
  return { schema, read: number, write: (cursor, out) => writeInteger(number(cursor), out) };
}

function integerReader(type: string): IntegerReader {
  switch (type) {
    case 'int32':
      return int32;
    case 'sint32':
      return (cursor) => {
        const raw = int32(cursor);
        return (raw >>> 1) ^ -(raw & 1);
      };
    case 'uint32':
      return (cursor) => int32(cursor) >>> 0;
    case 'fixed32':
      return (cursor) => cursor.buffer.readUInt32LE(cursor.take(4));
    case 'sfixed32':
      return (cursor) => cursor.buffer.readInt32LE(cursor.take(4));
    case 'sint64':
      return (cursor) => cursor.zigzag();
    case 'fixed64':
    case 'sfixed64':
      return (cursor) => cursor.buffer.readBigInt64LE(cursor.take(8));
    default:
      return (cursor) => {
        const value = cursor.unsigned();
        return typeof value === 'number' ? value : BigInt.asIntN(64, value);
      };
  }
}

/** The low 32 bits of a varint with their sign: negative numbers of 32 bits are written in ten bytes. */
export function int32(cursor: ProtobufCursor): number {
  const value = cursor.unsigned();
  return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
}
