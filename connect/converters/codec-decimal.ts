import type { PrimitiveSchema } from '../data/schema.js';
import { QUOTE } from '../json/bytes.js';
import { decimalText, decodeString, MAX_DECIMAL_DIGITS, skipNumber, skipString } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { mismatch, NO_MATCH, type ValueBody } from './codec.js';
import { beginsNumber } from './codec-scalars.js';
import { recordInvalid } from './invalid.js';

/** More bytes than this are no number that a database could hold. */
const MAX_UNSCALED_BYTES = 1024;

/**
 * Connect's Decimal: in JSON a number, or base64 of the unscaled value, two's complement and big-endian, with the scale
 * in the schema (org.apache.kafka.connect.data.Decimal). Written as a JSON number with every digit.
 */
export function decimalBody(schema: PrimitiveSchema, path: string): ValueBody {
  const scale = scaleOf(schema, path);

  function match(source: Buffer, position: number, end: number): number {
    return beginsNumber(source[position]) ? skipNumber(source, position, end) : NO_MATCH;
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    const number = match(source, position, end);
    if (number !== NO_MATCH) {
      out.writeBytes(source, position, number);
      return number;
    }
    if (source[position] !== QUOTE) throw mismatch(schema, path, source, position, end);
    const after = skipString(source, position, end);
    const unscaled = unscaledOf(decodeString(source, position + 1, after - 1));
    if (unscaled === undefined) throw mismatch(schema, path, source, position, after);
    out.writeAscii(decimalText(unscaled, scale));
    return after;
  }

  return { match, write, rewrites: true };
}

function scaleOf(schema: PrimitiveSchema, path: string): number {
  const text = schema.parameters?.scale;
  const scale = text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(scale) <= MAX_DECIMAL_DIGITS) return scale;
  throw recordInvalid(
    text === undefined
      ? `Invalid Decimal schema: scale parameter not found (field ${path}).`
      : `Invalid scale parameter found in Decimal schema: ${text.slice(0, 20)} (field ${path}).`,
    'Correct the schema that the producer puts into its messages.',
  );
}

function unscaledOf(base64: string): bigint | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.length > MAX_UNSCALED_BYTES) return undefined;
  // Up to 48 bits are exact in a number, and several times faster to read.
  if (bytes.length <= 6) return BigInt(bytes.readIntBE(0, bytes.length));
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}
