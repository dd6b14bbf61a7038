import type { Schema } from '../data/schema.js';
import { SluiceError } from '../errors.js';
import { NEWLINE } from '../json/bytes.js';
import { validate } from '../json/index.js';
import { ChunkPool, type LineRules, type RecordView, RowBuffer } from '../rows/index.js';
import { createEnvelopeWriter } from './envelope.js';
import { asRecordInvalid } from './invalid.js';
import { writeCsvText, writeJsonText, writeSchemaless } from './text-rows.js';
import type { TextWriter, ValueWriter } from './writers.js';

/** Which converter reads the value; the settings are those of `value.converter.*`. */
export interface ValueConverterOptions {
  /** `string` is Connect's StringConverter, `json` its JsonConverter. */
  converter: 'string' | 'json';
  /** `schemas.enable` of the JsonConverter; true by default, as in Connect. */
  schemasEnable?: boolean;
  /** `replace.null.with.default` of the JsonConverter; true by default, as in Connect. */
  replaceNullWithDefault?: boolean;
}

export interface RowEncoderOptions {
  value: ValueConverterOptions;
  /** Told the schema of every value that has one, before its rows are written. What it throws is thrown by `encode`. */
  onSchema?: ((schema: Schema) => void) | undefined;
  /** What the rows of the load are (`sink.properties.format`). It matters for values that are text. */
  format: 'json' | 'csv';
  /** What becomes of a record whose value is null (`behavior.on.null.values`). */
  onNull: 'ignore' | 'fail';
}

/** Turns records into rows. Compiled once for a configuration; holds caches, hence for one reader at a time. */
export interface RowEncoder {
  /** Values that keep these rules are rows as they stand: `encode` would do nothing but copy them. */
  readonly lineRules?: LineRules;

  /**
   * Writes the record's rows to the end of `out` and returns how many; 0 when the record is passed over.
   * @throws SluiceError RECORD_INVALID or RECORD_NULL, with `out` as it was before. Where the record comes from is for
   *   the caller to add with `within`.
   */
  encode(record: RecordView, out: RowBuffer): number;

  /**
   * Why a database may have refused the rows of this record: `encode` looks at little where bytes pass through, this
   * reads everything. Undefined when nothing is wrong with it as JSON (the table may still not take it), and always for
   * CSV that `encode` takes.
   */
  explainInvalid(record: RecordView): SluiceError | undefined;
}

export function createRowEncoder({ value, format, onNull, onSchema }: RowEncoderOptions): RowEncoder {
  const writeValue = createValueWriter(value, format === 'csv' ? writeCsvText : writeJsonText, onSchema);

  function encode(record: RecordView, out: RowBuffer): number {
    const { valueStart, valueEnd } = record;
    const rows = valueStart < 0 || valueEnd < 0 ? undefined : writeValue(record.buffer, valueStart, valueEnd, out);
    if (rows !== undefined) return rows;
    if (onNull === 'fail') throw nullRecord();
    return 0;
  }

  function explainInvalid(record: RecordView): SluiceError | undefined {
    const rows = new RowBuffer(new ChunkPool());
    try {
      encode(record, rows);
      if (format === 'json') for (const chunk of rows.chunks()) validateLines(chunk);
      return undefined;
    } catch (error) {
      if (error instanceof SluiceError) return error;
      throw error;
    }
  }

  const lineRules = lineRulesOf(value, format);
  return { ...(lineRules === undefined ? {} : { lineRules }), encode, explainInvalid };
}

function lineRulesOf(
  { converter, schemasEnable = true }: ValueConverterOptions,
  format: 'json' | 'csv',
): LineRules | undefined {
  if (converter === 'string') return format === 'json' ? 'json-objects' : 'text';
  return schemasEnable || format === 'csv' ? undefined : 'json-objects';
}

function createValueWriter(
  options: ValueConverterOptions,
  writeText: TextWriter,
  onSchema: RowEncoderOptions['onSchema'],
): ValueWriter {
  const { converter, schemasEnable = true, replaceNullWithDefault = true } = options;
  if (converter === 'string') return writeText;
  if (schemasEnable) return createEnvelopeWriter({ replaceNullWithDefault, writeText, onSchema });
  return (source, start, end, out) => writeSchemaless(source, start, end, out, writeText);
}

function validateLines(chunk: Buffer): void {
  for (let start = 0; start < chunk.length; ) {
    const end = chunk.indexOf(NEWLINE, start);
    try {
      validate(chunk, start, end);
    } catch (error) {
      throw asRecordInvalid(error, chunk, start, end);
    }
    start = end + 1;
  }
}

/** In the words of the Java connector, whose topic, partition and offset the caller adds as context. */
export function nullRecord(): SluiceError {
  return new SluiceError(
    'RECORD_NULL',
    "Null valued record was failed (the configuration property 'behavior.on.null.values' is 'FAIL').",
    { hint: 'Set behavior.on.null.values=ignore to pass over records without a value.' },
  );
}
