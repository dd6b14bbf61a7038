import type { Schema } from '../data/schema.js';
import { LEFT_BRACKET, LOWER_N, QUOTE } from '../json/bytes.js';
import { isNull, JsonSyntaxError, walkArray } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { type CodecOptions, mismatch, type ValueCodec, writeNull } from './codec.js';
import { compileCodec } from './codec-compile.js';
import { recordInvalid } from './invalid.js';
import { writeJsonString, writeSchemaless } from './text-rows.js';
import type { TextWriter, ValueWriter } from './writers.js';

export interface PayloadOptions extends CodecOptions {
  writeText: TextWriter;
  /** Told the schema before rows of it are written. */
  onSchema?: ((schema: Schema) => void) | undefined;
}

/**
 * Compiles what a payload of this schema becomes: a struct or a map with string keys one row, an array of them one row
 * per element, a string the text it holds, and anything under a null schema what it is without schema.
 *
 * A writer takes exactly one value, which fills the span; it throws JsonSyntaxError when it does not, and
 * SluiceError RECORD_INVALID when the value is not of the schema. Nothing is written then.
 */
export function createPayloadWriter(schema: Schema | null, options: PayloadOptions): ValueWriter {
  const { writeText } = options;
  if (schema === null) return (source, start, end, out) => writeSchemaless(source, start, end, out, writeText);
  const codec = compileCodec(schema, 'payload', options);
  const writeKnown = rowsOf(schema, codec, options);
  const { onSchema } = options;
  const writeRows: ValueWriter =
    onSchema === undefined
      ? writeKnown
      : (source, start, end, out) => {
          onSchema(schema);
          return writeKnown(source, start, end, out);
        };

  return (source, start, end, out) => {
    if (!isNull(source, start, end)) return writeRows(source, start, end, out);
    if (schema.optional && (schema.defaultJson === undefined || !options.replaceNullWithDefault)) return undefined;
    return writeDefault(codec, writeRows, out);
  };
}

function rowsOf(
  schema: Schema,
  codec: ValueCodec,
  { writeText, onSchema: _, ...options }: PayloadOptions,
): ValueWriter {
  if (isRow(schema)) return (source, start, end, out) => writeRow(codec, source, start, end, out);
  if (schema.type === 'ARRAY' && isRow(schema.items)) {
    return arrayRows(schema, compileCodec(schema.items, 'payload[]', options));
  }
  if (schema.type !== 'STRING') return writeText;
  return (source, start, end, out) => {
    if (source[start] !== QUOTE) throw mismatch(schema, codec.path, source, start, end);
    return writeJsonString(source, start, end, out, writeText);
  };
}

function isRow(schema: Schema): boolean {
  return schema.type === 'STRUCT' || (schema.type === 'MAP' && schema.keys.type === 'STRING');
}

function arrayRows(schema: Schema, items: ValueCodec): ValueWriter {
  return (source, start, end, out) => {
    if (source[start] !== LEFT_BRACKET) throw mismatch(schema, 'payload', source, start, end);
    const mark = out.mark();
    let rows = 0;
    try {
      const after = walkArray(source, start, end, (itemStart, itemEnd) => {
        if (source[itemStart] === LOWER_N) throw nullRow();
        rows += writeRow(items, source, itemStart, itemEnd, out);
      });
      checkEnd(after, end);
      return rows;
    } catch (error) {
      out.reset(mark);
      throw error;
    }
  };
}

function writeRow(codec: ValueCodec, source: Buffer, start: number, end: number, out: RowBuffer): number {
  if (!codec.rewrites && codec.match(source, start, end) === end) {
    out.appendLine(source, start, end);
    return 1;
  }
  try {
    checkEnd(codec.write(source, start, end, out), end);
  } catch (error) {
    out.discardRow();
    throw error;
  }
  out.endRow();
  return 1;
}

/** @throws JsonSyntaxError when there is more in the span than the value that ends at `after` */
export function checkEnd(after: number, end: number): void {
  if (after !== end) throw new JsonSyntaxError(after, 'unexpected text after the end of the value');
}

/** The default of the schema as if it were the payload; for a required schema without one, the error for null. */
function writeDefault(codec: ValueCodec, writeRows: ValueWriter, out: RowBuffer): number | undefined {
  if (codec.nullText === undefined) writeNull(codec, out);
  const text = codec.nullText ?? Buffer.alloc(0);
  return writeRows(text, 0, text.length, out);
}

function nullRow(): Error {
  return recordInvalid('A row cannot be null, but the array in payload has a null element.', 'Correct the producer.');
}
