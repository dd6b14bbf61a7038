import { isUtf8 } from 'node:buffer';
import { BACKSLASH, QUOTE, SPACE } from '../../json/bytes.js';
import { decimalText, float32Text, float64Text } from '../../json/index.js';
import type { RowBuffer } from '../../rows/index.js';
import type { ByteCursor } from './byte-cursor.js';

const FALSE = Buffer.from('false');
const TRUE = Buffer.from('true');

/** Up to 48 bits are exact in a number, and several times faster to read than a bigint. */
const MAX_NUMBER_BYTES = 6;

/** The big-endian two's complement integer of a span; 0 for an empty one. */
export function bigEndianInteger(source: Buffer, start: number, end: number): bigint {
  const sizeBytes = end - start;
  if (sizeBytes === 0) return 0n;
  if (sizeBytes <= MAX_NUMBER_BYTES) return BigInt(source.readIntBE(start, sizeBytes));
  return BigInt.asIntN(sizeBytes * 8, BigInt(`0x${source.toString('hex', start, end)}`));
}

export function writeInteger(value: number | bigint, out: RowBuffer): void {
  if (typeof value === 'number' && value >= 0 && value <= 9) out.writeByte(0x30 + value);
  else out.writeAscii(value.toString());
}

export function writeBoolean(value: boolean, out: RowBuffer): void {
  out.writeLiteral(value ? TRUE : FALSE);
}

/** JSON has no NaN and no infinity: as Connect's JsonConverter writes them, in quotes. */
export function writeFloat64(value: number, out: RowBuffer): void {
  out.writeAscii(Number.isFinite(value) ? float64Text(value) : `"${value}"`);
}

/** The shortest text that is this number in 32 bits. */
export function writeFloat32(value: number, out: RowBuffer): void {
  out.writeAscii(Number.isFinite(value) ? float32Text(value) : `"${value}"`);
}

export function writeBase64(source: Buffer, start: number, end: number, out: RowBuffer): void {
  out.writeByte(QUOTE);
  out.writeAscii(source.toString('base64', start, end));
  out.writeByte(QUOTE);
}

/** A decimal as a JSON number with every digit, from its unscaled value in big-endian two's complement. */
export function writeDecimal(source: Buffer, start: number, end: number, scale: number, out: RowBuffer): void {
  out.writeAscii(decimalText(bigEndianInteger(source, start, end), scale));
}

/**
 * UTF-8 text as a JSON string. Bytes that are no UTF-8 become U+FFFD, as Java reads them; with `strict`, they are an
 * error of that cursor.
 */
export function writeUtf8(source: Buffer, start: number, end: number, out: RowBuffer, strict?: ByteCursor): void {
  out.writeByte(QUOTE);
  if (out.tryWritePlain(source, start, end)) out.writeByte(QUOTE);
  else writeRest(source, start, end, out, strict);
}

/** All of it behind the opening quote, for texts that are not plain ASCII. */
function writeRest(source: Buffer, start: number, end: number, out: RowBuffer, strict: ByteCursor | undefined): void {
  const isWellFormed = isUtf8(source.subarray(start, end));
  if (!isWellFormed && strict !== undefined) throw strict.invalid('a text that is not UTF-8');
  if (isWellFormed && !needsEscapes(source, start, end)) {
    out.writeBytes(source, start, end);
    out.writeByte(QUOTE);
    return;
  }
  out.writeLiteral(Buffer.from(JSON.stringify(source.toString('utf8', start, end))).subarray(1));
}

function needsEscapes(source: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = source[at] ?? 0;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) return true;
  }
  return false;
}

export function writeText(text: string, out: RowBuffer): void {
  out.writeLiteral(Buffer.from(JSON.stringify(text)));
}
