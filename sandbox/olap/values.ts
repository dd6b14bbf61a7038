/** Text to cells, as strictly as Doris casts strings while loading: one converter per column type. */
import { isIPv4, isIPv6 } from 'node:net';
import { type Conversion, type ConversionOptions, type Converter, Rejection, UNCONVERTIBLE } from './conversion.js';
import { formatDate, formatDateTime, isPlainDate, isPlainDateTime, parseDateTime } from './datetime.js';
import { parseJson, printJson } from './json.js';
import type { ColumnDefinition, ColumnType } from './model.js';
import { nestedConverter } from './nested.js';
import { decimalDigits } from './types.js';

/** `string_type_length_soft_limit_bytes` of the BE. */
const STRING_LIMIT_BYTES = 1_048_576;
const VARCHAR_DEFAULT_BYTES = 65_533;
const INTEGER = /^\s*([+-]?\d+)(?:\.\d*)?\s*$/;
const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/;
const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  t: true,
  f: false,
  '1': true,
  '0': false,
};

/** Compiles the conversion for one column. Call it once per load, not per row. */
export function compileConverter(column: ColumnDefinition, options: ConversionOptions): Converter {
  return converterOf(column.type, column.name, options);
}

/** @param name the column, for the sentences of rejections */
export function converterOf(type: ColumnType, name: string, options: ConversionOptions): Converter {
  switch (type.base) {
    case 'BOOLEAN':
      return (text) => BOOLEANS[text.trim().toLowerCase()] ?? UNCONVERTIBLE;
    case 'TINYINT':
      return smallInteger(8);
    case 'SMALLINT':
      return smallInteger(16);
    case 'INT':
      return smallInteger(32);
    case 'BIGINT':
      return bigInteger(64);
    case 'LARGEINT':
      return bigInteger(128);
    case 'FLOAT':
      return (text) => toFloat(text, Math.fround);
    case 'DOUBLE':
      return (text) => toFloat(text, (value) => value);
    case 'DECIMAL':
      return decimal(type, name);
    case 'DATE':
      return (text) => {
        if (text.length === 10 && isPlainDate(text)) return text;
        const parsed = parseDateTime(text, 0, options.timeZone);
        return parsed === undefined ? UNCONVERTIBLE : formatDate(parsed);
      };
    case 'DATETIME': {
      const digits = type.precision ?? 0;
      return (text) => {
        if (digits === 0 && isPlainDateTime(text)) return text;
        const parsed = parseDateTime(text, digits, options.timeZone);
        return parsed === undefined ? UNCONVERTIBLE : formatDateTime(parsed, digits);
      };
    }
    case 'CHAR':
      return limited(name, type.length ?? 1);
    case 'VARCHAR':
      return limited(name, type.length ?? VARCHAR_DEFAULT_BYTES);
    case 'STRING':
      return limited(name, STRING_LIMIT_BYTES);
    case 'JSON':
      return (text) => jsonText(text) ?? UNCONVERTIBLE;
    case 'VARIANT':
      return (text) => jsonText(text) ?? text;
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return nestedConverter(type, (scalar) => converterOf(scalar, name, options));
    case 'IPV4':
      return (text) => (isIPv4(text) ? text : UNCONVERTIBLE);
    case 'IPV6':
      return (text) => (isIPv6(text) ? text : UNCONVERTIBLE);
    default:
      return (text) => text;
  }
}

/** So many digits are exact in a JavaScript number. */
const SAFE_DIGITS = 15;

/** The value of a short text of digits, which most integers are; undefined for any other text. */
function plainInteger(text: string): number | undefined {
  const negative = text.charCodeAt(0) === 0x2d;
  const start = negative ? 1 : 0;
  if (text.length === start || text.length > SAFE_DIGITS) return undefined;
  let value = 0;
  for (let index = start; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** Doris' StringParser cuts digits behind a decimal point off: `1.9` is 1. */
function smallInteger(bits: number): Converter {
  const limit = 2 ** (bits - 1);
  return (text) => {
    const plain = plainInteger(text);
    if (plain !== undefined) return plain >= -limit && plain < limit ? plain : UNCONVERTIBLE;
    const digits = INTEGER.exec(text)?.[1];
    if (digits === undefined) return UNCONVERTIBLE;
    const value = Number(digits);
    return value >= -limit && value < limit ? value : UNCONVERTIBLE;
  };
}

function bigInteger(bits: number): Converter {
  const limit = 1n << BigInt(bits - 1);
  return (text) => {
    const plain = plainInteger(text);
    if (plain !== undefined) return BigInt(plain);
    const digits = INTEGER.exec(text)?.[1];
    if (digits === undefined) return UNCONVERTIBLE;
    const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
    return value >= -limit && value < limit ? value : UNCONVERTIBLE;
  };
}

function toFloat(text: string, round: (value: number) => number): Conversion {
  if (!FLOAT.test(text)) return UNCONVERTIBLE;
  const value = round(Number(text));
  return Number.isFinite(value) ? value : UNCONVERTIBLE;
}

/** Rounds half up to the scale; more digits before the point than the type has is a rejection. */
function decimal(type: ColumnType, name: string): Converter {
  const { precision, scale } = decimalDigits(type);
  return (text) => {
    if (isPlainDecimal(text, precision, scale)) return text;
    const scaled = scaleDecimal(text, scale);
    if (scaled === undefined) return UNCONVERTIBLE;
    const digits = scaled.digits.toString();
    if (digits.length > precision) {
      return new Rejection(
        `decimal value is not valid for definition, column=${name}, value=${text}, precision=${precision}, scale=${scale}`,
      );
    }
    const padded = digits.padStart(scale + 1, '0');
    const sign = scaled.negative && scaled.digits !== 0n ? '-' : '';
    if (scale === 0) return sign + padded;
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  };
}

/** True for a text that is already as the database prints the type: `-12.50` at scale 2. */
function isPlainDecimal(text: string, precision: number, scale: number): boolean {
  const start = text.charCodeAt(0) === 0x2d ? 1 : 0;
  const point = text.length - scale - 1;
  const wholeDigits = point - start;
  if (scale === 0 || wholeDigits < 1 || wholeDigits > precision - scale || text.charCodeAt(point) !== 0x2e)
    return false;
  let significant = false;
  for (let index = start; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (index !== point && (digit < 0 || digit > 9)) return false;
    significant ||= index !== point && digit > 0;
  }
  const leadingZero = wholeDigits > 1 && text.charCodeAt(start) === 0x30;
  return !leadingZero && (significant || start === 0);
}

function scaleDecimal(text: string, scale: number): { negative: boolean; digits: bigint } | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  const digits = whole + fraction;
  if (digits === '' || Math.abs(Number(exponent)) > 1000) return undefined;
  const shift = scale - fraction.length + Number(exponent);
  const negative = sign === '-';
  if (shift >= 0) return { negative, digits: BigInt(digits) * 10n ** BigInt(shift) };
  const divisor = 10n ** BigInt(-shift);
  return { negative, digits: (BigInt(digits) + divisor / 2n) / divisor };
}

/** Lengths are bytes in UTF-8. */
function limited(name: string, limitBytes: number): Converter {
  return (text) => {
    // A UTF-16 unit is at most three bytes in UTF-8: most texts need no count.
    if (text.length * 3 <= limitBytes) return text;
    const sizeBytes = Buffer.byteLength(text);
    if (sizeBytes <= limitBytes) return text;
    return new Rejection(
      `the length of input string is too long than vec schema. column_name: ${name}; input str: [${text.slice(0, 256)}]` +
        ` schema length: ${limitBytes}; actual length: ${sizeBytes}; `,
    );
  };
}

function jsonText(text: string): string | undefined {
  try {
    return printJson(parseJson(text));
  } catch {
    return undefined;
  }
}
