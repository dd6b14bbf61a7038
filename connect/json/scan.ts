import {
  BACKSLASH,
  byteAt,
  CARRIAGE_RETURN,
  COLON,
  COMMA,
  DIGIT_0,
  DOT,
  isDigit,
  LEFT_BRACE,
  LEFT_BRACKET,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  NEWLINE,
  PLUS,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  SPACE,
  TAB,
} from './bytes.js';
import { JsonSyntaxError } from './syntax-error.js';
import { skipMultibyte } from './utf8.js';

/** Objects and arrays nested deeper than this are refused; the same limit as Jackson's, which Connect reads with. */
export const MAX_DEPTH = 1000;

/** Receives a member's name (without its quotes, escapes kept) and value as spans. */
export type MemberVisitor = (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void;

/** Receives an element as a span. */
export type ElementVisitor = (valueStart: number, valueEnd: number) => void;

/**
 * Checks that the span is exactly one JSON text: grammar, UTF-8 and depth.
 * @throws JsonSyntaxError
 */
export function validate(source: Buffer, start: number, end: number): void {
  const valueEnd = skipValue(source, skipBlanks(source, start, end), end);
  const rest = skipBlanks(source, valueEnd, end);
  if (rest < end) throw new JsonSyntaxError(rest, 'unexpected text after the end of the value');
}

/** The first position at or after `position` that is no JSON white space. */
export function skipBlanks(source: Buffer, position: number, end: number): number {
  let at = position;
  while (at < end) {
    const byte = source[at] ?? 0;
    // First what is the rule: a byte that begins something.
    if (byte > SPACE || (byte !== SPACE && byte !== NEWLINE && byte !== CARRIAGE_RETURN && byte !== TAB)) break;
    at++;
  }
  return at;
}

/** Whether the value that begins at `position` is `null`. */
export function isNull(source: Buffer, position: number, end: number): boolean {
  if (position + 4 > end || source[position] !== LOWER_N) return false;
  return source[position + 1] === 0x75 && source[position + 2] === 0x6c && source[position + 3] === 0x6c;
}

/**
 * Checks the value that begins at `position` and returns where it ends.
 * @throws JsonSyntaxError
 */
export function skipValue(source: Buffer, position: number, end: number, depth = 0): number {
  const byte = byteAt(source, position, end);
  // The usual ones first.
  if (byte === QUOTE) return skipString(source, position, end);
  if (byte === MINUS || isDigit(byte)) return skipNumber(source, position, end);
  switch (byte) {
    case LEFT_BRACE:
      return walkObject(source, position, end, undefined, depth);
    case LEFT_BRACKET:
      return walkArray(source, position, end, undefined, depth);
    case LOWER_T:
      return skipWord(source, position, end, 'true');
    case LOWER_F:
      return skipWord(source, position, end, 'false');
    case LOWER_N:
      return skipWord(source, position, end, 'null');
    default:
      throw new JsonSyntaxError(
        position,
        position < end ? 'expected a value' : 'the text ends where a value should be',
      );
  }
}

/**
 * Checks the object whose `{` is at `position`, shows every member to the visitor and returns where the object ends.
 * Names that occur twice are shown twice.
 * @throws JsonSyntaxError
 */
export function walkObject(
  source: Buffer,
  position: number,
  end: number,
  visit: MemberVisitor | undefined,
  depth = 0,
): number {
  if (depth >= MAX_DEPTH) throw new JsonSyntaxError(position, `nested deeper than ${MAX_DEPTH} levels`);
  let at = skipBlanks(source, position + 1, end);
  if (byteAt(source, at, end) === RIGHT_BRACE) return at + 1;
  for (;;) {
    if (byteAt(source, at, end) !== QUOTE) throw expected(at, end, 'a member name in quotes');
    const nameEnd = skipString(source, at, end);
    const colon = skipBlanks(source, nameEnd, end);
    if (byteAt(source, colon, end) !== COLON) throw expected(colon, end, "':'");
    const valueStart = skipBlanks(source, colon + 1, end);
    const valueEnd = skipValue(source, valueStart, end, depth + 1);
    if (visit !== undefined) visit(at + 1, nameEnd - 1, valueStart, valueEnd);
    at = skipBlanks(source, valueEnd, end);
    const byte = byteAt(source, at, end);
    if (byte === RIGHT_BRACE) return at + 1;
    if (byte !== COMMA) throw expected(at, end, "',' or '}'");
    at = skipBlanks(source, at + 1, end);
  }
}

/**
 * Checks the array whose `[` is at `position`, shows every element to the visitor and returns where the array ends.
 * @throws JsonSyntaxError
 */
export function walkArray(
  source: Buffer,
  position: number,
  end: number,
  visit: ElementVisitor | undefined,
  depth = 0,
): number {
  if (depth >= MAX_DEPTH) throw new JsonSyntaxError(position, `nested deeper than ${MAX_DEPTH} levels`);
  let at = skipBlanks(source, position + 1, end);
  if (byteAt(source, at, end) === RIGHT_BRACKET) return at + 1;
  for (;;) {
    const valueEnd = skipValue(source, at, end, depth + 1);
    if (visit !== undefined) visit(at, valueEnd);
    at = skipBlanks(source, valueEnd, end);
    const byte = byteAt(source, at, end);
    if (byte === RIGHT_BRACKET) return at + 1;
    if (byte !== COMMA) throw expected(at, end, "',' or ']'");
    at = skipBlanks(source, at + 1, end);
  }
}

/**
 * Checks the string whose opening quote is at `position`, including its UTF-8, and returns the position past its
 * closing quote. An escaped surrogate without its other half is let through, as the grammar does.
 * @throws JsonSyntaxError
 */
export function skipString(source: Buffer, position: number, end: number): number {
  let at = position + 1;
  while (at < end) {
    const byte = source[at] ?? 0;
    // In the order of how common they are: digits and capitals, then small letters, are most of what there is.
    if (byte > QUOTE && byte < BACKSLASH) at++;
    else if (byte === QUOTE) return at + 1;
    else if (byte > BACKSLASH && byte < 0x80) at++;
    else if (byte >= 0x80) at = skipMultibyte(source, at, end);
    else if (byte === BACKSLASH) at = skipEscape(source, at, end);
    else if (byte < SPACE) throw new JsonSyntaxError(at, 'control character inside a string');
    else at++;
  }
  throw new JsonSyntaxError(position, 'string without a closing quote');
}

/**
 * Checks the number that begins at `position` and returns where it ends.
 * @throws JsonSyntaxError
 */
export function skipNumber(source: Buffer, position: number, end: number): number {
  const first = byteAt(source, position, end);
  if (isDigit(first) && first !== DIGIT_0) {
    // Most numbers are whole, and have no sign.
    let at = position + 1;
    while (at < end && isDigit(source[at] ?? 0)) at++;
    const byte = byteAt(source, at, end);
    if (byte !== DOT && (byte | 0x20) !== LOWER_E) return at;
  }
  return skipAnyNumber(source, position, end);
}

function skipAnyNumber(source: Buffer, position: number, end: number): number {
  let at = position;
  if (byteAt(source, at, end) === MINUS) at++;
  at = byteAt(source, at, end) === DIGIT_0 ? at + 1 : skipDigits(source, at, end);
  if (isDigit(byteAt(source, at, end))) throw new JsonSyntaxError(at, 'number with a leading zero');
  if (byteAt(source, at, end) === DOT) at = skipDigits(source, at + 1, end);
  if ((byteAt(source, at, end) | 0x20) === LOWER_E) {
    const sign = byteAt(source, at + 1, end);
    at = skipDigits(source, sign === PLUS || sign === MINUS ? at + 2 : at + 1, end);
  }
  return at;
}

function skipDigits(source: Buffer, position: number, end: number): number {
  let at = position;
  while (isDigit(byteAt(source, at, end))) at++;
  if (at === position) throw expected(at, end, 'a digit');
  return at;
}

function skipEscape(source: Buffer, position: number, end: number): number {
  switch (byteAt(source, position + 1, end)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // '/'
    case 0x62: // 'b'
    case 0x66: // 'f'
    case 0x6e: // 'n'
    case 0x72: // 'r'
    case 0x74: // 't'
      return position + 2;
    case 0x75: // 'u'
      for (let at = position + 2; at < position + 6; at++) {
        if (!isHexDigit(byteAt(source, at, end))) throw expected(at, end, 'four hexadecimal digits');
      }
      return position + 6;
    default:
      throw new JsonSyntaxError(position, 'unknown escape');
  }
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function skipWord(source: Buffer, position: number, end: number, word: string): number {
  for (let index = 0; index < word.length; index++) {
    if (byteAt(source, position + index, end) !== word.charCodeAt(index)) {
      throw new JsonSyntaxError(position, 'expected a value');
    }
  }
  return position + word.length;
}

function expected(position: number, end: number, what: string): JsonSyntaxError {
  return new JsonSyntaxError(position, position < end ? `expected ${what}` : `the text ends where ${what} should be`);
}
