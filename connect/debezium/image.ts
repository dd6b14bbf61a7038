/** Row images: from the object in `before`, `after` or a flattened event to a row, in one pass. */
import { type CodecOptions, NO_MATCH, type ValueCodec, writeNull } from '../converters/codec.js';
import { compileCodec } from '../converters/codec-compile.js';
import { matchLiteral } from '../converters/codec-containers.js';
import type { Field, Schema, StructSchema } from '../data/schema.js';
import { COMMA, LEFT_BRACE, RIGHT_BRACE } from '../json/bytes.js';
import { decodeString, skipBlanks, skipValue, walkObject } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { unavailableForms, unavailableValues } from './unavailable.js';

/**
 * Writes the row of an image, given as the span of its object, with `lastMember` behind its columns unless that is
 * empty; the row is still in progress then. Returns the names of the columns that were left out, as their values are unavailable.
 * @throws SluiceError RECORD_INVALID, JsonSyntaxError; the row in progress is then to be discarded
 */
export type ImageWriter = (
  source: Buffer,
  start: number,
  end: number,
  out: RowBuffer,
  lastMember: Buffer,
) => readonly string[];

export interface ImageOptions extends Pick<CodecOptions, 'replaceNullWithDefault' | 'logicalBody'> {
  /** `unavailable.value.placeholder` of the source connector. */
  placeholder: string;
  /** What becomes of a row with unavailable values: it is written without them, or refused. */
  onUnavailable: 'omit' | 'fail';
  /** True for rows that only their key matters of: null is let through where the schema forbids it. */
  lenient: boolean;
  /** Fields that make no column. */
  without: readonly string[];
}

interface Column {
  readonly name: string;
  /** `"name":` */
  readonly literal: Buffer;
  readonly codec: ValueCodec;
  readonly unavailable: readonly Buffer[];
  readonly written: boolean;
}

const ABSENT = -1;
const NOTHING: readonly string[] = [];

export function compileImage(schema: StructSchema, path: string, options: ImageOptions): ImageWriter {
  const columns = schema.fields.map((field) => columnOf(field, path, options));
  const indexes = new Map(columns.map(({ name }, index) => [name, index]));
  const starts = new Array<number>(columns.length).fill(ABSENT);
  let first = true;
  let left: string[] | undefined;

  function begin(out: RowBuffer): void {
    out.writeByte(LEFT_BRACE);
    first = true;
    left = undefined;
  }

  function writeColumn(column: Column, source: Buffer, at: number, end: number, out: RowBuffer): number {
    for (const form of column.unavailable) {
      const after = matchLiteral(source, at, end, form);
      if (after === NO_MATCH) continue;
      if (column.written) {
        left ??= [];
        left.push(column.name);
      }
      return after;
    }
    if (!column.written) return skipValue(source, at, end);
    writeName(column, out);
    return column.codec.write(source, at, end, out);
  }

  function writeName({ literal }: Column, out: RowBuffer): void {
    if (!first) out.writeByte(COMMA);
    first = false;
    out.writeLiteral(literal);
  }

  /** As Connect's JsonConverter writes it: all fields, in the order of the schema, without white space. */
  function writeInOrder(source: Buffer, start: number, end: number, out: RowBuffer): boolean {
    begin(out);
    let at = start + 1;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      if (column === undefined || (index > 0 && source[at++] !== COMMA)) return false;
      at = matchLiteral(source, skipBlanks(source, at, end), end, column.literal);
      if (at === NO_MATCH) return false;
      at = writeColumn(column, source, skipBlanks(source, at, end), end, out);
    }
    return source[at] === RIGHT_BRACE && at + 1 === end;
  }

  function writeInAnyOrder(source: Buffer, start: number, end: number, out: RowBuffer): void {
    starts.fill(ABSENT);
    walkObject(source, start, end, (nameStart, nameEnd, valueStart) => {
      const index = indexes.get(decodeString(source, nameStart, nameEnd));
      if (index !== undefined) starts[index] = valueStart;
    });
    begin(out);
    let index = 0;
    for (const column of columns) {
      const at = starts[index++] ?? ABSENT;
      if (at !== ABSENT) writeColumn(column, source, at, end, out);
      else if (column.written) {
        writeName(column, out);
        writeNull(column.codec, out);
      }
    }
  }

  return (source, start, end, out, lastMember) => {
    if (!writeInOrder(source, start, end, out)) {
      out.discardRow();
      writeInAnyOrder(source, start, end, out);
    }
    if (left !== undefined && options.onUnavailable === 'fail') throw unavailableValues(path, left);
    if (!first && lastMember.length > 0) out.writeByte(COMMA);
    out.writeLiteral(lastMember);
    out.writeByte(RIGHT_BRACE);
    return left ?? NOTHING;
  };
}

function columnOf({ name, schema }: Field, path: string, options: ImageOptions): Column {
  const { logicalBody, placeholder, replaceNullWithDefault, lenient, without } = options;
  const part: Schema = lenient ? { ...schema, optional: true } : schema;
  const codecOptions: CodecOptions = {
    // A required field that is null has its default in any case, as Struct.get of Connect has it.
    replaceNullWithDefault: replaceNullWithDefault || !schema.optional,
    ...(logicalBody === undefined ? {} : { logicalBody }),
  };
  return {
    name,
    literal: Buffer.from(`${JSON.stringify(name)}:`),
    codec: compileCodec(part, `${path}.${name}`, codecOptions),
    unavailable: unavailableForms(schema, placeholder),
    written: !without.includes(name),
  };
}
