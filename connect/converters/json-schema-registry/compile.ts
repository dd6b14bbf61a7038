import { fromJsonForm } from '../../data/json-form.js';
import type { Schema } from '../../data/schema.js';
import type { SchemaAndValue } from '../../data/value.js';
import { SluiceError } from '../../errors.js';
import { LEFT_BRACKET, QUOTE } from '../../json/bytes.js';
import { isNull, JsonSyntaxError, skipBlanks, skipValue, walkArray } from '../../json/index.js';
import { ChunkPool, RowBuffer } from '../../rows/index.js';
import { isRow, type RecordDecoder } from '../binary/record-decoder.js';
import { mismatch, type ValueCodec } from '../codec.js';
import { asRecordInvalid, recordInvalid } from '../invalid.js';
import { writeJsonString } from '../text-rows.js';
import type { TextWriter } from '../writers.js';
import { compileJsonCodec } from './codec.js';
import { SchemaBuilder } from './connect-schema.js';
import type { JsonSchemaOptions } from './options.js';
import { type JsonSchemaSource, SchemaDocuments } from './schema-documents.js';

/**
 * Compiles a JSON schema: values are JSON texts. A struct or a map makes one row, an array of them one row per element, a
 * string what its text holds; anything else goes to `writeText`.
 * @throws SluiceError RECORD_INVALID when the schema is wrong or has no form in Connect
 */
export function compileJsonSchema(
  source: JsonSchemaSource,
  options: JsonSchemaOptions,
  writeText: TextWriter,
): RecordDecoder {
  const documents = new SchemaDocuments(source);
  const schema = new SchemaBuilder(documents, options, defaultText).build(documents.root);
  const codec = compileJsonCodec(schema, 'value');
  const writeRoot = rootWriter(schema, codec, writeText);

  function writeRows(buffer: Buffer, start: number, end: number, out: RowBuffer): number | undefined {
    const mark = out.mark();
    try {
      const first = skipBlanks(buffer, start, end);
      const last = valueEnd(buffer, first, end);
      return isNull(buffer, first, end) ? undefined : writeRoot(buffer, first, last, out);
    } catch (error) {
      out.discardRow();
      out.reset(mark);
      throw asRecordInvalid(error, buffer, start, end);
    }
  }

  function read(buffer: Buffer, start: number, end: number): SchemaAndValue {
    try {
      const first = skipBlanks(buffer, start, end);
      valueEnd(buffer, first, end);
      if (isNull(buffer, first, end)) return { schema, value: null };
      return { schema, value: fromJsonForm(schema, connectText(codec, buffer, first, end)) };
    } catch (error) {
      throw asRecordInvalid(asValueError(error), buffer, start, end);
    }
  }

  return { schema, read, writeRows };
}

/** Where the value ends, behind which nothing may be. */
function valueEnd(buffer: Buffer, start: number, end: number): number {
  const after = skipValue(buffer, start, end);
  const rest = skipBlanks(buffer, after, end);
  if (rest < end) throw new JsonSyntaxError(rest, 'unexpected text after the end of the value');
  return after;
}

type RootWriter = (buffer: Buffer, start: number, end: number, out: RowBuffer) => number;

function rootWriter(schema: Schema, codec: ValueCodec, writeText: TextWriter): RootWriter {
  if (isRow(schema)) return (buffer, start, end, out) => writeRow(codec, buffer, start, end, out);
  if (schema.type === 'ARRAY' && isRow(schema.items)) {
    const items = compileJsonCodec(schema.items, 'value[]');
    return (buffer, start, end, out) => {
      if (buffer[start] !== LEFT_BRACKET) throw mismatch(schema, 'value', buffer, start, end);
      let rows = 0;
      walkArray(buffer, start, end, (itemStart, itemEnd) => {
        rows += writeRow(items, buffer, itemStart, itemEnd, out);
      });
      return rows;
    };
  }
  if (schema.type !== 'STRING') return writeText;
  return (buffer, start, end, out) => {
    if (buffer[start] !== QUOTE) throw mismatch(schema, 'value', buffer, start, end);
    return writeJsonString(buffer, start, end, out, writeText);
  };
}

function writeRow(codec: ValueCodec, buffer: Buffer, start: number, end: number, out: RowBuffer): number {
  if (!codec.rewrites && codec.match(buffer, start, end) === end) {
    out.appendLine(buffer, start, end);
    return 1;
  }
  codec.write(buffer, start, end, out);
  out.endRow();
  return 1;
}

/** The value as Connect's JsonConverter would write it. */
function connectText(codec: ValueCodec, buffer: Buffer, start: number, end: number): string {
  const scratch = new RowBuffer(new ChunkPool({ chunkSizeBytes: 16_384 }));
  codec.write(buffer, start, end, scratch);
  scratch.endRow();
  return Buffer.concat(scratch.chunks()).toString('utf8');
}

function defaultText(schema: Schema, json: string): string | undefined {
  const bytes = Buffer.from(json);
  try {
    return connectText(compileJsonCodec(schema, 'default'), bytes, 0, bytes.length).trimEnd();
  } catch (error) {
    // Connect passes over wrong defaults too.
    if (error instanceof SluiceError || error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

function asValueError(error: unknown): unknown {
  if (error instanceof SluiceError || error instanceof JsonSyntaxError || !(error instanceof Error)) return error;
  return recordInvalid(`The value does not follow its schema: ${error.message}.`, 'Correct the producer.', error);
}
