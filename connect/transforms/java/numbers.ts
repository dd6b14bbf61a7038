/** Numbers as Java's classes print, parse and narrow them. */
import { Decimal } from '../../data/value.js';

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;

/**
 * `Double.toString`: plain digits from 10^-3 up to 10^7, otherwise one digit before the point and an exponent. The digits
 * are the fewest that give the number again, as of JDK 19; older ones print a digit more for a few numbers.
 */
export function doubleText(value: number): string {
  return javaText(value, Math.abs(value).toExponential());
}

/** `Float.toString`, of a number that is a float. */
export function floatText(value: number): string {
  const magnitude = Math.abs(value);
  let digits = magnitude.toExponential();
  for (let precision = 1; precision <= 9; precision++) {
    const candidate = magnitude.toExponential(precision - 1);
    if (Math.fround(Number(candidate)) !== magnitude) continue;
    digits = candidate;
    break;
  }
  return javaText(value, digits);
}

function javaText(value: number, scientific: string): string {
  if (!Number.isFinite(value)) return String(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', exponentText = '0'] = scientific.split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  const exponent = Number(exponentText);
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** `new BigDecimal(text)`; undefined where Java throws NumberFormatException. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = DECIMAL_TEXT.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  if (whole === '' && fraction === '') return undefined;
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > 0x7fffffff) return undefined;
  return new Decimal(BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`), scale);
}

/** `BigDecimal.toString`: with an exponent where the scale is negative or the number is below 10^-6. */
export function bigDecimalText({ unscaled, scale }: Decimal): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  if (scale === 0) return sign + digits;
  const exponent = digits.length - 1 - scale;
  if (scale > 0 && exponent >= -6) {
    const padded = digits.padStart(scale + 1, '0');
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  if (exponent === 0) return sign + mantissa;
  return `${sign}${mantissa}E${exponent > 0 ? '+' : ''}${exponent}`;
}

/** `BigDecimal.doubleValue`. */
export function decimalToDouble({ unscaled, scale }: Decimal): number {
  return Number(`${unscaled}e${-scale}`);
}

/** The low 64 bits of the whole part, as `BigDecimal.longValue` gives them. */
export function decimalToLong({ unscaled, scale }: Decimal): bigint {
  if (scale <= 0) return scale <= -64 ? 0n : BigInt.asIntN(64, unscaled * 10n ** BigInt(-scale));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().length;
  return digits <= scale ? 0n : BigInt.asIntN(64, unscaled / 10n ** BigInt(scale));
}

/** The cast of a double to an int (32) or a long (64): the fraction is cut, what is too big becomes the limit. */
export function doubleToInteger(value: number, bits: 32 | 64): bigint {
  if (Number.isNaN(value)) return 0n;
  const limit = 1n << BigInt(bits - 1);
  if (value >= Number(limit)) return limit - 1n;
  return value < -Number(limit) ? -limit : BigInt(Math.trunc(value));
}

/** `Byte.parseByte` and its like; undefined where Java throws NumberFormatException. */
export function parseInteger(text: string, bits: number): bigint | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(bits, value) === value ? value : undefined;
}

/** `Double.parseDouble`, without the hexadecimal form; undefined where Java throws NumberFormatException. */
export function parseDouble(text: string): number | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: String.trim of Java cuts everything up to the blank.
  const trimmed = text.replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, '');
  const named = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (named !== null) return named[2] === 'NaN' ? Number.NaN : Number(trimmed);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?$/.test(trimmed)) return undefined;
  return Number(trimmed.replace(/[fFdD]$/, ''));
}
