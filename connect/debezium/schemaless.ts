/**
 * Row images of events without a schema (`schemas.enable=false`).
 *
 * The types are not in the event: numbers stay numbers. What can be told by its form is converted, which is geometry and
 * decimals of a variable scale; dates and decimals in bytes can not, unless the caller knows the columns.
 */
import { type CodecOptions, NO_MATCH, type ValueCodec } from '../converters/codec.js';
import { compileCodec } from '../converters/codec-compile.js';
import { matchLiteral } from '../converters/codec-containers.js';
import type { Schema, StructSchema } from '../data/schema.js';
import { COLON, COMMA, LEFT_BRACE, LOWER_N, QUOTE, RIGHT_BRACE, SPACE } from '../json/bytes.js';
import { decodeString, walkObject } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import type { ImageOptions, ImageWriter } from './image.js';
import { writeVariableScaleDecimal } from './types/data.js';
import { writeGeometry } from './types/geometry.js';
import { unavailableForms, unavailableValues } from './unavailable.js';

const NOTHING: readonly string[] = [];

/**
 * `columns` are those whose types are known from elsewhere; the others are written as they come, and so are values that
 * cannot be of the type that is known (a text where it is a number).
 */
export function createSchemalessImage(
  columns: StructSchema | undefined,
  path: string,
  options: ImageOptions,
): ImageWriter {
  const codecs = codecsOf(columns, path, options);
  const placeholders = unavailableForms(undefined, options.placeholder);

  function isUnavailable(source: Buffer, start: number, end: number): boolean {
    return placeholders.some((form) => matchLiteral(source, start, end, form) !== NO_MATCH);
  }

  return (source, start, end, out, lastMember) => {
    let left: string[] | undefined;
    let first = true;
    out.writeByte(LEFT_BRACE);
    walkObject(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
      const name = decodeString(source, nameStart, nameEnd);
      if (options.without.includes(name)) return;
      if (isUnavailable(source, valueStart, valueEnd)) {
        left ??= [];
        left.push(name);
        return;
      }
      if (!first) out.writeByte(COMMA);
      first = false;
      out.writeBytes(source, nameStart - 1, nameEnd + 1);
      out.writeByte(COLON);
      const codec = codecs.get(name);
      if (codec === undefined || !canBe(codec.schema, source[valueStart]))
        writeByForm(source, valueStart, valueEnd, out);
      else codec.write(source, valueStart, valueEnd, out);
    });
    if (left !== undefined && options.onUnavailable === 'fail') throw unavailableValues(path, left);
    if (!first && lastMember.length > 0) out.writeByte(COMMA);
    out.writeLiteral(lastMember);
    out.writeByte(RIGHT_BRACE);
    return left ?? NOTHING;
  };
}

function codecsOf(columns: StructSchema | undefined, path: string, { logicalBody }: ImageOptions) {
  const options: CodecOptions = {
    replaceNullWithDefault: false,
    ...(logicalBody === undefined ? {} : { logicalBody }),
  };
  const codecs = new Map<string, ValueCodec>();
  for (const { name, schema } of columns?.fields ?? []) {
    codecs.set(name, compileCodec({ ...schema, optional: true }, `${path}.${name}`, options));
  }
  return codecs;
}

/** By the first byte of a value: texts and bytes have quotes, which numbers do not. */
function canBe({ type }: Schema, first: number | undefined): boolean {
  if (first === LOWER_N) return true;
  return (first === QUOTE) === (type === 'STRING' || type === 'BYTES');
}

function writeByForm(source: Buffer, start: number, end: number, out: RowBuffer): void {
  if (source[start] === LEFT_BRACE) {
    if (writeVariableScaleDecimal(source, start, end, out) !== undefined) return;
    if (writeGeometry(source, start, end, out) !== undefined) return;
  }
  writeOnOneLine(source, start, end, out);
}

/** Newlines between the parts of a value are white space to JSON, and the end of a row to the database. */
function writeOnOneLine(source: Buffer, start: number, end: number, out: RowBuffer): void {
  let from = start;
  for (let at = start; at < end; at++) {
    if ((source[at] ?? SPACE) >= SPACE) continue;
    out.writeBytes(source, from, at);
    out.writeByte(SPACE);
    from = at + 1;
  }
  out.writeBytes(source, from, end);
}
