/** Reads Kafka's primitive types from one contiguous buffer (the "flexible" encoding of KIP-482). */
import { SluiceError } from '../../connect/errors.js';

/** A read position in a response body. Every read is bounds-checked: a short response is an error, never garbage. */
export class WireReader {
  readonly #buffer: Buffer;
  #position: number;

  constructor(buffer: Buffer, position = 0) {
    this.#buffer = buffer;
    this.#position = position;
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#take(8));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#take(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed('a length of more than five bytes');
  }

  /** A UUID in hexadecimal with dashes, as `@platformatic/kafka` writes topic ids. */
  uuid(): string {
    const start = this.#take(16);
    const hex = this.#buffer.toString('hex', start, start + 16);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  compactString(): string {
    const bytes = this.compactBytes();
    if (bytes === null) throw malformed('null where a string must be');
    return bytes.toString('utf8');
  }

  /** COMPACT_BYTES and COMPACT_RECORDS: a view, not a copy; null when absent. */
  compactBytes(): Buffer | null {
    const length = this.unsignedVarint() - 1;
    if (length < 0) return null;
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** A COMPACT_ARRAY; a null array reads as empty. `element` reads its own tagged fields. */
  compactArray<T>(element: () => T): T[] {
    const length = this.unsignedVarint() - 1;
    const elements: T[] = [];
    for (let index = 0; index < length; index++) elements.push(element());
    return elements;
  }

  /** Skips TAG_BUFFER: a count, then tag, size and bytes of each. */
  skipTaggedFields(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.#take(this.unsignedVarint());
    }
  }

  #take(sizeBytes: number): number {
    const start = this.#position;
    if (sizeBytes > this.#buffer.length - start) throw malformed('the end of the response before its last field');
    this.#position = start + sizeBytes;
    return start;
  }
}

function malformed(found: string): SluiceError {
  return new SluiceError('KAFKA_PROTOCOL', `The broker sent a malformed response: ${found}.`, { retryable: true });
}
