/**
 * Record batches (magic 2) read in place.
 *
 * Layout from Apache Kafka, `DefaultRecordBatch.java` and `DefaultRecord.java`:
 *
 *   RecordBatch => baseOffset INT64, batchLength INT32 (of all that follows), partitionLeaderEpoch INT32, magic INT8,
 *     crc UINT32 (CRC-32C of all that follows), attributes INT16, lastOffsetDelta INT32, baseTimestamp INT64,
 *     maxTimestamp INT64, producerId INT64, producerEpoch INT16, baseSequence INT32, recordsCount INT32, records
 *   attributes => bits 0-2 codec, 3 timestamp type (1 = append time), 4 transactional, 5 control batch, 6 delete horizon
 */
import { crc32c } from '@node-rs/crc32';
import { SluiceError } from '../../connect/errors.js';

const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const RECORD_COUNT_AT = 57;
export const BATCH_HEADER_BYTES = 61;
/** baseOffset and batchLength themselves, which batchLength does not count. */
const LOG_OVERHEAD_BYTES = 12;

const CURRENT_MAGIC = 2;
const CODEC_MASK = 0b111;
const APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const NO_PRODUCER = -1n;

/** The header of one whole batch inside a buffer. */
export class RecordBatch {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly producerId: bigint;
  readonly recordCount: number;
  /** Where the batch ends in its buffer. */
  readonly end: number;
  readonly #attributes: number;

  constructor(
    readonly buffer: Buffer,
    readonly start: number,
    sizeBytes: number,
  ) {
    this.end = start + sizeBytes;
    this.baseOffset = buffer.readBigInt64BE(start);
    this.lastOffset = this.baseOffset + BigInt(buffer.readInt32BE(start + LAST_OFFSET_DELTA_AT));
    this.#attributes = buffer.readInt16BE(start + ATTRIBUTES_AT);
    this.producerId = buffer.readBigInt64BE(start + PRODUCER_ID_AT);
    this.recordCount = buffer.readInt32BE(start + RECORD_COUNT_AT);
  }

  get codec(): number {
    return this.#attributes & CODEC_MASK;
  }

  get isTransactional(): boolean {
    return (this.#attributes & TRANSACTIONAL) !== 0;
  }

  get isControl(): boolean {
    return (this.#attributes & CONTROL) !== 0;
  }

  get hasProducerId(): boolean {
    return this.producerId > NO_PRODUCER;
  }

  get usesAppendTime(): boolean {
    return (this.#attributes & APPEND_TIME) !== 0;
  }

  /** What record timestamps count from; with append time, the one timestamp of the whole batch. */
  get timestamp(): bigint {
    return this.buffer.readBigInt64BE(this.start + (this.usesAppendTime ? MAX_TIMESTAMP_AT : BASE_TIMESTAMP_AT));
  }

  /** The records as stored: compressed if the batch is. */
  get records(): Buffer {
    return this.buffer.subarray(this.start + BATCH_HEADER_BYTES, this.end);
  }

  /** @throws SluiceError KAFKA_CORRUPT_RECORD when the bytes are not those the producer sent. */
  verifyChecksum(): void {
    const stored = this.buffer.readUInt32BE(this.start + CRC_AT);
    const computed = crc32c(this.buffer.subarray(this.start + ATTRIBUTES_AT, this.end));
    if (stored === computed) return;
    throw corrupt(this.baseOffset, `its checksum is ${computed} and should be ${stored}`);
  }
}

/**
 * The whole batches in what a broker returned for one partition. A batch cut off by the size limit of the fetch ends
 * the walk; it comes again, whole, with the next fetch.
 *
 * @throws SluiceError KAFKA_PROTOCOL for message formats 0 and 1, KAFKA_CORRUPT_RECORD for an impossible length.
 */
export function* recordBatches(buffer: Buffer): Generator<RecordBatch, void, undefined> {
  let start = 0;
  while (start + CRC_AT <= buffer.length) {
    const sizeBytes = LOG_OVERHEAD_BYTES + buffer.readInt32BE(start + LENGTH_AT);
    requireCurrentFormat(buffer, start);
    if (sizeBytes < BATCH_HEADER_BYTES) {
      throw corrupt(buffer.readBigInt64BE(start), `its length of ${sizeBytes} bytes is less than a header`);
    }
    if (sizeBytes > buffer.length - start) return;
    yield new RecordBatch(buffer, start, sizeBytes);
    start += sizeBytes;
  }
}

function requireCurrentFormat(buffer: Buffer, start: number): void {
  const magic = buffer.readInt8(start + MAGIC_AT);
  if (magic === CURRENT_MAGIC) return;
  const offset = buffer.readBigInt64BE(start).toString();
  if (magic === 0 || magic === 1) {
    throw new SluiceError(
      'KAFKA_PROTOCOL',
      `The log holds records in the message format ${magic} of Kafka before 0.11.`,
      {
        context: { offset },
        hint: 'Copy the topic with a current producer, or start after these records.',
      },
    );
  }
  throw corrupt(BigInt(offset), `its format version is ${magic}`);
}

export function corrupt(offset: bigint, found: string): SluiceError {
  return new SluiceError('KAFKA_CORRUPT_RECORD', `The record batch is corrupt: ${found}.`, {
    context: { offset: offset.toString() },
    hint: 'Check the broker disk and log; to go on without these records, move the offset past them.',
  });
}
