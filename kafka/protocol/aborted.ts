/**
 * Which batches of a fetch belong to aborted transactions: the algorithm of Java's `CompletedFetch.java`.
 *
 * A broker lists, with the records of a partition, the aborted transactions that overlap them, by producer and first
 * offset. One producer may be listed several times, the list need not be sorted, and a transaction's end marker may lie
 * beyond the fetch; so every batch of the response, wanted or not, must pass by here in offset order.
 */
import { SluiceError } from '../../connect/errors.js';
import type { AbortedTransaction } from './fetch.js';
import type { RecordBatch } from './record-batch.js';

/** Control record types (`ControlRecordType.java`); the key is a version INT16 and the type INT16. */
const ABORT_MARKER = 0;
const MARKER_TYPE_AT = 2;
const MARKER_KEY_BYTES = 4;

export class AbortedTransactions {
  readonly #upcoming: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#upcoming = [...transactions].sort((a, b) => compare(b.firstOffset, a.firstOffset));
  }

  /** Takes note of the next batch; true when it belongs to an aborted transaction and must not be seen. */
  covers(batch: RecordBatch): boolean {
    if (!batch.hasProducerId) return false;
    this.#openUpTo(batch.lastOffset);
    return batch.isTransactional && this.#open.has(batch.producerId);
  }

  /** Takes note of a control batch, given the key of its record. */
  mark(batch: RecordBatch, markerKey: Buffer): void {
    if (markerKey.length < MARKER_KEY_BYTES) {
      throw new SluiceError('KAFKA_CORRUPT_RECORD', 'A control record has a key of less than four bytes.', {
        context: { offset: batch.baseOffset.toString() },
      });
    }
    if (markerKey.readInt16BE(MARKER_TYPE_AT) === ABORT_MARKER) this.#open.delete(batch.producerId);
  }

  #openUpTo(offset: bigint): void {
    for (
      let next = this.#upcoming.at(-1);
      next !== undefined && next.firstOffset <= offset;
      next = this.#upcoming.at(-1)
    ) {
      this.#open.add(next.producerId);
      this.#upcoming.pop();
    }
  }
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
