/**
 * The hot loop: walks the records of one batch without making an object for any of them.
 *
 *   Record => length VARINT, attributes INT8, timestampDelta VARLONG, offsetDelta VARINT,
 *     keyLength VARINT, key, valueLength VARINT, value, headerCount VARINT, headers
 */
import type { SluiceError } from '../../connect/errors.js';
import { corrupt } from './record-batch.js';
import type { RecordCursor } from './record-cursor.js';

export interface RecordWindow {
  /** How many records the batch says it has. */
  count: number;
  baseOffset: bigint;
  /** The batch's base offset minus the start of the range: may be negative. */
  baseDelta: number;
  /** Offset deltas (from the start of the range) wanted: `from` inclusive, `to` exclusive. */
  from: number;
  to: number;
  /** Where the walk stands: the next record's place in the records, and how many are behind it. */
  position: number;
  index: number;
}

/** What a scan did, in records and in bytes of their values. */
export interface ScanTally {
  records: number;
  bytes: number;
}

/** The read position of the scan under way: scans are synchronous and never nest. */
let position = 0;

/**
 * Calls `visit` for each record inside the window, in offset order, and adds to `tally`.
 *
 * @param records the uncompressed records of one batch, to the end of the buffer.
 * @param most how many to visit before the walk rests: the window then tells where.
 * @returns true when there is nothing more to visit.
 * @throws SluiceError KAFKA_CORRUPT_RECORD when lengths do not fit, and whatever `visit` throws.
 */
export function scanRecords(
  records: Buffer,
  window: RecordWindow,
  cursor: RecordCursor,
  tally: ScanTally,
  visit: () => void,
  most = Number.POSITIVE_INFINITY,
): boolean {
  const { count, baseOffset, baseDelta, from, to } = window;
  const limit = records.length;
  cursor.buffer = records;
  let next = window.position;
  let left = most;
  for (let index = window.index; index < count; index++) {
    position = next;
    const length = readVarint(records);
    const recordEnd = position + length;
    if (length < 0 || recordEnd > limit) throw malformed(baseOffset, index, 'its length runs beyond the batch');
    next = recordEnd;
    position++; // attributes: unused so far
    cursor.timestampPosition = position;
    skipVarlong(records, recordEnd);
    const offsetDelta = baseDelta + readVarint(records);
    if (offsetDelta < from) continue;
    if (offsetDelta >= to) return true;

    const keyLength = readVarint(records);
    cursor.keyStart = position;
    if (keyLength >= 0) position += keyLength;
    cursor.keyEnd = keyLength >= 0 ? position : -1;

    const valueLength = readVarint(records);
    cursor.valueStart = position;
    if (valueLength >= 0) position += valueLength;
    cursor.valueEnd = valueLength >= 0 ? position : -1;

    const headerCount = readVarint(records);
    if (position > recordEnd) throw malformed(baseOffset, index, 'its key or value runs beyond its end');
    if (headerCount < 0 || (headerCount === 0 && position !== recordEnd))
      throw malformed(baseOffset, index, 'it has bytes to spare');
    cursor.headersStart = position;
    cursor.headersEnd = recordEnd;
    cursor.headerCount = headerCount;
    cursor.offsetDelta = offsetDelta;

    tally.records++;
    if (valueLength > 0) tally.bytes += valueLength;
    visit();
    if (--left === 0) {
      window.position = next;
      window.index = index + 1;
      return false;
    }
  }
  if (next !== limit) throw corrupt(baseOffset, 'it has bytes after its last record');
  return true;
}

/** Past the end it reads zeros, and of a longer number the first five bytes: bounds checks then reject the record. */
function readVarint(buffer: Buffer): number {
  let byte = buffer[position++] as number;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 0x7f;
  let shift = 7;
  do {
    byte = buffer[position++] as number;
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80 && shift <= 28);
  return (value >>> 1) ^ -(value & 1);
}

function skipVarlong(buffer: Buffer, end: number): void {
  while (position < end && (buffer[position] as number) >= 0x80) position++;
  position++;
}

function malformed(baseOffset: bigint, index: number, found: string): SluiceError {
  return corrupt(baseOffset, `record ${index} is malformed, ${found}`);
}
