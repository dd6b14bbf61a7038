/** From the bytes a broker returned for one partition to the visitor: checks, decompresses, filters, in offset order. */
import { SluiceError } from '../../connect/errors.js';
import type { LineSink } from '../../connect/rows/index.js';
import { decompress } from '../compression/index.js';
import { LineCopier } from '../lines/index.js';
import { AbortedTransactions } from '../protocol/aborted.js';
import type { FetchedPartition, IsolationLevel } from '../protocol/fetch.js';
import { type RecordBatch, recordBatches } from '../protocol/record-batch.js';
import { RecordCursor } from '../protocol/record-cursor.js';
import { type RecordWindow, scanRecords } from '../protocol/scan-records.js';
import type { RangeProgress } from './range.js';

export type RecordVisitor = (rangeIndex: number, record: RecordCursor) => void;

export interface ScanOptions {
  isolationLevel: IsolationLevel;
  /** The largest a decompressed batch may be. */
  maxDecompressedBytes: number;
  /** Takes values as lines, as far as they can be; other records are visited. */
  lines?: LineSink | undefined;
}

/** So many times in a row the lines are tried in vain before the rest of a batch is visited record by record. */
const MAX_MISSES = 8;

/** The whole batches in what a broker returned that reach to or beyond the position asked for. */
export interface FetchedSpan {
  first: bigint;
  /** Where the next fetch starts: after the last whole batch, which counts even where compaction has emptied it. */
  next: bigint;
  sizeBytes: number;
}

/** Undefined when there is no such batch. */
export function fetchedSpan(records: Buffer, position: bigint): FetchedSpan | undefined {
  let span: FetchedSpan | undefined;
  for (const batch of recordBatches(records)) {
    if (batch.lastOffset < position) continue;
    const next = batch.lastOffset + 1n;
    const sizeBytes = (span?.sizeBytes ?? 0) + batch.end - batch.start;
    span = { first: span?.first ?? batch.baseOffset, next, sizeBytes };
  }
  return span;
}

/** Shows the visitor all records of one partition's part of a response, and counts what it skips. */
export class PartitionScanner {
  readonly #cursor = new RecordCursor();
  readonly #hidden = new RecordCursor();
  readonly #options: ScanOptions;
  readonly #visit: () => void;
  #rangeIndex = 0;

  constructor(visitor: RecordVisitor, options: ScanOptions) {
    const cursor = this.#cursor;
    this.#visit = () => visitor(this.#rangeIndex, cursor);
    this.#options = options;
  }

  /**
   * @param from the offset the fetch asked for; batches may begin before it.
   * @throws SluiceError KAFKA_CORRUPT_RECORD, RECORD_TOO_LARGE, KAFKA_PROTOCOL, with topic, partition and offset; and
   *   whatever the visitor throws.
   */
  scan(progress: RangeProgress, fetched: FetchedPartition, from: bigint): void {
    const { topic, partition } = progress.range;
    this.#rangeIndex = progress.index;
    try {
      this.#scanBatches(progress, fetched, from);
    } catch (error) {
      throw error instanceof SluiceError ? error.within({ topic, partition }) : error;
    }
  }

  #scanBatches(progress: RangeProgress, fetched: FetchedPartition, from: bigint): void {
    const { start, end } = progress.range;
    const committedOnly = this.#options.isolationLevel === 'read_committed';
    const aborted = new AbortedTransactions(committedOnly ? fetched.abortedTransactions : []);
    for (const batch of recordBatches(fetched.records)) {
      if (batch.baseOffset >= end) return;
      const records = this.#open(batch);
      const window = {
        count: batch.recordCount,
        baseOffset: batch.baseOffset,
        baseDelta: Number(batch.baseOffset - start),
        from: Number(from - start),
        to: Number(end - start),
        position: 0,
        index: 0,
      };
      const isAborted = aborted.covers(batch);
      if (batch.isControl) {
        this.#noteMarker(aborted, batch, records);
        progress.control += this.#count(records, window);
      } else if (isAborted) {
        progress.aborted += this.#count(records, window);
      } else {
        this.#cursor.baseTimestamp = batch.timestamp;
        this.#cursor.timestampIsBatchWide = batch.usesAppendTime;
        this.#show(records, window, progress);
      }
    }
  }

  #show(records: Buffer, window: RecordWindow, progress: RangeProgress): void {
    const { lines } = this.#options;
    const copier = lines === undefined ? undefined : LineCopier.open(records, window, lines.rules);
    if (lines === undefined || copier === undefined) {
      scanRecords(records, window, this.#cursor, progress, this.#visit);
      return;
    }
    for (let misses = 0; ; ) {
      const copied = copier.copy(window, lines.room(progress.index));
      if (copied.count > 0) lines.give(progress.index, copied);
      progress.records += copied.count;
      progress.bytes += copied.lines.length - copied.count;
      misses = copied.count > 0 ? 0 : misses + 1;
      const most = misses < MAX_MISSES ? 1 : Number.POSITIVE_INFINITY;
      if (scanRecords(records, window, this.#cursor, progress, this.#visit, most)) return;
    }
  }

  /** The batch's uncompressed records, once its checksum is right. */
  #open(batch: RecordBatch): Buffer {
    batch.verifyChecksum();
    if (batch.recordCount === 0) return batch.records;
    try {
      return decompress(batch.codec, batch.records, this.#options.maxDecompressedBytes);
    } catch (error) {
      throw error instanceof SluiceError ? error.within({ offset: batch.baseOffset.toString() }) : error;
    }
  }

  /** A control batch holds one marker, or none where compaction has removed it. */
  #noteMarker(aborted: AbortedTransactions, batch: RecordBatch, records: Buffer): void {
    const { baseOffset, recordCount: count } = batch;
    const everything = {
      count,
      baseOffset,
      baseDelta: 0,
      from: 0,
      to: Number.POSITIVE_INFINITY,
      position: 0,
      index: 0,
    };
    const marker = this.#hidden;
    scanRecords(records, everything, marker, { records: 0, bytes: 0 }, () => {
      aborted.mark(batch, marker.buffer.subarray(marker.keyStart, Math.max(marker.keyStart, marker.keyEnd)));
    });
  }

  #count(records: Buffer, window: RecordWindow): number {
    const tally = { records: 0, bytes: 0 };
    scanRecords(records, window, this.#hidden, tally, () => {});
    return tally.records;
  }
}
