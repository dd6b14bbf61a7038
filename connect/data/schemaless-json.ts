/** JSON without a schema as Connect's values, checked and read in one pass. */
import {
  byteAt,
  COLON,
  COMMA,
  DIGIT_0,
  isDigit,
  LEFT_BRACE,
  LEFT_BRACKET,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
} from '../json/bytes.js';
import {
  decodeString,
  JsonSyntaxError,
  MAX_DEPTH,
  skipBlanks,
  skipString,
  skipValue,
  validate,
} from '../json/index.js';
import { JsonNumber, type Value } from './value.js';

const EMPTY = Buffer.alloc(0);
const INT64_LIMIT = 1n << 63n;
/** Whole numbers of so many digits are exact in a number, and several times faster to make a bigint of. */
const EXACT_DIGITS = 15;

/** Names of members come again with every record: those of so many are kept, each where its bytes say. */
const NAME_SLOTS = 1_024;
const MAX_NAME_BYTES = 64;

interface KnownName {
  readonly bytes: Buffer;
  readonly name: string;
}

/**
 * The value that a JSON text stands for: bigint, JsonNumber, string, boolean, array, and Map with strings as keys, in
 * which of two members with one name the second counts. There may be blanks around it.
 *
 * @throws JsonSyntaxError
 */
export function readSchemaless(source: Buffer, start: number, end: number): Value {
  return reader.read(source, start, end);
}

class SchemalessReader {
  readonly #names = new Array<KnownName | undefined>(NAME_SLOTS).fill(undefined);
  #source: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #at = 0;

  read(source: Buffer, start: number, end: number): Value {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#at = skipBlanks(source, start, end);
    const value = this.#value(0);
    if (skipBlanks(source, this.#at, end) < end) throw this.#wrong();
    return value;
  }

  #value(depth: number): Value {
    const source = this.#source;
    const start = this.#at;
    switch (byteAt(source, start, this.#end)) {
      case LEFT_BRACE:
        return this.#object(depth);
      case LEFT_BRACKET:
        return this.#array(depth);
      case QUOTE:
        this.#at = skipString(source, start, this.#end);
        return decodeString(source, start + 1, this.#at - 1);
      case LOWER_T:
        return this.#word(true);
      case LOWER_F:
        return this.#word(false);
      case LOWER_N:
        return this.#word(null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Map<Value, Value> {
    if (depth >= MAX_DEPTH) throw this.#wrong();
    const source = this.#source;
    const end = this.#end;
    const members = new Map<Value, Value>();
    let at = skipBlanks(source, this.#at + 1, end);
    if (byteAt(source, at, end) === RIGHT_BRACE) {
      this.#at = at + 1;
      return members;
    }
    for (;;) {
      if (byteAt(source, at, end) !== QUOTE) throw this.#wrong();
      const nameEnd = skipString(source, at, end);
      const name = this.#name(at + 1, nameEnd - 1);
      at = skipBlanks(source, nameEnd, end);
      if (byteAt(source, at, end) !== COLON) throw this.#wrong();
      this.#at = skipBlanks(source, at + 1, end);
      members.set(name, this.#value(depth + 1));
      at = skipBlanks(source, this.#at, end);
      const byte = byteAt(source, at, end);
      if (byte === RIGHT_BRACE) {
        this.#at = at + 1;
        return members;
      }
      if (byte !== COMMA) throw this.#wrong();
      at = skipBlanks(source, at + 1, end);
    }
  }

  #array(depth: number): Value[] {
    if (depth >= MAX_DEPTH) throw this.#wrong();
    const source = this.#source;
    const end = this.#end;
    const elements: Value[] = [];
    this.#at = skipBlanks(source, this.#at + 1, end);
    if (byteAt(source, this.#at, end) === RIGHT_BRACKET) {
      this.#at++;
      return elements;
    }
    for (;;) {
      elements.push(this.#value(depth + 1));
      const at = skipBlanks(source, this.#at, end);
      const byte = byteAt(source, at, end);
      this.#at = at + 1;
      if (byte === RIGHT_BRACKET) return elements;
      if (byte !== COMMA) throw this.#wrong();
      this.#at = skipBlanks(source, at + 1, end);
    }
  }

  #word<T extends boolean | null>(value: T): T {
    this.#at = skipValue(this.#source, this.#at, this.#end);
    return value;
  }

  #number(): bigint | JsonNumber {
    const source = this.#source;
    const start = this.#at;
    // Refuses what is no value at all, too.
    const end = skipValue(source, start, this.#end);
    this.#at = end;
    if (end - start <= EXACT_DIGITS) {
      const isNegative = source[start] === MINUS;
      let number = 0;
      let at = isNegative ? start + 1 : start;
      for (; at < end; at++) {
        const byte = source[at] ?? 0;
        if (!isDigit(byte)) break;
        number = number * 10 + (byte - DIGIT_0);
      }
      if (at === end) return BigInt(isNegative ? -number : number);
    }
    return numberOf(source.toString('latin1', start, end));
  }

  /** The text of a name between its quotes; mostly it was seen before, at the same place of another record. */
  #name(start: number, end: number): string {
    const source = this.#source;
    const length = end - start;
    if (length > MAX_NAME_BYTES || length === 0) return decodeString(source, start, end);
    const slot = (length * 31 + (source[start] ?? 0) * 7 + (source[end - 1] ?? 0) * 131) % NAME_SLOTS;
    const known = this.#names[slot];
    if (known !== undefined && isSame(known.bytes, source, start, length)) return known.name;
    const name = decodeString(source, start, end);
    this.#names[slot] = { bytes: Buffer.from(source.subarray(start, end)), name };
    return name;
  }

  /** What is wrong is told by the one place that knows the grammar's words. */
  #wrong(): Error {
    validate(this.#source, this.#start, this.#end);
    return new JsonSyntaxError(this.#at, 'expected a value');
  }
}

function isSame(bytes: Buffer, source: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let index = 0; index < length; index++) if (bytes[index] !== source[start + index]) return false;
  return true;
}

/** A 64-bit integer, else the number as it was written. */
export function numberOf(text: string): bigint | JsonNumber {
  const whole = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  return whole !== undefined && whole < INT64_LIMIT && whole >= -INT64_LIMIT ? whole : new JsonNumber(text);
}

const reader = new SchemalessReader();
