/** One record in place: where its parts lie in the batch's bytes. */
import { SluiceError } from '../../connect/errors.js';

export interface RecordHeader {
  key: string;
  value: Buffer | null;
}

const EMPTY = Buffer.alloc(0);

/**
 * The reader's one mutable view of the current record, reused for every record: valid only during the visitor's call.
 * Copy what must live longer. No part of it is an object per record; what is seldom wanted (timestamp, headers) is
 * decoded on demand.
 */
export class RecordCursor {
  /** The bytes the positions below point into. */
  buffer: Buffer = EMPTY;
  /** The record's offset minus the start of its range. */
  offsetDelta = 0;
  keyStart = 0;
  /** -1 for a null key. */
  keyEnd = -1;
  valueStart = 0;
  /** -1 for a null value (a tombstone). */
  valueEnd = -1;
  headersStart = 0;
  headersEnd = 0;
  headerCount = 0;

  /** Set by the scanner, per batch: the first record's timestamp, or the append time of all of them. */
  baseTimestamp = 0n;
  timestampIsBatchWide = false;
  /** Set by the scanner, per record: where its timestamp delta is. */
  timestampPosition = 0;

  /** Milliseconds since the epoch: the producer's time or, by the topic's setting, the broker's append time. */
  get timestamp(): bigint {
    if (this.timestampIsBatchWide) return this.baseTimestamp;
    return this.baseTimestamp + varlongAt(this.buffer, this.timestampPosition);
  }
}

/** The headers of the record under the cursor, in their order; the values are views, valid as long as the cursor is. */
export function decodeHeaders(
  record: Readonly<Pick<RecordCursor, 'buffer' | 'headersStart' | 'headersEnd' | 'headerCount'>>,
): RecordHeader[] {
  const reader = new VarintReader(record.buffer, record.headersStart, record.headersEnd);
  const headers: RecordHeader[] = [];
  for (let index = 0; index < record.headerCount; index++) {
    const key = reader.bytes(reader.varint());
    if (key === null) throw corruptHeaders('a null header key');
    headers.push({ key: key.toString('utf8'), value: reader.bytes(reader.varint()) });
  }
  if (!reader.atEnd) throw corruptHeaders('bytes after the last header');
  return headers;
}

class VarintReader {
  constructor(
    private readonly buffer: Buffer,
    private position: number,
    private readonly end: number,
  ) {}

  get atEnd(): boolean {
    return this.position === this.end;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (this.position >= this.end) break;
      const byte = this.buffer.readUInt8(this.position++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw corruptHeaders('an unfinished length');
  }

  bytes(length: number): Buffer | null {
    if (length < 0) return null;
    const start = this.position;
    if (length > this.end - start) throw corruptHeaders('a length beyond the record');
    this.position = start + length;
    return this.buffer.subarray(start, this.position);
  }
}

/** A zigzag varlong of up to ten bytes. */
function varlongAt(buffer: Buffer, position: number): bigint {
  let value = 0n;
  for (let index = 0; index < 10; index++) {
    const byte = buffer.readUInt8(position + index);
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  throw new SluiceError('KAFKA_CORRUPT_RECORD', 'A record has a timestamp of more than ten bytes.');
}

function corruptHeaders(found: string): SluiceError {
  return new SluiceError('KAFKA_CORRUPT_RECORD', `The headers of a record are malformed: ${found}.`);
}
