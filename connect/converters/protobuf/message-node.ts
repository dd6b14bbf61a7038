import type { StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { RIGHT_BRACE } from '../../json/bytes.js';
import type { RowBuffer } from '../../rows/index.js';
import { fieldLiterals, writeEmptyStruct } from '../binary/value-node.js';
import type { MessageLayout } from './message-layout.js';
import type { ProtobufNode } from './scalar-nodes.js';
import type { ProtobufCursor } from './wire.js';

/** Reads a message that fills the cursor from its position to its end, where the cursor is then. */
export type MessageBody = ProtobufNode;

/** A field of Connect's struct, made of what a scan of the message has found. */
export interface Member {
  read(cursor: ProtobufCursor, base: number): Value;
  write(cursor: ProtobufCursor, base: number, out: RowBuffer): void;
}

/** Members are added after the body is made: a message may hold itself. */
export function structBody(schema: StructSchema, layout: MessageLayout, members: readonly Member[]): MessageBody {
  const literals = fieldLiterals(schema.fields.map(({ name }) => name));

  function write(cursor: ProtobufCursor, out: RowBuffer): void {
    const { end } = cursor;
    cursor.enter();
    const base = layout.scan(cursor);
    let index = 0;
    for (const literal of literals) {
      out.writeLiteral(literal);
      members[index++]?.write(cursor, base, out);
    }
    if (literals.length === 0) writeEmptyStruct(out);
    else out.writeByte(RIGHT_BRACE);
    cursor.release(base);
    cursor.leave();
    cursor.position = end;
  }

  function read(cursor: ProtobufCursor): Value {
    const { end } = cursor;
    cursor.enter();
    const base = layout.scan(cursor);
    const values = members.map((member) => member.read(cursor, base));
    cursor.release(base);
    cursor.leave();
    cursor.position = end;
    return new Struct(schema, values);
  }

  return { schema, read, write };
}

/** A message inside another: with its length before it, or as a group with a tag behind it. */
export interface EmbeddedMessage extends ProtobufNode {
  readonly body: MessageBody;
  /** Moves past the message; returns where its body begins and leaves in `cursor.bodyEnd` where it ends. */
  take(cursor: ProtobufCursor): number;
}

/** @param groupNumber the number of the field where the message is a group */
export function embedded(body: MessageBody, groupNumber: number | undefined): EmbeddedMessage {
  function take(cursor: ProtobufCursor): number {
    if (groupNumber === undefined) {
      const start = cursor.takeCounted();
      cursor.bodyEnd = cursor.position;
      return start;
    }
    const start = cursor.position;
    cursor.bodyEnd = cursor.skipGroup(groupNumber);
    return start;
  }

  function within<T>(cursor: ProtobufCursor, out: T, visit: (cursor: ProtobufCursor, out: T) => Value | undefined) {
    const start = take(cursor);
    const { position, end } = cursor;
    cursor.position = start;
    cursor.end = cursor.bodyEnd;
    const value = visit(cursor, out);
    cursor.position = position;
    cursor.end = end;
    return value;
  }

  const writeBody = (cursor: ProtobufCursor, out: RowBuffer): undefined => {
    body.write(cursor, out);
  };
  return {
    schema: body.schema,
    body,
    take,
    read: (cursor) => within(cursor, undefined, body.read) ?? null,
    write: (cursor, out) => void within(cursor, out, writeBody),
  };
}

/**
 * A message whose parts are in several places: a field that is found twice is the sum of what was found (Protobuf's
 * "Last One Wins" for messages), and the concatenation of the bodies is that sum.
 */
export function readMerged<T>(
  cursor: ProtobufCursor,
  base: number,
  index: number,
  layout: MessageLayout,
  node: EmbeddedMessage,
  visit: (body: MessageBody) => T,
): T {
  const parts: Buffer[] = [];
  layout.each(cursor, base, index, () => {
    const start = node.take(cursor);
    parts.push(cursor.buffer.subarray(start, cursor.bodyEnd));
  });
  return onBytes(cursor, Buffer.concat(parts), () => visit(node.body));
}

/** Lets the cursor stand on other bytes for a moment. */
export function onBytes<T>(cursor: ProtobufCursor, bytes: Buffer, visit: () => T): T {
  const { buffer, position, end } = cursor;
  cursor.buffer = bytes;
  cursor.position = 0;
  cursor.end = bytes.length;
  const result = visit();
  cursor.buffer = buffer;
  cursor.position = position;
  cursor.end = end;
  return result;
}
