/** Writes record batches (magic 2) as a producer and a broker do: the other half of what kafka/protocol reads. */
import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { lz4Compress, snappyCompress } from './compressors.js';

export interface TestRecord {
  offset: bigint;
  key: Buffer | null;
  value: Buffer | null;
  headers?: { key: string; value: Buffer | null }[];
  timestamp?: bigint;
}

export interface TestBatch {
  baseOffset: bigint;
  /** The last record may have been compacted away: the batch keeps its last offset. */
  lastOffset: bigint;
  records: TestRecord[];
  codec?: 'none' | 'gzip' | 'snappy' | 'xerial' | 'lz4';
  producerId?: bigint;
  isTransactional?: boolean;
  isControl?: boolean;
  /** Set for topics with message.timestamp.type=LogAppendTime. */
  appendTime?: bigint;
}

const CODEC_NUMBERS = { none: 0, gzip: 1, snappy: 2, xerial: 2, lz4: 3 } as const;

export function encodeBatch(batch: TestBatch): Buffer {
  const { baseOffset, lastOffset, codec = 'none', producerId = -1n, appendTime } = batch;
  const baseTimestamp = batch.records[0]?.timestamp ?? 0n;
  const records = compress(
    codec,
    Buffer.concat(batch.records.map((record) => encodeRecord(record, baseOffset, baseTimestamp))),
  );

  const header = Buffer.alloc(61);
  header.writeBigInt64BE(baseOffset, 0);
  header.writeInt32BE(49 + records.length, 8);
  header.writeInt32BE(0, 12);
  header.writeInt8(2, 16);
  const flags = (appendTime === undefined ? 0 : 8) | (batch.isTransactional ? 16 : 0) | (batch.isControl ? 32 : 0);
  header.writeInt16BE(CODEC_NUMBERS[codec] | flags, 21);
  header.writeInt32BE(Number(lastOffset - baseOffset), 23);
  header.writeBigInt64BE(baseTimestamp, 27);
  header.writeBigInt64BE(appendTime ?? baseTimestamp, 35);
  header.writeBigInt64BE(producerId, 43);
  header.writeInt16BE(0, 51);
  header.writeInt32BE(0, 53);
  header.writeInt32BE(batch.records.length, 57);
  const whole = Buffer.concat([header, records]);
  whole.writeUInt32BE(crc32c(whole.subarray(21)), 17);
  return whole;
}

/** The marker that ends a transaction. */
export function encodeMarker(offset: bigint, producerId: bigint, type: 'abort' | 'commit'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const record = { offset, key, value: Buffer.alloc(6) };
  return encodeBatch({
    baseOffset: offset,
    lastOffset: offset,
    records: [record],
    producerId,
    isTransactional: true,
    isControl: true,
  });
}

function encodeRecord(record: TestRecord, baseOffset: bigint, baseTimestamp: bigint): Buffer {
  const { offset, key, value, headers = [], timestamp = 0n } = record;
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestamp - baseTimestamp),
    varint(offset - baseOffset),
    bytes(key),
    bytes(value),
    varint(BigInt(headers.length)),
    ...headers.flatMap((header) => [bytes(Buffer.from(header.key)), bytes(header.value)]),
  ]);
  return Buffer.concat([varint(BigInt(body.length)), body]);
}

function bytes(value: Buffer | null): Buffer {
  return value === null ? varint(-1n) : Buffer.concat([varint(BigInt(value.length)), value]);
}

/** Zigzag, seven bits a byte. */
function varint(value: bigint): Buffer {
  const parts: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest >= 0x80n) {
    parts.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  parts.push(Number(rest));
  return Buffer.from(parts);
}

function compress(codec: keyof typeof CODEC_NUMBERS, data: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return data;
    case 'gzip':
      return gzipSync(data);
    case 'snappy':
      return snappyCompress(data);
    case 'xerial':
      return xerial(data);
    case 'lz4':
      return lz4Compress(data);
  }
}

/** The framing of snappy-java, in blocks of 1 KiB. */
function xerial(data: Buffer): Buffer {
  const frame: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let start = 0; start < data.length; start += 1024) {
    const block = snappyCompress(data.subarray(start, start + 1024));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    frame.push(size, block);
  }
  return Buffer.concat(frame);
}
