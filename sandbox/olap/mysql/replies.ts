/** Packets that the server answers commands with. Source: MySQL "Command Phase", "Text Resultset", "ERR_Packet". */

import { DatabaseError, type QueryResult } from '../model.js';
import { ByteWriter, LENENC_NULL } from './bytes.js';
import { type FieldType, fieldType } from './field-types.js';

export function okPacket(ok: { affectedRows?: number; status: number; warnings?: number; info?: string }): Buffer {
  return okLike(0x00, ok);
}

/**
 * The end of a list of columns or rows. With CLIENT_DEPRECATE_EOF the end of the rows is an OK packet that begins
 * with 0xfe, and the end of the columns is not sent at all.
 */
export function endOfRowsPacket(status: number, deprecateEof: boolean): Buffer {
  return deprecateEof ? okLike(0xfe, { status }) : eofPacket(status);
}

export function eofPacket(status: number): Buffer {
  return new ByteWriter().uint8(0xfe).uint16(0).uint16(status).build();
}

function okLike(
  header: number,
  ok: { affectedRows?: number; status: number; warnings?: number; info?: string },
): Buffer {
  const packet = new ByteWriter()
    .uint8(header)
    .lenencInt(ok.affectedRows ?? 0)
    .lenencInt(0) // last insert id
    .uint16(ok.status)
    .uint16(ok.warnings ?? 0);
  // the documentation calls it a text up to the packet's end, but servers and clients give it a length
  return (ok.info === undefined ? packet : packet.lenencString(ok.info)).build();
}

/** ERR_Packet. An error that is not the database's own is 1105, HY000. */
export function errorPacket(error: unknown): Buffer {
  const known =
    error instanceof DatabaseError ? error : new DatabaseError(error instanceof Error ? error.message : String(error));
  return new ByteWriter().uint8(0xff).uint16(known.errno).text(`#${known.sqlState}`).text(known.message).build();
}

/** ColumnDefinition41 */
export function columnPacket(
  name: string,
  type: FieldType,
  source: { database?: string; table?: string } = {},
): Buffer {
  return new ByteWriter()
    .lenencString('def')
    .lenencString(source.database ?? '')
    .lenencString(source.table ?? '')
    .lenencString(source.table ?? '')
    .lenencString(name)
    .lenencString(name)
    .lenencInt(0x0c)
    .uint16(type.charset)
    .uint32(type.displayLength)
    .uint8(type.code)
    .uint16(0) // flags: Doris sets none, and Connector/J takes a BOOLEAN with BINARY for bytes
    .uint8(type.decimals)
    .zeros(2)
    .build();
}

export function textRowPacket(row: QueryResult['rows'][number]): Buffer {
  const writer = new ByteWriter();
  for (const cell of row) {
    if (cell === null) writer.uint8(LENENC_NULL);
    else writer.lenencString(cell);
  }
  return writer.build();
}

export type RowEncoder = (row: QueryResult['rows'][number]) => Buffer;

/** All packets of a result set, in order. */
export function* resultSetPackets(
  result: QueryResult,
  encode: (types: readonly FieldType[]) => RowEncoder,
  options: { status: number; deprecateEof: boolean },
): Generator<Buffer> {
  const types = result.columns.map((column) => fieldType(column.type));
  yield new ByteWriter().lenencInt(types.length).build();
  for (const [index, type] of types.entries()) yield columnPacket(result.columns[index]?.name ?? '', type);
  if (!options.deprecateEof) yield eofPacket(options.status);
  const encodeRow = encode(types);
  for (const row of result.rows) yield encodeRow(row);
  yield endOfRowsPacket(options.status, options.deprecateEof);
}
