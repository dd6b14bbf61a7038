import { SluiceError } from '../errors.js';
import { LEFT_BRACE, NEWLINE, QUOTE } from '../json/bytes.js';
import { decodeString, isNull, type MemberVisitor, walkObject } from '../json/index.js';
import { ChunkPool, RowBuffer } from '../rows/index.js';
import { asRecordInvalid, excerpt, recordInvalid } from './invalid.js';
import type { RowEncoder } from './row-encoder.js';

/** How lines of CSV are made from rows with names. */
export interface CsvLayout {
  /** The fields of a line, in order, by the names that records have for them. */
  readonly columns: readonly string[];
  readonly columnSeparator: Buffer;
  readonly lineDelimiter: Buffer;
  /** One character around fields that hold separators or itself. */
  readonly enclose?: string;
  /** One character before `enclose`, and before itself, within such fields. */
  readonly escape?: string;
}

/** Writes one row, a JSON object that fills the span, in another form to the end of `out`. */
export type RowWriter = (source: Buffer, start: number, end: number, out: RowBuffer) => void;

/** What Doris and StarRocks read as NULL. */
const NULL_TEXT = Buffer.from('\\N');

/**
 * Lines of CSV from JSON rows: null and what a row does not have become `\N`, texts what they hold, objects and arrays
 * their JSON.
 *
 * The writer throws SluiceError RECORD_INVALID, with nothing written, for a field that would end early.
 */
export function createCsvRowWriter(layout: CsvLayout): RowWriter {
  const { columns, columnSeparator, lineDelimiter } = layout;
  const slots = new Map(columns.map((name, slot) => [name, slot]));
  const fields: Buffer[] = [];

  return (source, start, end, out) => {
    fields.length = 0;
    eachMember(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
      const slot = slots.get(decodeString(source, nameStart, nameEnd));
      if (slot === undefined || isNull(source, valueStart, valueEnd)) return;
      fields[slot] ??= fieldOf(source, valueStart, valueEnd, columns[slot] ?? '', layout);
    });
    for (let slot = 0; slot < columns.length; slot++) {
      if (slot > 0) out.writeLiteral(columnSeparator);
      const field = fields[slot] ?? NULL_TEXT;
      out.writeBytes(field, 0, field.length);
    }
    out.endDelimitedRow(lineDelimiter);
  };
}

/** An encoder whose rows, one JSON object a line, are written in another form. */
export function rewriting(encoder: RowEncoder, writeRow: RowWriter): RowEncoder {
  const scratch = new RowBuffer(new ChunkPool());
  const encode: RowEncoder['encode'] = (record, out) => {
    const mark = out.mark();
    const rowsBefore = out.rows;
    try {
      encoder.encode(record, scratch);
      eachLine(scratch, (source, start, end) => writeRow(source, start, end, out));
      return out.rows - rowsBefore;
    } catch (error) {
      out.reset(mark);
      throw error;
    } finally {
      scratch.release();
    }
  };
  return { encode, explainInvalid: (record) => explained(encode, record) };
}

/** Values that are lines of CSV already, for a line delimiter that is not a newline: each value ends with one. */
export function delimiting(encoder: RowEncoder, lineDelimiter: Buffer): RowEncoder {
  const encode: RowEncoder['encode'] = (record, out) => {
    const { buffer, valueStart, valueEnd } = record;
    if (valueStart < 0) return encoder.encode(record, out);
    const isEnded = buffer.subarray(valueStart, valueEnd).subarray(-lineDelimiter.length).equals(lineDelimiter);
    const end = isEnded ? valueEnd - lineDelimiter.length : valueEnd;
    if (end === valueStart) return 0;
    out.writeBytes(buffer, valueStart, end);
    out.endDelimitedRow(lineDelimiter);
    return 1;
  };
  return { encode, explainInvalid: (record) => explained(encode, record) };
}

/** Shows every row of a buffer whose rows end with newlines. */
export function eachLine(rows: RowBuffer, visit: (source: Buffer, start: number, end: number) => void): void {
  for (const chunk of rows.chunks()) {
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, start);
      visit(chunk, start, end);
      start = end + 1;
    }
  }
}

function fieldOf(source: Buffer, start: number, end: number, name: string, layout: CsvLayout): Buffer {
  const isText = source[start] === QUOTE;
  const text = isText ? decodeString(source, start + 1, end - 1) : source.toString('utf8', start, end);
  const field = Buffer.from(text);
  const { columnSeparator, lineDelimiter, enclose, escape: escaping } = layout;
  const isCut = breaks(field, columnSeparator) || breaks(field, lineDelimiter);
  // Whether `\N` within marks is NULL differs between versions.
  const isNullText = isText && field.equals(NULL_TEXT);
  if (enclose !== undefined && !isNullText) {
    const isSpecial = text.includes(enclose) || (escaping !== undefined && text.includes(escaping));
    return isCut || isSpecial ? Buffer.from(enclosed(text, enclose, escaping)) : field;
  }
  if (!isCut && !isNullText) return field;
  throw recordInvalid(
    `Field ${name} cannot be written as CSV: ${excerpt(source, start, end)} holds a separator, or reads as NULL.`,
    'Set sink.properties.enclose (and sink.properties.escape), choose other separators, or load JSON.',
  );
}

/** Whether the separator is in the field, or may come about where the two meet. */
function breaks(field: Buffer, separator: Buffer): boolean {
  if (field.includes(separator)) return true;
  if (separator.length === 1 || field.length === 0) return false;
  return separator.includes(field[0] ?? 0) || separator.includes(field[field.length - 1] ?? 0);
}

function enclosed(text: string, enclose: string, escaping: string | undefined): string {
  const mark = escaping ?? enclose;
  const special = new Set([enclose, mark]);
  const body = [...text].map((character) => (special.has(character) ? mark + character : character)).join('');
  return enclose + body + enclose;
}

function explained(encode: RowEncoder['encode'], record: Parameters<RowEncoder['encode']>[0]): SluiceError | undefined {
  const rows = new RowBuffer(new ChunkPool());
  try {
    encode(record, rows);
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  } finally {
    rows.release();
  }
}

function eachMember(source: Buffer, start: number, end: number, visit: MemberVisitor): void {
  try {
    walkObject(source, start, end, visit);
  } catch (error) {
    throw asRecordInvalid(error, source, start, end);
  }
}

/**
 * The text of a member of the JSON object, found by its name or, from object to object, by a path with dots; undefined
 * where there is none, or null.
 *
 * @throws SluiceError RECORD_INVALID when it is no JSON
 */
export function memberText(source: Buffer, start: number, end: number, name: string): string | undefined {
  let found: string | undefined;
  const dot = name.indexOf('.');
  // Escapes only make a name longer.
  const shortest = Buffer.byteLength(dot > 0 ? name.slice(0, dot) : name);
  eachMember(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    if (found !== undefined || nameEnd - nameStart < shortest) return;
    const own = decodeString(source, nameStart, nameEnd);
    if (own === name) {
      const isText = source[valueStart] === QUOTE;
      if (isText) found = decodeString(source, valueStart + 1, valueEnd - 1);
      else if (!isNull(source, valueStart, valueEnd)) found = source.toString('utf8', valueStart, valueEnd);
    } else if (dot > 0 && own === name.slice(0, dot) && source[valueStart] === LEFT_BRACE) {
      found = memberText(source, valueStart, valueEnd, name.slice(dot + 1));
    }
  });
  return found;
}
