import type { MapSchema, Schema, StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, RIGHT_BRACE, RIGHT_BRACKET } from '../../json/bytes.js';
import type { RowBuffer } from '../../rows/index.js';
import { nullText, unionText } from '../binary/value-node.js';
import type { MessageLayout } from './message-layout.js';
import { type EmbeddedMessage, type Member, onBytes, readMerged } from './message-node.js';
import type { ProtobufNode } from './scalar-nodes.js';
import type { ProtobufCursor } from './wire.js';

const NOTHING = Buffer.alloc(0);

/** What a value that is not in the message is: null, or the default of its type. */
export interface Absent {
  readonly value: Value;
  readonly text: Buffer;
}

export function absentNull(schema: Schema): Absent {
  return { value: null, text: nullText(schema) };
}

/** A scalar or an enum: the last value counts. */
export function scalarMember(layout: MessageLayout, index: number, node: ProtobufNode, absent: Absent): Member {
  return {
    read(cursor, base) {
      if (layout.count(cursor, base, index) === 0) return absent.value;
      cursor.position = layout.last(cursor, base, index);
      return node.read(cursor);
    },
    write(cursor, base, out) {
      if (layout.count(cursor, base, index) === 0) {
        out.writeLiteral(absent.text);
        return;
      }
      cursor.position = layout.last(cursor, base, index);
      node.write(cursor, out);
    },
  };
}

/** A message; one that is not set is null, or one without any field set. */
export function messageMember(
  layout: MessageLayout,
  index: number,
  node: EmbeddedMessage,
  generateForNull: boolean,
): Member {
  const nothing = nullText(node.schema);

  function read(cursor: ProtobufCursor, base: number): Value {
    const count = layout.count(cursor, base, index);
    if (count > 1) return readMerged(cursor, base, index, layout, node, (body) => body.read(cursor));
    if (count === 0) return generateForNull ? onBytes(cursor, NOTHING, () => node.body.read(cursor)) : null;
    cursor.position = layout.last(cursor, base, index);
    return node.read(cursor);
  }

  function write(cursor: ProtobufCursor, base: number, out: RowBuffer): void {
    const count = layout.count(cursor, base, index);
    if (count === 1) {
      cursor.position = layout.last(cursor, base, index);
      node.write(cursor, out);
    } else if (count > 1) {
      readMerged(cursor, base, index, layout, node, (body) => body.write(cursor, out));
    } else if (generateForNull) {
      onBytes(cursor, NOTHING, () => node.body.write(cursor, out));
    } else {
      out.writeLiteral(nothing);
    }
  }

  return { read, write };
}

export function arrayMember(layout: MessageLayout, index: number, item: ProtobufNode): Member {
  return {
    read(cursor, base) {
      const items: Value[] = [];
      layout.each(cursor, base, index, () => items.push(item.read(cursor)));
      return items;
    },
    write(cursor, base, out) {
      let first = true;
      out.writeByte(LEFT_BRACKET);
      layout.each(cursor, base, index, () => {
        if (!first) out.writeByte(COMMA);
        first = false;
        item.write(cursor, out);
      });
      out.writeByte(RIGHT_BRACKET);
    },
  };
}

/** The message that an entry of a map is on the wire: a key in field 1, a value in field 2. */
export interface MapEntry {
  readonly layout: MessageLayout;
  readonly key: Member;
  readonly value: Member;
}

export function mapMember(layout: MessageLayout, index: number, schema: MapSchema, entry: MapEntry): Member {
  const asObject = schema.keys.type === 'STRING';

  function visitEntry(cursor: ProtobufCursor, visit: (base: number) => void): void {
    const start = cursor.takeCounted();
    const { position, end } = cursor;
    cursor.position = start;
    cursor.end = position;
    const base = entry.layout.scan(cursor);
    visit(base);
    cursor.release(base);
    cursor.position = position;
    cursor.end = end;
  }

  function read(cursor: ProtobufCursor, base: number): Value {
    const entries = new Map<Value, Value>();
    layout.each(cursor, base, index, () =>
      visitEntry(cursor, (entryBase) => {
        const key = entry.key.read(cursor, entryBase);
        entries.set(key, entry.value.read(cursor, entryBase));
      }),
    );
    return entries;
  }

  /** By key, which of the entries counts: the last one, in the place of the first. */
  function placesOf(cursor: ProtobufCursor, base: number): ReadonlyMap<Value, number> {
    const places = new Map<Value, number>();
    let place = 0;
    layout.each(cursor, base, index, () =>
      visitEntry(cursor, (entryBase) => places.set(entry.key.read(cursor, entryBase), place++)),
    );
    return places;
  }

  function write(cursor: ProtobufCursor, base: number, out: RowBuffer): void {
    const writeEntry = (entryBase: number): void => {
      if (!asObject) out.writeByte(LEFT_BRACKET);
      entry.key.write(cursor, entryBase, out);
      out.writeByte(asObject ? COLON : COMMA);
      entry.value.write(cursor, entryBase, out);
      if (!asObject) out.writeByte(RIGHT_BRACKET);
    };
    let written = 0;
    const writeEntries = (wanted?: number): void => {
      let place = 0;
      layout.each(cursor, base, index, () =>
        visitEntry(cursor, (entryBase) => {
          if (wanted !== undefined && wanted !== place++) return;
          if (written++ > 0) out.writeByte(COMMA);
          writeEntry(entryBase);
        }),
      );
    };
    out.writeByte(asObject ? LEFT_BRACE : LEFT_BRACKET);
    const count = layout.count(cursor, base, index);
    const places = count > 1 ? placesOf(cursor, base) : undefined;
    // A key comes twice only where somebody has joined messages.
    if (places === undefined || places.size === count) writeEntries();
    else for (const place of places.values()) writeEntries(place);
    out.writeByte(asObject ? RIGHT_BRACE : RIGHT_BRACKET);
  }

  return { read, write };
}

/**
 * A oneof as Connect has it: a struct with a field per member, of which one is set.
 * @param fieldIndexes the members' places in the layout, in the order of the struct
 */
export function oneofMember(
  layout: MessageLayout,
  oneof: number,
  schema: StructSchema,
  fieldIndexes: readonly number[],
  members: readonly Member[],
): Member {
  const texts = schema.fields.map((_, index) => unionText(schema, index));
  const blank = schema.fields.map(() => null);

  return {
    read(cursor, base) {
      const set = fieldIndexes.indexOf(layout.chosen(cursor, base, oneof));
      const member = members[set];
      if (member === undefined) return null;
      const values: Value[] = [...blank];
      values[set] = member.read(cursor, base);
      return new Struct(schema, values);
    },
    write(cursor, base, out) {
      const set = fieldIndexes.indexOf(layout.chosen(cursor, base, oneof));
      const member = members[set];
      const text = texts[set];
      if (member === undefined || text === undefined) {
        out.writeAscii('null');
        return;
      }
      out.writeLiteral(text.before);
      member.write(cursor, base, out);
      out.writeLiteral(text.after);
    },
  };
}
