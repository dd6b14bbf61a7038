import { LEFT_BRACE, LEFT_BRACKET, NEWLINE, QUOTE, RIGHT_BRACE } from '../json/bytes.js';
import { decodeString, isNull, JsonSyntaxError, skipBlanks, skipString, skipValue, walkArray } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { asRecordInvalid, excerpt, recordInvalid } from './invalid.js';
import type { TextWriter } from './writers.js';

/**
 * A JSON object becomes one row. This is the pass-through: first and last byte are looked at, the database is the judge
 * of what is between them. Anything less simple is read in full:
 *
 * - white space around and inside the object: newlines are white space to JSON and an end of row to the database, so
 *   they become spaces;
 * - several objects in one value, separated by newlines: one row each, as the Java connector loads them;
 * - an array: one row per element.
 *
 * Throws RECORD_INVALID, with nothing written, for everything else.
 */
export function writeJsonText(source: Buffer, start: number, end: number, out: RowBuffer): number {
  if (end - start > 1 && source[start] === LEFT_BRACE && source[end - 1] === RIGHT_BRACE) {
    if (out.tryAppendLine(source, start, end)) return 1;
  }
  const rowsBefore = out.rows;
  const mark = out.mark();
  try {
    readJsonText(source, start, end, out);
    return out.rows - rowsBefore;
  } catch (error) {
    out.reset(mark);
    throw asRecordInvalid(error, source, start, end);
  }
}

/**
 * CSV is loaded as it is: the value is one row, or as many as it has lines. A newline at its end is not doubled, and a
 * value without any text makes no row, as the database skips empty lines. (A newline inside an enclosed field is counted
 * as the end of a row here; the database knows better.)
 */
export function writeCsvText(source: Buffer, start: number, end: number, out: RowBuffer): number {
  const last = end > start && source[end - 1] === NEWLINE ? end - 1 : end;
  return last === start ? 0 : out.appendLines(source, start, last);
}

/**
 * JSON that a JsonConverter without schema reads: objects and arrays become rows as above; a string is taken for the
 * text it holds. Returns undefined for `null`.
 */
export function writeSchemaless(
  source: Buffer,
  start: number,
  end: number,
  out: RowBuffer,
  writeText: TextWriter,
): number | undefined {
  const first = skipBlanks(source, start, end);
  if (first < end) {
    if (source[first] === QUOTE) return writeJsonString(source, first, end, out, writeText);
    if (isNull(source, first, end) && skipBlanks(source, first + 4, end) === end) return undefined;
  }
  return writeJsonText(source, start, end, out);
}

/** Writes the text inside a JSON string, whose opening quote is at `start`, as if it were the value. */
export function writeJsonString(
  source: Buffer,
  start: number,
  end: number,
  out: RowBuffer,
  writeText: TextWriter,
): number {
  try {
    const after = skipString(source, start, end);
    const rest = skipBlanks(source, after, end);
    if (rest < end) throw new JsonSyntaxError(rest, 'unexpected text after the end of the value');
    const text = Buffer.from(decodeString(source, start + 1, after - 1), 'utf8');
    return writeText(text, 0, text.length, out);
  } catch (error) {
    throw asRecordInvalid(error, source, start, end);
  }
}

function readJsonText(source: Buffer, start: number, end: number, out: RowBuffer): void {
  const first = skipBlanks(source, skipByteOrderMark(source, start, end), end);
  if (first < end && source[first] === LEFT_BRACKET) {
    const after = skipBlanks(source, writeElements(source, first, end, out), end);
    if (after < end) throw new JsonSyntaxError(after, 'unexpected text after the end of the array');
    return;
  }
  if (first === end) throw noObject('is empty');
  for (let at = first; at < end; ) {
    if (source[at] !== LEFT_BRACE) {
      if (at === first) throw noObject(`is ${excerpt(source, first, end)}`);
      throw new JsonSyntaxError(at, 'unexpected text after the end of the object');
    }
    const after = skipValue(source, at, end);
    out.appendFolded(source, at, after);
    at = skipBlanks(source, after, end);
  }
}

function writeElements(source: Buffer, start: number, end: number, out: RowBuffer): number {
  let index = 0;
  return walkArray(source, start, end, (valueStart, valueEnd) => {
    if (source[valueStart] !== LEFT_BRACE) {
      throw noObject(`is an array whose element ${index} is ${excerpt(source, valueStart, valueEnd)}`);
    }
    out.appendFolded(source, valueStart, valueEnd);
    index++;
  });
}

/** Some tools begin every text with U+FEFF. Databases take it for data. */
function skipByteOrderMark(source: Buffer, start: number, end: number): number {
  const present = end - start >= 3 && source.readUIntBE(start, 3) === 0xefbbbf;
  return present ? start + 3 : start;
}

function noObject(found: string): Error {
  return recordInvalid(
    `A JSON row has to be an object, but the value ${found}.`,
    'Produce one JSON object per record, or set sink.properties.format=csv if the values are lines of CSV.',
  );
}
