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
  readonly #parts: Buffer[] = [];

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return this;
  }

  uint8(value: number): this {
    return this.bytes(Buffer.of(value));
  }

  uint16(value: number): this {
    const part = Buffer.allocUnsafe(2);
    part.writeUInt16LE(value);
    return this.bytes(part);
  }

  uint32(value: number): this {
    const part = Buffer.allocUnsafe(4);
    part.writeUInt32LE(value);
    return this.bytes(part);
  }

  zeros(count: number): this {
    return this.bytes(Buffer.alloc(count));
  }

  lenencInt(value: number | bigint): this {
    const wide = BigInt(value);
    if (wide < BigInt(LENENC_NULL)) return this.uint8(Number(wide));
    if (wide < 0x1_0000n) return this.uint8(LENENC_2_BYTES).uint16(Number(wide));
    if (wide < 0x100_0000n) {
      return this.uint8(LENENC_3_BYTES)
        .uint8(Number(wide & 0xffn))
        .uint16(Number(wide >> 8n));
    }
    const part = Buffer.allocUnsafe(9);
    part.writeUInt8(LENENC_8_BYTES);
    part.writeBigUInt64LE(wide, 1);
    return this.bytes(part);
  }

  lenencString(text: string): this {
    const bytes = Buffer.from(text, 'utf8');
    return this.lenencInt(bytes.length).bytes(bytes);
  }

  /** Text without a length: it ends with the packet. */
  text(text: string): this {
    return this.bytes(Buffer.from(text, 'utf8'));
  }

  nulString(text: string): this {
    return this.text(text).uint8(0);
  }

  build(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
