/**
 * The data types of the MySQL protocol: fixed integers (little endian), length-encoded integers and strings.
 * Source: MySQL client/server protocol, "Protocol::FixedLengthInteger", "LengthEncodedInteger", "LengthEncodedString".
 */

import { DatabaseError } from '../model.js';

/** The first byte of a length-encoded integer that is longer than one byte. */
const LENENC_2_BYTES = 0xfc;
const LENENC_3_BYTES = 0xfd;
const LENENC_8_BYTES = 0xfe;
/** In a text row this byte stands for NULL. */
export const LENENC_NULL = 0xfb;

export function malformedPacket(): DatabaseError {
  return new DatabaseError('Malformed communication packet', 1835, 'HY000');
}

/** Reads a packet from front to back; a read past its end is error 1835. */
export class ByteReader {
  #at = 0;

  constructor(readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw malformedPacket();
    const start = this.#at;
    this.#at += length;
    return this.bytes.subarray(start, this.#at);
  }

  uint8(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  lenencInt(): bigint {
    const first = this.uint8();
    if (first < LENENC_NULL) return BigInt(first);
    if (first === LENENC_2_BYTES) return BigInt(this.uint16());
    if (first === LENENC_3_BYTES) return BigInt(this.take(3).readUIntLE(0, 3));
    if (first === LENENC_8_BYTES) return this.take(8).readBigUInt64LE();
    throw malformedPacket();
  }

  lenencBytes(): Buffer {
    const length = this.lenencInt();
    if (length > BigInt(this.left)) throw malformedPacket();
    return this.take(Number(length));
  }

  nulString(): string {
    const end = this.bytes.indexOf(0, this.#at);
    if (end < 0) throw malformedPacket();
    const text = this.take(end - this.#at).toString('utf8');
    this.take(1);
    return text;
  }

  rest(): Buffer {
    return this.take(this.left);
  }
}

/** Builds a packet. Every method returns the writer, so that a packet reads as the list of its fields. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(128);
  #length = 0;

  bytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  uint8(value: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  uint16(value: number): this {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16LE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#reserve(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  lenencInt(value: number | bigint): this {
    if (value < LENENC_NULL) return this.uint8(Number(value));
    if (value < 0x1_0000) return this.uint8(LENENC_2_BYTES).uint16(Number(value));
    if (value < 0x100_0000) {
      const low = Number(value);
      return this.uint8(LENENC_3_BYTES)
        .uint8(low & 0xff)
        .uint16(low >> 8);
    }
    this.uint8(LENENC_8_BYTES);
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64LE(BigInt(value), at);
    return this;
  }

  lenencString(text: string): this {
    return this.lenencInt(Buffer.byteLength(text, 'utf8')).text(text);
  }

  /** Text without a length: it ends with the packet. */
  text(text: string): this {
    const at = this.#reserve(Buffer.byteLength(text, 'utf8'));
    this.#bytes.write(text, at, 'utf8');
    return this;
  }

  nulString(text: string): this {
    return this.text(text).uint8(0);
  }

  build(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for so many bytes and returns where they begin. */
  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }
}
