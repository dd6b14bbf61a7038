/** What the bodies of all types that are written anew have in common. */
import { mismatch, NO_MATCH, type ValueBody } from '../../converters/codec.js';
import type { Schema } from '../../data/schema.js';
import { QUOTE } from '../../json/bytes.js';
import { decodeString, integerOf, skipString, skipValue } from '../../json/index.js';
import type { RowBuffer } from '../../rows/index.js';

/** A body that makes a text of the value's own text, and writes it as a JSON string. */
export function textBody(schema: Schema, path: string, textOf: (value: string) => string | undefined): ValueBody {
  return rewriting((source, position, end, out) => {
    const after = skipString(source, checkedQuote(schema, path, source, position, end), end);
    const text = textOf(decodeString(source, position + 1, after - 1));
    if (text === undefined) throw mismatch(schema, path, source, position, after);
    writeText(text, out);
    return after;
  });
}

/** A body that makes an ASCII text of an integer's digits, and writes it as a JSON string. */
export function integerTextBody(
  schema: Schema,
  path: string,
  textOf: (digits: string) => string | undefined,
): ValueBody {
  return rewriting((source, position, end, out) => {
    const after = skipValue(source, position, end);
    const number = source.toString('latin1', position, after);
    const digits = PLAIN_INTEGER.test(number) ? number : integerOf(number)?.toString();
    const text = digits === undefined ? undefined : textOf(digits);
    if (text === undefined) throw mismatch(schema, path, source, position, after);
    out.writeAscii(`"${text}"`);
    return after;
  });
}

/** A body that writes what it makes of bytes, which are base64 in JSON: JSON text in ASCII. */
export function bytesBody(schema: Schema, path: string, jsonOf: (bytes: Buffer) => string): ValueBody {
  return rewriting((source, position, end, out) => {
    const after = skipString(source, checkedQuote(schema, path, source, position, end), end);
    const bytes = decodeBase64(decodeString(source, position + 1, after - 1));
    if (bytes === undefined) throw mismatch(schema, path, source, position, after);
    out.writeAscii(jsonOf(bytes));
    return after;
  });
}

export function rewriting(write: ValueBody['write']): ValueBody {
  return { match: () => NO_MATCH, write, rewrites: true };
}

const PLAIN_INTEGER = /^(0|-?[1-9]\d*)$/;

/** The bytes of a base64 text; undefined when it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Writes the text as a JSON string. */
export function writeText(text: string, out: RowBuffer): void {
  out.writeLiteral(Buffer.from(JSON.stringify(text)));
}

function checkedQuote(schema: Schema, path: string, source: Buffer, position: number, end: number): number {
  if (source[position] !== QUOTE) throw mismatch(schema, path, source, position, end);
  return position;
}
