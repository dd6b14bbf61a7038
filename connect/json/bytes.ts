/** The bytes that JSON's grammar is made of, for scanning and writing. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const MINUS = 0x2d;
export const PLUS = 0x2b;
export const DOT = 0x2e;
export const DIGIT_0 = 0x30;
export const DIGIT_9 = 0x39;
export const BACKSLASH = 0x5c;
export const LEFT_BRACKET = 0x5b;
export const RIGHT_BRACKET = 0x5d;
export const LEFT_BRACE = 0x7b;
export const RIGHT_BRACE = 0x7d;
export const SPACE = 0x20;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const TAB = 0x09;
export const LOWER_E = 0x65;
export const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;

/** What stands for a byte past the end: no byte at all, and no character of the grammar. */
const NO_BYTE = -1;

/** The byte at `position`, or -1 at `end`: a span may be followed by bytes of another record. */
export function byteAt(source: Buffer, position: number, end: number): number {
  return position < end ? (source[position] ?? NO_BYTE) : NO_BYTE;
}

export function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}
