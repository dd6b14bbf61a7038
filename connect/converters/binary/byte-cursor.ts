import { recordInvalid } from '../invalid.js';

const EMPTY = Buffer.alloc(0);

/** Nested values deeper than this are refused, as protobuf's own readers do: the reader follows the nesting. */
const MAX_DEPTH = 100;

/** Up to here the sum of two parts of a varint is exact in a number. */
const HIGH_LIMIT = 2 ** 25;
const LOW_UNIT = 2 ** 28;
const HALF_LOW_UNIT = 2 ** 27;
const LOW_BITS = 28n;

const MAX_VARINT_BYTES = 10;
/** Of the last two bytes: 64 bits less the 56 before them. */
const TOP_MASK = 0xff;

function joined(high: number, low: number): bigint {
  return (BigInt(high) << LOW_BITS) | BigInt(low);
}

/** Where a reader is in the bytes of a record. One object serves all records: `open` moves it on. */
export class ByteCursor {
  buffer: Buffer = EMPTY;
  position = 0;
  end = 0;
  #start = 0;
  #depth = 0;
  #low = 0;
  #high = 0;

  /** @param format as messages are to call it, such as `Avro` */
  constructor(readonly format: string) {}

  open(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.position = this.#start = start;
    this.end = end;
    this.#depth = 0;
  }

  /** Goes back to the first byte of the value. */
  rewind(): void {
    this.open(this.buffer, this.#start, this.end);
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** The error for bytes that cannot be. */
  invalid(what: string): Error {
    return recordInvalid(
      `The value is no valid ${this.format}: ${what} at byte ${this.position - this.#start} of ${this.end - this.#start}.`,
      'Look whether the producer wrote the value with the schema it names, or let such records go to the dead letter queue with errors.tolerance=all.',
    );
  }

  /** Counts a level of nesting; `leave` ends it. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.invalid(`values nested deeper than ${MAX_DEPTH} levels`);
  }

  leave(): void {
    this.#depth--;
  }

  /** Moves past so many bytes and returns where they begin. */
  take(sizeBytes: number): number {
    const { position } = this;
    if (!(sizeBytes >= 0 && sizeBytes <= this.end - position)) throw this.invalid(`a length of ${sizeBytes} bytes`);
    this.position = position + sizeBytes;
    return position;
  }

  byte(): number {
    if (this.position >= this.end) throw this.invalid('it ends too early');
    return this.buffer[this.position++] ?? 0;
  }

  /** Reads a varint and leaves it in two parts: 28 bits and what is above. Undefined above 64 bits are cut off. */
  #varint(): void {
    const { buffer } = this;
    // Three groups of four, four and two bytes: each has no more bits than integers of 32 bits take.
    const last = Math.min(this.end, this.position + MAX_VARINT_BYTES);
    let at = this.position;
    let low = 0;
    let middle = 0;
    let top = 0;
    for (let shift = 0; at < last; shift += 7) {
      const byte = buffer[at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift < 56) middle |= bits << (shift - 28);
      else top |= bits << (shift - 56);
      if (byte < 0x80) {
        this.position = at;
        this.#low = low;
        this.#high = (top & TOP_MASK) * LOW_UNIT + middle;
        return;
      }
    }
    const isTooLong = at - this.position === MAX_VARINT_BYTES;
    throw this.invalid(isTooLong ? 'a number of more than ten bytes' : 'it ends within a number');
  }

  /** A varint of up to 64 bits; a bigint only where a number would not be exact. */
  unsigned(): number | bigint {
    const first = this.position < this.end ? (this.buffer[this.position] ?? 0) : 0x80;
    if (first < 0x80) {
      this.position++;
      return first;
    }
    this.#varint();
    if (this.#high < HIGH_LIMIT) return this.#high * LOW_UNIT + this.#low;
    return joined(this.#high, this.#low);
  }

  /** A zigzag varint of up to 64 bits; a bigint only where a number would not be exact. */
  zigzag(): number | bigint {
    const first = this.position < this.end ? (this.buffer[this.position] ?? 0) : 0x80;
    if (first < 0x80) {
      this.position++;
      return (first & 1) === 0 ? first >>> 1 : -((first + 1) >>> 1);
    }
    this.#varint();
    const isNegative = (this.#low & 1) === 1;
    // The parts of the number without its sign: halved.
    const low = (this.#low >>> 1) + (this.#high % 2) * HALF_LOW_UNIT;
    const high = Math.floor(this.#high / 2);
    if (high < HIGH_LIMIT) {
      const size = high * LOW_UNIT + low;
      if (!isNegative) return size;
      // One below it: the smallest is no safe integer any more.
      if (size < Number.MAX_SAFE_INTEGER) return -size - 1;
    }
    const size = joined(high, low);
    return isNegative ? ~size : size;
  }

  /** A zigzag varint of 32 bits. */
  zigzag32(): number {
    const value = this.zigzag();
    if (typeof value !== 'number' || value !== (value | 0)) throw this.invalid('a number of more than 32 bits');
    return value;
  }

  float32(): number {
    return this.buffer.readFloatLE(this.take(4));
  }

  float64(): number {
    return this.buffer.readDoubleLE(this.take(8));
  }
}
