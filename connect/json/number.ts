/** Longest number that is written out, in digits: more than any database holds, little enough to be harmless. */
export const MAX_DECIMAL_DIGITS = 4096;

const NUMBER_PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** `unscaled * 10^-scale` written out in full, as a JSON number: 12345 with scale 2 is `123.45`, 5 with -2 is `500`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  if (scale < 0) return unscaled === 0n ? '0' : `${unscaled}${'0'.repeat(-scale)}`;
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * The integer that a JSON number stands for, whatever way it is written (`7`, `7.0`, `0.7e1`); undefined when it is no
 * integer or has more than `MAX_DECIMAL_DIGITS` digits.
 */
export function integerOf(number: string): bigint | undefined {
  const parts = NUMBER_PARTS.exec(number);
  if (parts === null || number.length > MAX_DECIMAL_DIGITS) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  if (/^0*$/.test(digits)) return 0n;
  const shift = Number(exponent) - fraction.length;
  if (digits.length + shift > MAX_DECIMAL_DIGITS || digits.length + shift <= 0) return undefined;
  if (shift >= 0) return BigInt(`${sign}${digits}${'0'.repeat(shift)}`);
  return /^0+$/.test(digits.slice(shift)) ? BigInt(`${sign}${digits.slice(0, shift)}`) : undefined;
}

/** Whole numbers below have the same digits in 32 and in 64 bits. */
const EXACT_FLOAT32 = 2 ** 24;

/** The text of a finite number; zero keeps its sign. */
export function float64Text(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** The shortest text that is this finite number in 32 bits: `0.1`, not `0.10000000149011612`. */
export function float32Text(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < EXACT_FLOAT32) return float64Text(value);
  for (let digits = 6; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(value);
}
