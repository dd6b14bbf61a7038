/** The logical types of io.debezium.data, and bytes. */
import { mismatch, type ValueBody } from '../../converters/codec.js';
import type { PrimitiveSchema, Schema, StructSchema } from '../../data/schema.js';
import { BACKSLASH, LEFT_BRACE, QUOTE } from '../../json/bytes.js';
import { decimalText, decodeString, MAX_DECIMAL_DIGITS, skipString, walkObject } from '../../json/index.js';
import type { RowBuffer } from '../../rows/index.js';
import type { Dialect } from '../source.js';
import { bytesBody, decodeBase64, rewriting, writeText } from './rewriting.js';

/** Bytes have no form in rows: upper-case hexadecimal, as the Java connector for Doris writes them. */
export function hexBody(schema: Schema, path: string): ValueBody {
  return bytesBody(schema, path, (bytes) => `"${bytes.toString('hex').toUpperCase()}"`);
}

/** PostgreSQL's length of a bit string that is not of a fixed length. */
const UNBOUNDED_BITS = 65_535;

/**
 * BIT(n): Debezium sends the bits as bytes, the least significant byte first. PostgreSQL's bit strings become what it
 * shows, `1011`, with the zeros in front where the length is fixed; everybody else's the number that they are.
 */
export function bitsBody(schema: PrimitiveSchema, path: string, dialect: Dialect): ValueBody {
  if (dialect !== 'postgresql') return bytesBody(schema, path, (bytes) => unsignedOf(bytes).toString());
  const length = Number(schema.parameters?.length ?? 0);
  const sourceType = schema.parameters?.['__debezium.source.column.type'];
  const fixed = length > 0 && length <= UNBOUNDED_BITS && sourceType !== 'VARBIT';
  return bytesBody(
    schema,
    path,
    (bytes) =>
      `"${unsignedOf(bytes)
        .toString(2)
        .padStart(fixed ? length : 1, '0')}"`,
  );
}

function unsignedOf(littleEndian: Buffer): bigint {
  return littleEndian.length === 0 ? 0n : BigInt(`0x${Buffer.from(littleEndian).reverse().toString('hex')}`);
}

/**
 * The members of MySQL's and MariaDB's ENUM and SET come as their DDL spells them, with commas escaped:
 * `b\,c` is `b,c` and `f\\g` is `f\g`.
 */
export function memberBody(schema: Schema, path: string): ValueBody {
  return rewriting((source, position, end, out) => {
    if (source[position] !== QUOTE) throw mismatch(schema, path, source, position, end);
    const after = skipString(source, position, end);
    const escaped = source.subarray(position, after).includes(BACKSLASH);
    if (!escaped) out.writeBytes(source, position, after);
    else writeText(decodeString(source, position + 1, after - 1).replace(/\\([\\,'])/g, '$1'), out);
    return after;
  });
}

/** BIGINT UNSIGNED in its default form: the upper half of the values comes as negative numbers. */
export function unsignedBigintBody(schema: Schema, path: string, integers: ValueBody): ValueBody {
  return rewriting((source, position, end, out) => {
    const after = integers.match(source, position, end);
    if (after === -1) throw mismatch(schema, path, source, position, end);
    const text = source.toString('latin1', position, after);
    out.writeAscii(text.startsWith('-') ? BigInt.asUintN(64, BigInt(text)).toString() : text);
    return after;
  });
}

/** A decimal whose scale comes with every value: `{"scale":2,"value":"z8c="}` is `-123.45`. */
export function variableScaleDecimalBody(schema: StructSchema, path: string): ValueBody {
  return rewriting((source, position, end, out) => {
    if (source[position] !== LEFT_BRACE) throw mismatch(schema, path, source, position, end);
    const after = writeVariableScaleDecimal(source, position, end, out);
    if (after === undefined) throw mismatch(schema, path, source, position, end);
    return after;
  });
}

/** Writes the number; undefined, with nothing written, when the object is no VariableScaleDecimal. */
export function writeVariableScaleDecimal(
  source: Buffer,
  position: number,
  end: number,
  out: RowBuffer,
): number | undefined {
  let scale: string | undefined;
  let unscaled: Buffer | undefined;
  let members = 0;
  const after = walkObject(source, position, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    members++;
    const name = source.toString('latin1', nameStart, nameEnd);
    if (name === 'scale') scale = source.toString('latin1', valueStart, valueEnd);
    else if (name === 'value' && source[valueStart] === QUOTE) {
      unscaled = decodeBase64(decodeString(source, valueStart + 1, valueEnd - 1));
    }
  });
  if (members !== 2 || scale === undefined || unscaled === undefined || unscaled.length === 0) return undefined;
  if (!/^-?\d{1,5}$/.test(scale) || Math.abs(Number(scale)) > MAX_DECIMAL_DIGITS) return undefined;
  out.writeAscii(decimalText(signedOf(unscaled), Number(scale)));
  return after;
}

function signedOf(bigEndian: Buffer): bigint {
  return BigInt.asIntN(bigEndian.length * 8, BigInt(`0x${bigEndian.toString('hex')}`));
}
