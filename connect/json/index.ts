/**
 * JSON as bytes (RFC 8259): finds and checks values inside a buffer without making strings, objects or numbers.
 *
 * Numbers stay the text they are, so 64-bit integers and decimals keep every digit. All functions take a position and
 * an exclusive end, because a record is a span of a larger buffer, and all of them return the position they reached.
 */

export { decimalText, float32Text, float64Text, integerOf, MAX_DECIMAL_DIGITS } from './number.js';
export {
  type ElementVisitor,
  isNull,
  MAX_DEPTH,
  type MemberVisitor,
  skipBlanks,
  skipNumber,
  skipString,
  skipValue,
  validate,
  walkArray,
  walkObject,
} from './scan.js';
export { JsonSyntaxError } from './syntax-error.js';
export { decodeString } from './text.js';
