import type { Schema, StructSchema } from '../../data/schema.js';
import type { Value } from '../../data/value.js';
import type { RowBuffer } from '../../rows/index.js';
import type { ByteCursor } from './byte-cursor.js';

/**
 * How values of one type are read from bytes. Compiled once per schema: no look at the schema per record. Both ways move
 * the cursor past the value.
 */
export interface ValueNode {
  /** What the value is in Connect's data model. */
  readonly schema: Schema;
  read(cursor: ByteCursor): Value;
  /** Writes the value as JSON to the row in progress, in the form in which sinks write records. */
  write(cursor: ByteCursor, out: RowBuffer): void;
}

/** `"name":` for every field of a struct, the first with `{` and the others with a comma before it. */
export function fieldLiterals(names: readonly string[]): Buffer[] {
  return names.map((name, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`));
}

const EMPTY_STRUCT = Buffer.from('{}');

export function writeEmptyStruct(out: RowBuffer): void {
  out.writeLiteral(EMPTY_STRUCT);
}

/** What a null of this schema is in a row: the schema's default where it has one, as Connect's Struct has it. */
export function nullText({ defaultJson }: Schema): Buffer {
  return Buffer.from(defaultJson ?? 'null');
}

/** The struct that Connect has for a union, as JSON around the value that is set: all other fields are null. */
export function unionText({ fields }: StructSchema, set: number): { before: Buffer; after: Buffer } {
  const literals = fieldLiterals(fields.map(({ name }) => name));
  const texts = fields.map(({ schema }, index) => {
    const literal = literals[index] ?? Buffer.alloc(0);
    return index === set ? literal : Buffer.concat([literal, nullText(schema)]);
  });
  return {
    before: Buffer.concat(texts.slice(0, set + 1)),
    after: Buffer.concat([...texts.slice(set + 1), Buffer.from('}')]),
  };
}
