import type { Schema } from '../../data/schema.js';
import { Decimal, Instant } from '../../data/value.js';
import { MAX_DECIMAL_DIGITS } from '../../json/index.js';
import { bigEndianInteger, writeDecimal, writeInteger } from '../binary/json-writers.js';
import { type Absent, scalarMember } from './members.js';
import { MessageLayout, type WireField } from './message-layout.js';
import type { MessageBody } from './message-node.js';
import { int32, type ProtobufNode } from './scalar-nodes.js';
import { LENGTH, type ProtobufCursor, VARINT } from './wire.js';

/** Messages of known types that are a single value to Connect. */

const DAY_MS = 86_400_000;

/** More bytes than this are no number that a database could hold. */
const MAX_UNSCALED_BYTES = 1024;

function field(name: string, number: number, wireType = VARINT): WireField {
  return { name, number, wireType, repeated: false, required: false, oneof: -1, accepts: undefined };
}

/** The integers in a message's fields 1, 2, …, 0 where they are not set. */
function integerFields(...names: string[]): (cursor: ProtobufCursor) => number[] {
  const layout = new MessageLayout(
    names.map((name, index) => field(name, index + 1)),
    0,
  );
  return (cursor) => {
    const base = layout.scan(cursor);
    const values = names.map((_, index) => {
      if (layout.count(cursor, base, index) === 0) return 0;
      cursor.position = layout.last(cursor, base, index);
      const value = cursor.unsigned();
      return typeof value === 'number' ? value : Number(BigInt.asIntN(64, value));
    });
    cursor.release(base);
    cursor.position = cursor.end;
    return values;
  };
}

/** google.protobuf.Timestamp allows the years 1 to 9999. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;
const MAX_NANOS = 999_999_999;

/** google.protobuf.Timestamp to the millisecond: what Connect's Timestamp holds. */
export function timestampBody(schema: Schema): MessageBody {
  const fields = integerFields('seconds', 'nanos');
  function epochMs(cursor: ProtobufCursor): number {
    const [seconds = 0, nanos = 0] = fields(cursor);
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos > MAX_NANOS) {
      throw cursor.invalid(`a timestamp of ${seconds} seconds and ${nanos} nanoseconds in the message that ends`);
    }
    return seconds * 1000 + Math.floor(nanos / 1_000_000);
  }
  return {
    schema,
    read: (cursor) => new Instant(BigInt(epochMs(cursor))),
    write: (cursor, out) => writeInteger(epochMs(cursor), out),
  };
}

/** google.type.Date, as days since 1970 in rows. */
export function dateBody(schema: Schema): MessageBody {
  const fields = integerFields('year', 'month', 'day');
  function epochMs(cursor: ProtobufCursor): number {
    const [year = 0, month = 0, day = 0] = fields(cursor);
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    if (year < 1 || year > 9999 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
      throw cursor.invalid(`the date ${year}-${month}-${day} in the message that ends`);
    }
    return date.getTime();
  }
  return {
    schema,
    read: (cursor) => new Instant(BigInt(epochMs(cursor))),
    write: (cursor, out) => writeInteger(epochMs(cursor) / DAY_MS, out),
  };
}

/** google.type.TimeOfDay, as milliseconds since midnight in rows. */
export function timeOfDayBody(schema: Schema): MessageBody {
  const fields = integerFields('hours', 'minutes', 'seconds', 'nanos');
  function dayMs(cursor: ProtobufCursor): number {
    const [hours = 0, minutes = 0, seconds = 0, nanos = 0] = fields(cursor);
    const inRange = within(hours, 23) && within(minutes, 59) && within(seconds, 59) && within(nanos, MAX_NANOS);
    if (!inRange) throw cursor.invalid(`the time ${hours}:${minutes}:${seconds}.${nanos} in the message that ends`);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(nanos / 1_000_000);
  }
  return {
    schema,
    read: (cursor) => new Instant(BigInt(dayMs(cursor))),
    write: (cursor, out) => writeInteger(dayMs(cursor), out),
  };
}

function within(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}

/** confluent.type.Decimal, which brings its own scale along. */
export function decimalBody(schema: Schema): MessageBody {
  const layout = new MessageLayout([field('value', 1, LENGTH), field('precision', 2), field('scale', 3)], 0);

  function parts(cursor: ProtobufCursor): { start: number; end: number; scale: number } {
    const base = layout.scan(cursor);
    const messageEnd = cursor.end;
    let scale = 0;
    let start = messageEnd;
    let end = messageEnd;
    if (layout.count(cursor, base, 2) > 0) {
      cursor.position = layout.last(cursor, base, 2);
      scale = int32(cursor);
    }
    if (layout.count(cursor, base, 0) > 0) {
      cursor.position = layout.last(cursor, base, 0);
      start = cursor.takeCounted();
      end = cursor.position;
    }
    cursor.release(base);
    cursor.position = messageEnd;
    if (Math.abs(scale) > MAX_DECIMAL_DIGITS || end - start > MAX_UNSCALED_BYTES) {
      throw cursor.invalid(`a decimal of ${end - start} bytes and the scale ${scale} in the message that ends`);
    }
    return { start, end, scale };
  }

  return {
    schema,
    read(cursor) {
      const { start, end, scale } = parts(cursor);
      return new Decimal(bigEndianInteger(cursor.buffer, start, end), scale);
    },
    write(cursor, out) {
      const { start, end, scale } = parts(cursor);
      writeDecimal(cursor.buffer, start, end, scale, out);
    },
  };
}

/** A wrapper message such as google.protobuf.Int32Value: the value in its field 1. */
export function wrapperBody(node: ProtobufNode, wireType: number, zero: Absent): MessageBody {
  const layout = new MessageLayout([field('value', 1, wireType)], 0);
  const member = scalarMember(layout, 0, node, zero);
  return {
    schema: node.schema,
    read(cursor) {
      const { end } = cursor;
      const base = layout.scan(cursor);
      const value = member.read(cursor, base);
      cursor.release(base);
      cursor.position = end;
      return value;
    },
    write(cursor, out) {
      const { end } = cursor;
      const base = layout.scan(cursor);
      member.write(cursor, base, out);
      cursor.release(base);
      cursor.position = end;
    },
  };
}
