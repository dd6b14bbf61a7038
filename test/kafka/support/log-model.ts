/**
 * A partition's log as a broker keeps it, small and plain: batches, transactions, compaction, and what a fetch returns.
 * Beside the encoded log it knows which records a read_committed reader must see.
 */
import type { FetchedPartition } from '../../../kafka/protocol/fetch.js';
import { encodeBatch, encodeMarker, type TestBatch, type TestRecord } from './encode-batch.js';

type Codec = NonNullable<TestBatch['codec']>;

interface LogEntry {
  baseOffset: bigint;
  lastOffset: bigint;
  producerId: bigint | undefined;
  /** Undefined for markers. */
  records: TestRecord[] | undefined;
  codec: Codec;
  marker?: 'abort' | 'commit';
}

interface Transaction {
  producerId: bigint;
  firstOffset: bigint;
  /** Of its marker. */
  lastOffset?: bigint;
  outcome?: 'abort' | 'commit';
}

export class LogModel {
  readonly #entries: LogEntry[] = [];
  readonly #transactions: Transaction[] = [];
  #end = 0n;

  get end(): bigint {
    return this.#end;
  }

  /** Before the first transaction that is still open. */
  get lastStableOffset(): bigint {
    const open = this.#transactions.filter(({ outcome }) => outcome === undefined);
    // Transactions are listed as they began.
    return open[0]?.firstOffset ?? this.#end;
  }

  append(values: readonly string[], options: { producerId?: bigint; codec?: Codec } = {}): void {
    const { producerId, codec = 'none' } = options;
    const baseOffset = this.#end;
    if (producerId !== undefined && this.#openOf(producerId) === undefined) {
      this.#transactions.push({ producerId, firstOffset: baseOffset });
    }
    const records = values.map((value, index) => ({
      offset: baseOffset + BigInt(index),
      key: null,
      value: Buffer.from(value),
    }));
    this.#end += BigInt(records.length);
    this.#entries.push({ baseOffset, lastOffset: this.#end - 1n, producerId, records, codec });
  }

  /** Ends the producer's transaction, if it has one open. */
  endTransaction(producerId: bigint, outcome: 'abort' | 'commit'): void {
    const transaction = this.#openOf(producerId);
    if (transaction === undefined) return;
    transaction.outcome = outcome;
    transaction.lastOffset = this.#end;
    const [baseOffset, lastOffset] = [this.#end, this.#end];
    this.#entries.push({ baseOffset, lastOffset, producerId, records: undefined, codec: 'none', marker: outcome });
    this.#end += 1n;
  }

  /** Removes records as the log cleaner does: a batch keeps its offsets; one without records stays, or goes as well. */
  compact(isRemoved: (offset: bigint) => boolean, dropsEmpty: boolean): void {
    for (const entry of this.#entries) {
      entry.records &&= entry.records.filter(({ offset }) => !isRemoved(offset));
    }
    if (!dropsEmpty) return;
    const last = this.#entries.at(-1);
    const kept = this.#entries.filter((entry) => entry === last || entry.records?.length !== 0);
    this.#entries.splice(0, this.#entries.length, ...kept);
  }

  /** What a read_committed reader must see of [start, end), as `offset:value`. */
  committed(start: bigint, end: bigint): string[] {
    return this.#entries
      .filter((entry) => this.#outcomeOf(entry) !== 'abort')
      .flatMap(({ records = [] }) => records)
      .filter(({ offset }) => offset >= start && offset < end)
      .map(({ offset, value }) => `${offset}:${value}`);
  }

  /**
   * A read_committed fetch: from the batch that holds `offset`, cut off after `maxBytes` but with one whole batch, up to
   * the last stable offset; with the aborted transactions that overlap it.
   */
  fetch(offset: bigint, maxBytes: number): FetchedPartition {
    const entries = this.#entries.filter(
      ({ lastOffset }) => lastOffset >= offset && lastOffset < this.lastStableOffset,
    );
    const batches = entries.map((entry) => this.#encode(entry));
    const all = Buffer.concat(batches);
    const records = all.subarray(0, Math.max(maxBytes, batches[0]?.length ?? 0));
    let reached = 0;
    const sent = entries.filter((_entry, index) => {
      const starts = reached;
      reached += batches[index]?.length ?? 0;
      return starts < records.length;
    });
    const upTo = sent.at(-1)?.lastOffset ?? offset;
    const abortedTransactions = this.#transactions
      .filter(
        ({ outcome, firstOffset, lastOffset = 0n }) =>
          outcome === 'abort' && firstOffset <= upTo && lastOffset >= offset,
      )
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
    return {
      topicKey: 't',
      partition: 0,
      errorCode: 0,
      highWatermark: this.#end,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: 0n,
      abortedTransactions,
      records,
    };
  }

  #encode(entry: LogEntry): Buffer {
    const { baseOffset, lastOffset, producerId, records, codec, marker } = entry;
    if (marker !== undefined) return encodeMarker(baseOffset, producerId ?? -1n, marker);
    return encodeBatch({
      baseOffset,
      lastOffset,
      records: records ?? [],
      codec: records?.length === 0 ? 'none' : codec,
      ...(producerId === undefined ? {} : { producerId, isTransactional: true }),
    });
  }

  #openOf(producerId: bigint): Transaction | undefined {
    return this.#transactions.find(
      (candidate) => candidate.producerId === producerId && candidate.outcome === undefined,
    );
  }

  #outcomeOf({ producerId, baseOffset }: LogEntry): 'abort' | 'commit' | undefined {
    return this.#transactions.find(
      (transaction) =>
        transaction.producerId === producerId &&
        transaction.firstOffset <= baseOffset &&
        (transaction.lastOffset ?? this.#end) >= baseOffset,
    )?.outcome;
  }
}
