import type { ArraySchema, MapSchema, Schema, StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, RIGHT_BRACE, RIGHT_BRACKET } from '../../json/bytes.js';
import type { RowBuffer } from '../../rows/index.js';
import type { ByteCursor } from '../binary/byte-cursor.js';
import { writeText, writeUtf8 } from '../binary/json-writers.js';
import { fieldLiterals, nullText, unionText, type ValueNode, writeEmptyStruct } from '../binary/value-node.js';
import { takeCounted } from './scalar-nodes.js';

/** So many items that take no byte at all may follow each other: nothing but this bounds them. */
const MAX_EMPTY_ITEMS = 10_000;

/**
 * The number of items in the next block of an array or a map; 0 at the end. A negative number is followed by the size of
 * the block in bytes, which is of no use here (Avro specification, "Complex Types").
 */
export function nextBlock(cursor: ByteCursor, itemsMayBeEmpty: boolean): number {
  let count = Number(cursor.zigzag());
  if (count < 0) {
    count = -count;
    const sizeBytes = cursor.zigzag();
    if (sizeBytes < 0 || sizeBytes > cursor.remaining) throw cursor.invalid(`a block of ${sizeBytes} bytes`);
  }
  if (count > (itemsMayBeEmpty ? MAX_EMPTY_ITEMS : cursor.remaining)) throw cursor.invalid(`${count} items`);
  return count;
}

/** Reads the items of all blocks. */
function readItems(cursor: ByteCursor, itemsMayBeEmpty: boolean, readItem: () => void): void {
  cursor.enter();
  for (let count = nextBlock(cursor, itemsMayBeEmpty); count > 0; count = nextBlock(cursor, itemsMayBeEmpty)) {
    while (count-- > 0) readItem();
  }
  cursor.leave();
}

type WriteItem = (cursor: ByteCursor, out: RowBuffer) => void;

/** Writes the items of all blocks with commas between them. */
function writeItems(cursor: ByteCursor, out: RowBuffer, itemsMayBeEmpty: boolean, writeItem: WriteItem): void {
  cursor.enter();
  let first = true;
  for (let count = nextBlock(cursor, itemsMayBeEmpty); count > 0; count = nextBlock(cursor, itemsMayBeEmpty)) {
    while (count-- > 0) {
      if (!first) out.writeByte(COMMA);
      first = false;
      writeItem(cursor, out);
    }
  }
  cursor.leave();
}

/** The nodes of a record's fields, which are compiled after the record's own node: they may hold it again. */
export interface RecordParts {
  readonly fields: ValueNode[];
}

export function recordNode(schema: StructSchema, { fields }: RecordParts): ValueNode {
  const literals = fieldLiterals(schema.fields.map(({ name }) => name));

  function write(cursor: ByteCursor, out: RowBuffer): void {
    if (literals.length === 0) {
      writeEmptyStruct(out);
      return;
    }
    cursor.enter();
    let index = 0;
    for (const literal of literals) {
      out.writeLiteral(literal);
      fields[index++]?.write(cursor, out);
    }
    out.writeByte(RIGHT_BRACE);
    cursor.leave();
  }

  function read(cursor: ByteCursor): Value {
    cursor.enter();
    const values = fields.map((field) => field.read(cursor));
    cursor.leave();
    return new Struct(schema, values);
  }

  return { schema, read, write };
}

export function arrayNode(schema: ArraySchema, item: ValueNode, itemsMayBeEmpty: boolean): ValueNode {
  function read(cursor: ByteCursor): Value {
    const items: Value[] = [];
    readItems(cursor, itemsMayBeEmpty, () => items.push(item.read(cursor)));
    return items;
  }

  function write(cursor: ByteCursor, out: RowBuffer): void {
    out.writeByte(LEFT_BRACKET);
    writeItems(cursor, out, itemsMayBeEmpty, item.write);
    out.writeByte(RIGHT_BRACKET);
  }

  return { schema, read, write };
}

/** A map of Avro, whose keys are always strings. */
export function mapNode(schema: MapSchema, value: ValueNode): ValueNode {
  function read(cursor: ByteCursor): Value {
    const entries = new Map<Value, Value>();
    readItems(cursor, false, () => {
      const start = takeCounted(cursor);
      const key = cursor.buffer.toString('utf8', start, cursor.position);
      entries.set(key, value.read(cursor));
    });
    return entries;
  }

  function writeEntry(cursor: ByteCursor, out: RowBuffer): void {
    const start = takeCounted(cursor);
    writeUtf8(cursor.buffer, start, cursor.position, out);
    out.writeByte(COLON);
    value.write(cursor, out);
  }

  function write(cursor: ByteCursor, out: RowBuffer): void {
    out.writeByte(LEFT_BRACE);
    writeItems(cursor, out, false, writeEntry);
    out.writeByte(RIGHT_BRACE);
  }

  return { schema, read, write };
}

/** A map that Connect wrote as an array of keys and values, because its keys are no strings or may be null. */
export function entriesNode(schema: MapSchema, key: ValueNode, value: ValueNode, mayBeEmpty: boolean): ValueNode {
  const asObject = schema.keys.type === 'STRING';

  function read(cursor: ByteCursor): Value {
    const entries = new Map<Value, Value>();
    readItems(cursor, mayBeEmpty, () => {
      const entryKey = key.read(cursor);
      entries.set(entryKey, value.read(cursor));
    });
    return entries;
  }

  function writeMember(cursor: ByteCursor, out: RowBuffer): void {
    writeText(String(key.read(cursor)), out);
    out.writeByte(COLON);
    value.write(cursor, out);
  }

  function writePair(cursor: ByteCursor, out: RowBuffer): void {
    out.writeByte(LEFT_BRACKET);
    key.write(cursor, out);
    out.writeByte(COMMA);
    value.write(cursor, out);
    out.writeByte(RIGHT_BRACKET);
  }

  function write(cursor: ByteCursor, out: RowBuffer): void {
    out.writeByte(asObject ? LEFT_BRACE : LEFT_BRACKET);
    writeItems(cursor, out, mayBeEmpty, asObject ? writeMember : writePair);
    out.writeByte(asObject ? RIGHT_BRACE : RIGHT_BRACKET);
  }

  return { schema, read, write };
}

/** Reads which branch of a union follows. */
function chooseBranch(cursor: ByteCursor, branches: number): number {
  const index = cursor.zigzag32();
  if (index < 0 || index >= branches) throw cursor.invalid(`the branch ${index} of a union of ${branches}`);
  return index;
}

/** A union with a single branch, which Avro numbers nevertheless. */
export function singleNode(value: ValueNode): ValueNode {
  return {
    schema: value.schema,
    read(cursor) {
      chooseBranch(cursor, 1);
      return value.read(cursor);
    },
    write(cursor, out) {
      chooseBranch(cursor, 1);
      value.write(cursor, out);
    },
  };
}

/** A union that says no more than that the value may be null. */
export function nullableNode(schema: Schema, value: ValueNode, nullIndex: number, literal: Buffer): ValueNode {
  const isNull = (cursor: ByteCursor): boolean => chooseBranch(cursor, 2) === nullIndex;
  return {
    schema,
    read: (cursor) => (isNull(cursor) ? null : value.read(cursor)),
    write(cursor, out) {
      if (isNull(cursor)) out.writeLiteral(literal);
      else value.write(cursor, out);
    },
  };
}

/** A branch of a union: undefined for null, otherwise its place in Connect's struct. */
export interface UnionBranch {
  readonly value: ValueNode;
  readonly fieldIndex: number;
}

/** A union as Connect has it: a struct with a field per branch, of which one is set. */
export function unionNode(schema: StructSchema, branches: readonly (UnionBranch | undefined)[]): ValueNode {
  const literal = nullText(schema);
  const blank = schema.fields.map(() => null);
  const around = branches.map((branch) => (branch === undefined ? undefined : unionText(schema, branch.fieldIndex)));

  function read(cursor: ByteCursor): Value {
    const branch = branches[chooseBranch(cursor, branches.length)];
    if (branch === undefined) return null;
    const values: Value[] = [...blank];
    values[branch.fieldIndex] = branch.value.read(cursor);
    return new Struct(schema, values);
  }

  function write(cursor: ByteCursor, out: RowBuffer): void {
    const index = chooseBranch(cursor, branches.length);
    const branch = branches[index];
    const text = around[index];
    if (branch === undefined || text === undefined) {
      out.writeLiteral(literal);
      return;
    }
    out.writeLiteral(text.before);
    branch.value.write(cursor, out);
    out.writeLiteral(text.after);
  }

  return { schema, read, write };
}

/** A union as Avro's GenericData prints it: the value of its branch and nothing around it. */
export function bareUnionNode(schema: StructSchema, branches: readonly (UnionBranch | undefined)[]): ValueNode {
  const wrapped = unionNode(schema, branches);
  return {
    ...wrapped,
    write(cursor, out) {
      const branch = branches[chooseBranch(cursor, branches.length)];
      if (branch === undefined) out.writeAscii('null');
      else branch.value.write(cursor, out);
    },
  };
}
