/**
 * The binary protocol of prepared statements: values of parameters in, rows out.
 * Source: MySQL "Binary Protocol Resultset", "COM_STMT_EXECUTE".
 */

import { ByteReader, ByteWriter, malformedPacket } from './bytes.js';
import type { FieldType } from './field-types.js';
import { FIELD_TYPES, UNSIGNED_PARAMETER } from './protocol.js';
import type { RowEncoder } from './replies.js';

/** A parameter's value as text; `numeric` says that it is to be written without quotes. */
export type Parameter = { readonly text: string; readonly numeric: boolean } | null;

export interface ExecuteRequest {
  readonly parameters: readonly Parameter[];
  /** The types that were sent; a later execution may leave them out. */
  readonly types: readonly number[];
}

/**
 * Reads COM_STMT_EXECUTE behind its statement id.
 *
 *     flags(1) iterations(4) [null_bitmap types_follow(1) [type(2) …] value …]
 *
 * @param longData parameters that COM_STMT_SEND_LONG_DATA has brought; they have no value here
 */
export function parseExecute(
  reader: ByteReader,
  statement: { parameterCount: number; types: readonly number[]; longData: ReadonlyMap<number, Buffer> },
): ExecuteRequest {
  reader.take(1 + 4);
  const count = statement.parameterCount;
  if (count === 0) return { parameters: [], types: [] };
  const nulls = reader.take((count + 7) >> 3);
  const types = reader.uint8() === 1 ? Array.from({ length: count }, () => reader.uint16()) : statement.types;
  const parameters = Array.from({ length: count }, (_, index): Parameter => {
    const long = statement.longData.get(index);
    if (long !== undefined) return { text: long.toString('utf8'), numeric: false };
    if (((nulls[index >> 3] ?? 0) & (1 << (index & 7))) !== 0) return null;
    const type = types[index];
    if (type === undefined) throw malformedPacket();
    return readParameter(reader, type & 0xff, ((type >> 8) & UNSIGNED_PARAMETER) !== 0);
  });
  return { parameters, types };
}

function readParameter(reader: ByteReader, type: number, unsigned: boolean): Parameter {
  const numeric = (value: number | bigint): Parameter => ({ text: String(value), numeric: true });
  switch (type) {
    case FIELD_TYPES.NULL:
      return null;
    case FIELD_TYPES.TINY:
      return numeric(unsigned ? reader.uint8() : reader.take(1).readInt8());
    case FIELD_TYPES.SHORT:
    case FIELD_TYPES.YEAR:
      return numeric(unsigned ? reader.uint16() : reader.take(2).readInt16LE());
    case FIELD_TYPES.LONG:
    case FIELD_TYPES.INT24:
      return numeric(unsigned ? reader.uint32() : reader.take(4).readInt32LE());
    case FIELD_TYPES.LONGLONG:
      return numeric(unsigned ? reader.take(8).readBigUInt64LE() : reader.take(8).readBigInt64LE());
    case FIELD_TYPES.FLOAT:
      return numeric(Number(reader.take(4).readFloatLE().toPrecision(7)));
    case FIELD_TYPES.DOUBLE:
      return numeric(reader.take(8).readDoubleLE());
    case FIELD_TYPES.DATE:
    case FIELD_TYPES.DATETIME:
    case FIELD_TYPES.TIMESTAMP:
      return { text: readDateTime(reader, type === FIELD_TYPES.DATE), numeric: false };
    case FIELD_TYPES.TIME:
      return { text: readTime(reader), numeric: false };
    case FIELD_TYPES.DECIMAL:
    case FIELD_TYPES.NEWDECIMAL:
      return { text: reader.lenencBytes().toString('utf8'), numeric: true };
    default:
      return { text: reader.lenencBytes().toString('utf8'), numeric: false };
  }
}

/** `length year(2) month day [hour minute second [microsecond(4)]]` with a length of 0, 4, 7 or 11. */
function readDateTime(reader: ByteReader, dateOnly: boolean): string {
  const value = new ByteReader(reader.take(reader.uint8()));
  const date = value.left === 0 ? '0000-00-00' : `${padded(value.uint16(), 4)}-${two(value)}-${two(value)}`;
  if (dateOnly) return date;
  const time = value.left === 0 ? '00:00:00' : `${two(value)}:${two(value)}:${two(value)}`;
  return `${date} ${time}${fraction(value)}`;
}

/** `length sign days(4) hour minute second [microsecond(4)]` with a length of 0, 8 or 12. */
function readTime(reader: ByteReader): string {
  const value = new ByteReader(reader.take(reader.uint8()));
  if (value.left === 0) return '00:00:00';
  const sign = value.uint8() === 1 ? '-' : '';
  const hours = value.uint32() * 24 + value.uint8();
  return `${sign}${padded(hours, 2)}:${two(value)}:${two(value)}${fraction(value)}`;
}

function two(reader: ByteReader): string {
  return padded(reader.uint8(), 2);
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

function fraction(reader: ByteReader): string {
  return reader.left === 0 ? '' : `.${padded(reader.uint32(), 6)}`;
}

/** A row is `0x00 null_bitmap value …`; the bitmap has an offset of two bits. */
export function binaryRowEncoder(types: readonly FieldType[]): RowEncoder {
  return (row) => {
    const nulls = Buffer.alloc((types.length + 9) >> 3);
    const values = new ByteWriter();
    for (const [index, type] of types.entries()) {
      const cell = row[index] ?? null;
      if (cell === null) nulls[(index + 2) >> 3] = (nulls[(index + 2) >> 3] ?? 0) | (1 << ((index + 2) & 7));
      else writeCell(values, type.code, cell);
    }
    return new ByteWriter().uint8(0).bytes(nulls).bytes(values.build()).build();
  };
}

function writeCell(writer: ByteWriter, type: number, cell: string): void {
  const part = Buffer.allocUnsafe(8);
  switch (type) {
    case FIELD_TYPES.TINY:
      part.writeInt8(Number(cell));
      writer.bytes(part.subarray(0, 1));
      return;
    case FIELD_TYPES.SHORT:
      part.writeInt16LE(Number(cell));
      writer.bytes(part.subarray(0, 2));
      return;
    case FIELD_TYPES.LONG:
      part.writeInt32LE(Number(cell));
      writer.bytes(part.subarray(0, 4));
      return;
    case FIELD_TYPES.LONGLONG:
      part.writeBigInt64LE(BigInt(cell));
      writer.bytes(part);
      return;
    case FIELD_TYPES.FLOAT:
      part.writeFloatLE(Number(cell));
      writer.bytes(part.subarray(0, 4));
      return;
    case FIELD_TYPES.DOUBLE:
      part.writeDoubleLE(Number(cell));
      writer.bytes(part);
      return;
    case FIELD_TYPES.DATE:
    case FIELD_TYPES.DATETIME:
      writeDateTime(writer, cell);
      return;
    case FIELD_TYPES.TIME:
      writeTime(writer, cell);
      return;
    default:
      writer.lenencString(cell);
  }
}

function writeDateTime(writer: ByteWriter, cell: string): void {
  const [year = 0, month = 0, day = 0, ...time] = digitGroups(cell);
  const [hour = 0, minute = 0, second = 0] = time;
  const microseconds = microsecondsOf(cell);
  const withTime = time.length > 0;
  writer
    .uint8(microseconds > 0 ? 11 : withTime ? 7 : 4)
    .uint16(year)
    .uint8(month)
    .uint8(day);
  if (withTime) writer.uint8(hour).uint8(minute).uint8(second);
  if (microseconds > 0) writer.uint32(microseconds);
}

function writeTime(writer: ByteWriter, cell: string): void {
  const [hours = 0, minutes = 0, seconds = 0] = digitGroups(cell);
  const microseconds = microsecondsOf(cell);
  writer
    .uint8(microseconds > 0 ? 12 : 8)
    .uint8(cell.startsWith('-') ? 1 : 0)
    .uint32(Math.floor(hours / 24))
    .uint8(hours % 24)
    .uint8(minutes)
    .uint8(seconds);
  if (microseconds > 0) writer.uint32(microseconds);
}

/** The numbers in front of the fraction: year, month, day, hour, minute, second. */
function digitGroups(cell: string): number[] {
  return (cell.split('.')[0]?.match(/\d+/g) ?? []).map(Number);
}

function microsecondsOf(cell: string): number {
  const digits = /\.(\d{1,6})/.exec(cell)?.[1];
  return digits === undefined ? 0 : Number(digits.padEnd(6, '0'));
}
