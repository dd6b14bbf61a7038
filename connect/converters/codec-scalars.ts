import type { PrimitiveSchema, PrimitiveType } from '../data/schema.js';
import { BACKSLASH, DIGIT_0, DIGIT_9, DOT, MINUS, QUOTE } from '../json/bytes.js';
import { integerOf, skipNumber, skipString } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { mismatch, NO_MATCH, type ValueBody } from './codec.js';

type Match = ValueBody['match'];

/** Digits of the largest INT64. */
const MAX_INTEGER_DIGITS = 19;

const INTEGER_BITS: Partial<Record<PrimitiveType, number>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 };

/** Values that are right as they are: every type but Decimal and the containers. */
export function scalarBody(schema: PrimitiveSchema, path: string): ValueBody {
  const bits = INTEGER_BITS[schema.type];
  if (bits !== undefined) return integerBody(schema, path, bits);
  const match = matcherOf(schema.type);

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    const after = match(source, position, end);
    if (after === NO_MATCH) throw mismatch(schema, path, source, position, end);
    out.writeBytes(source, position, after);
    return after;
  }

  return { match, write, rewrites: false };
}

/** True when a JSON number begins with this byte. */
export function beginsNumber(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= DIGIT_0 && byte <= DIGIT_9) || byte === MINUS);
}

function matcherOf(type: PrimitiveType): Match {
  switch (type) {
    case 'STRING':
      return (source, position, end) => (source[position] === QUOTE ? skipString(source, position, end) : NO_MATCH);
    case 'BOOLEAN':
      return (source, position, end) => matchWords(source, position, end, BOOLEANS);
    case 'BYTES':
      return matchBase64;
    default:
      return matchFloat;
  }
}

const BOOLEANS = ['true', 'false'].map((word) => Buffer.from(word));

/** JSON has no such numbers: Connect's JsonConverter writes them in quotes. */
const NOT_FINITE = ['"NaN"', '"Infinity"', '"-Infinity"'].map((word) => Buffer.from(word));

function matchFloat(source: Buffer, position: number, end: number): number {
  if (beginsNumber(source[position])) return skipNumber(source, position, end);
  return matchWords(source, position, end, NOT_FINITE);
}

function matchWords(source: Buffer, position: number, end: number, words: readonly Buffer[]): number {
  for (const word of words) {
    const after = position + word.length;
    if (after <= end && source.compare(word, 0, word.length, position, after) === 0) return after;
  }
  return NO_MATCH;
}

/** Base64 without line breaks; a `/` may be escaped, as JSON allows. */
function matchBase64(source: Buffer, position: number, end: number): number {
  if (source[position] !== QUOTE) return NO_MATCH;
  for (let at = position + 1; at < end; at++) {
    const byte = source[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    const escapedSlash = byte === BACKSLASH && source[at + 1] === 0x2f;
    if (!escapedSlash && !BASE64[byte]) return NO_MATCH;
  }
  return NO_MATCH;
}

const BASE64: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/=]/.test(String.fromCharCode(byte)),
);

/**
 * Integers that fit their type. Connect would cut others down to the type's bits without a word; here they are refused.
 * A whole number written as `7.0` or `7e0` is written as `7`.
 */
function integerBody(schema: PrimitiveSchema, path: string, bits: number): ValueBody {
  const limit = 2n ** BigInt(bits - 1);
  const safeDigits = limit.toString().length - 1;
  const fits = (value: bigint): boolean => value >= -limit && value < limit;

  function match(source: Buffer, position: number, end: number): number {
    const first = source[position] === MINUS ? position + 1 : position;
    let at = first;
    while (at < end && isDigit(source[at])) at++;
    const digits = at - first;
    if (digits === 0 || (digits > 1 && source[first] === DIGIT_0) || continuesNumber(source, at, end)) return NO_MATCH;
    if (digits <= safeDigits) return at;
    return digits <= MAX_INTEGER_DIGITS && fits(BigInt(source.toString('latin1', position, at))) ? at : NO_MATCH;
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    const plain = match(source, position, end);
    if (plain !== NO_MATCH) {
      out.writeBytes(source, position, plain);
      return plain;
    }
    if (!beginsNumber(source[position])) throw mismatch(schema, path, source, position, end);
    const after = skipNumber(source, position, end);
    const value = integerOf(source.toString('latin1', position, after));
    if (value === undefined || !fits(value)) throw mismatch(schema, path, source, position, after);
    out.writeAscii(value.toString());
    return after;
  }

  return { match, write, rewrites: false };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}

function continuesNumber(source: Buffer, position: number, end: number): boolean {
  const byte = position < end ? source[position] : undefined;
  return byte === DOT || byte === 0x65 || byte === 0x45;
}
