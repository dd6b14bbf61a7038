/** Rows of Connect's values, in the form in which converters write them from bytes. */
import { recordInvalid } from '../converters/invalid.js';
import type { TextWriter } from '../converters/writers.js';
import { type JsonTextOptions, jsonText } from '../data/json-text.js';
import { type SchemaAndValue, Struct, type Value } from '../data/value.js';
import type { RowBuffer } from '../rows/index.js';

export interface ValueRowsOptions extends JsonTextOptions {
  /** Takes values that are texts. */
  readonly writeText: TextWriter;
}

/**
 * Writes the rows of a value and returns how many; undefined when it is null. A struct or a map is one row, a list one
 * row per element, a text what it holds; of anything else, its text is tried.
 *
 * @throws SluiceError RECORD_INVALID, with `out` as it was before
 */
export function writeValueRows(
  { schema, value }: SchemaAndValue,
  options: ValueRowsOptions,
  out: RowBuffer,
): number | undefined {
  if (value === null) return undefined;
  if (isObject(value)) return writeLine(jsonText(value, schema, options), out);
  if (isList(value) && value.every((element) => element === null || isObject(element))) {
    const items = schema?.type === 'ARRAY' ? schema.items : undefined;
    if (value.includes(null)) throw nullRow();
    for (const element of value) writeLine(jsonText(element, items, options), out);
    return value.length;
  }
  const text = textOf({ schema, value });
  return options.writeText(text, 0, text.length, out);
}

/** Whether the value has fields, so that it is a row. */
export function isObject(value: Value): boolean {
  return value instanceof Struct || value instanceof Map;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function textOf({ schema, value }: SchemaAndValue): Buffer {
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : jsonText(value, schema));
}

function writeLine(text: string, out: RowBuffer): number {
  out.appendText(text);
  return 1;
}

function nullRow(): Error {
  return recordInvalid('A row cannot be null, but the array in the value has a null element.', 'Correct the producer.');
}
