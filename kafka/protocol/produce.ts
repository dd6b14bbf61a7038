/**
 * The Produce request (API key 0), version 9, with record batches (magic 2) written here: `record-batch.ts` has the layout,
 * field tables are those of Apache Kafka's `ProduceRequest.json`, `DefaultRecord.java`.
 *
 * Our own codec because `@platformatic/kafka` writes timestamps wrong that lie far before the first of a batch.
 */
import { crc32c } from '@node-rs/crc32';
import { createAPI, produceV9, Writer } from '@platformatic/kafka';
import type { OutgoingRecord } from '../producer.js';

const PRODUCE_API_KEY = 0;
const PRODUCE_VERSION = 9;
const HEADER_BYTES = 61;
/** baseOffset and batchLength themselves, which batchLength does not count. */
const LOG_OVERHEAD_BYTES = 12;
const MAGIC = 2;
const TRANSACTIONAL = 1 << 4;

export interface ProducedBatch {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly transactionalId: string;
  /** The number of its first record in its partition. */
  readonly sequence: number;
  readonly records: readonly OutgoingRecord[];
}

/*
  Produce Request (Version: 9) => transactional_id acks timeout_ms [topic_data] TAG_BUFFER
    transactional_id => COMPACT_NULLABLE_STRING
    acks => INT16
    timeout_ms => INT32
    topic_data => name [partition_data] TAG_BUFFER
      name => COMPACT_STRING
      partition_data => index records TAG_BUFFER
        index => INT32
        records => COMPACT_RECORDS
*/
function createRequest(
  transactionalId: string,
  acks: number,
  timeoutMs: number,
  topic: string,
  partition: number,
  records: Buffer,
): Writer {
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(acks)
    .appendInt32(timeoutMs)
    .appendArray([topic], (writer, name) => {
      writer.appendString(name).appendArray([partition], (inner, index) => {
        inner
          .appendInt32(index)
          .appendUnsignedVarInt(records.length + 1)
          .append(records);
      });
    })
    .appendTaggedFields();
}

export type ProduceRequest = Parameters<typeof createRequest>;

/** One record batch for one partition. */
export const produceApi = createAPI<ProduceRequest, produceV9.ProduceResponse>(
  PRODUCE_API_KEY,
  PRODUCE_VERSION,
  createRequest,
  produceV9.parseResponse,
);

/** A record batch as a producer sends it: uncompressed, part of a transaction. */
export function encodeRecordBatch(batch: ProducedBatch): Buffer {
  const { producerId, producerEpoch, sequence, records } = batch;
  const now = BigInt(Date.now());
  const timestamps = records.map(({ timestamp }) => timestamp ?? now);
  const first = timestamps[0] ?? now;
  const last = timestamps.reduce((latest, timestamp) => (timestamp > latest ? timestamp : latest), first);
  const parts = records.map((record, index) => encodeRecord(record, index, (timestamps[index] ?? now) - first));
  const whole = Buffer.concat([Buffer.alloc(HEADER_BYTES), ...parts.flat()]);
  whole.writeInt32BE(whole.length - LOG_OVERHEAD_BYTES, 8);
  whole.writeInt32BE(-1, 12);
  whole.writeInt8(MAGIC, 16);
  whole.writeInt16BE(TRANSACTIONAL, 21);
  whole.writeInt32BE(records.length - 1, 23);
  whole.writeBigInt64BE(first, 27);
  whole.writeBigInt64BE(last, 35);
  whole.writeBigInt64BE(producerId, 43);
  whole.writeInt16BE(producerEpoch, 51);
  whole.writeInt32BE(sequence, 53);
  whole.writeInt32BE(records.length, 57);
  whole.writeUInt32BE(crc32c(whole.subarray(21)), 17);
  return whole;
}

/** Length, attributes, timestamp and offset from the first, key, value, headers: each length is a zigzag varint. */
function encodeRecord({ key, value, headers = [] }: OutgoingRecord, index: number, timestampDelta: bigint): Buffer[] {
  const parts = [
    Buffer.alloc(1),
    varint(timestampDelta),
    varint(BigInt(index)),
    ...lengthAndBytes(key),
    ...lengthAndBytes(value),
    varint(BigInt(headers.length)),
    ...headers.flatMap((header) => [...lengthAndBytes(Buffer.from(header.key)), ...lengthAndBytes(header.value)]),
  ];
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
  return [varint(BigInt(sizeBytes)), ...parts];
}

function lengthAndBytes(bytes: Buffer | null): Buffer[] {
  return bytes === null ? [varint(-1n)] : [varint(BigInt(bytes.length)), bytes];
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
