/**
 * The bad records of a batch, kept until they are dead letters: their bytes are copied out of what was fetched, into
 * memory of the batch's share.
 */
import type { ErrorCode, RecordStage } from '../connect/errors.js';
import type { Chunk, ChunkSource } from '../connect/rows/index.js';
import { decodeHeaders, type RecordHeader } from '../kafka/index.js';
import type { LogRange, LogRecord } from './ports.js';

/** Why a record is a dead letter. */
export interface Problem {
  readonly stage: RecordStage;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface DeadLetter extends Problem {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** What a letter takes beside its bytes, about. */
const LETTER_BYTES = 256;

export class DeadLetters {
  readonly letters: DeadLetter[] = [];
  /** Of everything that is kept. */
  sizeBytes = 0;
  private readonly taken: Chunk[] = [];
  private position = 0;

  constructor(private readonly chunks: ChunkSource) {}

  /** @throws ShareUsedUp when the batch's memory has no room for it */
  add(record: LogRecord, range: LogRange, problem: Problem): void {
    const keyBytes = lengthOf(record.keyStart, record.keyEnd);
    const valueBytes = lengthOf(record.valueStart, record.valueEnd);
    const headerBytes = record.headerCount === 0 ? 0 : record.headersEnd - record.headersStart;
    const own = this.room(keyBytes + valueBytes + headerBytes);
    const copy = (start: number, end: number, at: number) => record.buffer.copy(own, at, start, end);
    if (keyBytes > 0) copy(record.keyStart, record.keyEnd, 0);
    if (valueBytes > 0) copy(record.valueStart, record.valueEnd, keyBytes);
    if (headerBytes > 0) copy(record.headersStart, record.headersEnd, keyBytes + valueBytes);
    this.letters.push({
      ...problem,
      topic: range.topic,
      partition: range.partition,
      offset: range.start + BigInt(record.offsetDelta),
      timestamp: record.timestamp,
      key: record.keyEnd < 0 ? null : own.subarray(0, keyBytes),
      value: record.valueEnd < 0 ? null : own.subarray(keyBytes, keyBytes + valueBytes),
      headers: decodeHeaders({
        buffer: own,
        headersStart: keyBytes + valueBytes,
        headersEnd: own.length,
        headerCount: record.headerCount,
      }),
    });
    this.sizeBytes += own.length + LETTER_BYTES;
  }

  /** Gives the memory back: no letter may be used after this. */
  release(): void {
    for (const chunk of this.taken.splice(0)) this.chunks.give(chunk);
    this.letters.length = 0;
    this.sizeBytes = 0;
    this.position = 0;
  }

  private room(sizeBytes: number): Buffer {
    const last = this.taken.at(-1);
    if (last === undefined || this.position + sizeBytes > last.bytes.length) {
      this.taken.push(this.chunks.take(sizeBytes));
      this.position = 0;
    }
    const chunk = this.taken.at(-1);
    if (chunk === undefined) throw new RangeError('no chunk was taken');
    const start = this.position;
    this.position += sizeBytes;
    return chunk.bytes.subarray(start, this.position);
  }
}

function lengthOf(start: number, end: number): number {
  return end < 0 ? 0 : end - start;
}
