import type { Schema } from '../data/schema.js';
import { skipValue } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { excerpt, recordInvalid } from './invalid.js';

/** The answer of `match` to a value that has to be written anew, or is wrong. */
export const NO_MATCH = -1;

/**
 * Values of one type in JSON: how to tell that a value can be copied as it is, and how to write it otherwise. Positions
 * are those of a value's first byte; the result is the position past the value.
 */
export interface ValueBody {
  /** Past the value if its bytes are right and can be copied as one piece; `NO_MATCH` if not, or not surely. */
  match(source: Buffer, position: number, end: number): number;
  /**
   * Writes the value to the row in progress, as Connect renders it.
   * @throws SluiceError RECORD_INVALID when the value is not of the type, JsonSyntaxError when it is no JSON
   */
  write(source: Buffer, position: number, end: number, out: RowBuffer): number;
  /** True when values of this type are written anew as a rule, so that trying to match them is lost time. */
  readonly rewrites: boolean;
}

/** A value that may also be null, or missing in its struct. */
export interface ValueCodec extends ValueBody {
  /** What null becomes: `null`, or the schema's default; undefined when the value is required. */
  readonly nullText: Buffer | undefined;
  readonly schema: Schema;
  /** Where the value is in a record, such as `payload.after.items[].price`. */
  readonly path: string;
}

export interface CodecOptions {
  /** Whether null becomes the default of the schema (`replace.null.with.default`). */
  replaceNullWithDefault: boolean;
  /** Bodies of logical types that are to be rendered otherwise than Connect does; undefined for all others. */
  logicalBody?: (schema: Schema, path: string, compile: Compile) => ValueBody | undefined;
}

/** Makes the codec of a part of a schema. */
export type Compile = (schema: Schema, path: string) => ValueCodec;

/** Writes what stands for null, or for a value that is missing. */
export function writeNull({ nullText, schema, path }: ValueCodec, out: RowBuffer): void {
  if (nullText === undefined) {
    throw recordInvalid(
      `Invalid null value for required ${schema.type} field ${path}.`,
      'Make the field optional in the schema, or give it a default.',
    );
  }
  out.writeLiteral(nullText);
}

/**
 * A value that is not what its schema says.
 * @throws JsonSyntaxError when the value is no JSON either
 */
export function mismatch(schema: Schema, path: string, source: Buffer, position: number, end: number): Error {
  const type = schema.name === undefined ? schema.type : `${schema.type} (${schema.name})`;
  return recordInvalid(
    `Field ${path} is ${type} in the schema, but its value is ${excerpt(source, position, skipValue(source, position, end))}.`,
    'Correct the producer: the payload has to follow the schema that is sent with it.',
  );
}
