/**
 * How far the dead letter queue reaches: its own consumer group has, for each partition that records are read from, the
 * offset below which every dead letter is in the queue. It is moved by the transaction that brings the letters.
 *
 * Positions are those of offsets and not of batches, so that a record is a dead letter once also where it comes again in
 * a batch with other boundaries. What they cannot tell is that the database refuses a row only later, when letters of its
 * batch, or of the next one, are there already: such records are found `late`, and the batches that have been produced
 * are told beside the positions.
 */
import type { BatchInput, CommitBatchInput, PrepareBatchInput } from '../workflows/core/activities.js';
import { samePartition } from '../workflows/core/offsets.js';
import type { OpenConnector } from './connector-pool.js';
import type { DeadLetter } from './dead-letters.js';
import { batchHash } from './group-record.js';
import type { GroupOffset, LogPartition } from './ports.js';

/** Batches under way at once are fewer by far. */
const KNOWN_BATCHES = 32;

interface PositionRecord {
  readonly sluice: 1;
  /** Of the connector: another one of the same name begins anew. */
  readonly id: string;
  /** Batches whose letters are there, by their names, latest first. */
  readonly made: readonly string[];
}

/** What a batch is called beside the positions: read again on purpose, it is another one. */
export function batchName(batch: BatchInput): string {
  return `${batch.identity.epoch}.${batchHash(batch)}`;
}

/** The offsets of a batch in the queue's group as they are. */
export class Reach {
  constructor(
    private readonly id: string,
    private readonly offsets: readonly GroupOffset[],
  ) {}

  /** True when letters of exactly this batch were produced. */
  hasMade(batch: string): boolean {
    return this.offsets.some((offset) => this.recordOf(offset)?.made.includes(batch) === true);
  }

  has({ topic, partition, offset, late }: Pick<DeadLetter, 'topic' | 'partition' | 'offset' | 'late'>): boolean {
    const found = this.offsets.find((other) => samePartition(other, { topic, partition }));
    return !late && found !== undefined && this.recordOf(found) !== undefined && offset < found.offset;
  }

  /** The positions once these letters are there; `batch` only where they are the last of it. */
  after(letters: readonly DeadLetter[], batch: string | undefined): GroupOffset[] {
    const partitions = new Map<string, LogPartition & { last: bigint }>();
    for (const { topic, partition, offset } of letters) {
      const key = `${partition} ${topic}`;
      const last = partitions.get(key)?.last ?? offset;
      partitions.set(key, { topic, partition, last: offset > last ? offset : last });
    }
    return [...partitions.values()].map(({ topic, partition, last }) => {
      const found = this.offsets.find((other) => samePartition(other, { topic, partition }));
      const record = found === undefined ? undefined : this.recordOf(found);
      const before = record === undefined ? 0n : (found?.offset ?? 0n);
      const made = batch === undefined ? (record?.made ?? []) : [batch, ...(record?.made ?? [])];
      const next: PositionRecord = { sluice: 1, id: this.id, made: made.slice(0, KNOWN_BATCHES) };
      return { topic, partition, offset: last + 1n > before ? last + 1n : before, metadata: JSON.stringify(next) };
    });
  }

  /** Undefined where somebody else has written it. */
  private recordOf({ metadata }: GroupOffset): PositionRecord | undefined {
    if (!metadata.startsWith('{"sluice":1,')) return undefined;
    try {
      const record = JSON.parse(metadata) as PositionRecord;
      return record.id === this.id && Array.isArray(record.made) ? record : undefined;
    } catch {
      return undefined;
    }
  }
}

/**
 * Takes the queue's positions back with those of partitions whose position was changed on purpose: records that are read
 * again may become dead letters again.
 */
export async function forgetDeadLetters(
  queue: OpenConnector['deadLetters'],
  { moved = [], ranges }: CommitBatchInput,
  signal: AbortSignal,
): Promise<void> {
  if (queue === undefined || moved.length === 0) return;
  const known = await queue.positions(moved, signal);
  const back = known.flatMap(({ topic, partition, offset }) => {
    const range = ranges.find((other) => samePartition(other, { topic, partition }));
    if (range === undefined || offset <= BigInt(range.start)) return [];
    return [{ topic, partition, offset: BigInt(range.start), metadata: '' }];
  });
  if (back.length > 0) await queue.setPositions(back, signal);
}

/** True when rows that are refused now were taken, or not asked about, when the batch's letters were produced. */
export async function isFoundLate(
  { sink, deadLetters }: OpenConnector,
  input: PrepareBatchInput,
  signal: AbortSignal,
): Promise<boolean> {
  if (deadLetters === undefined) return false;
  // Without two phases the group tells of a batch before it is loaded.
  if (input.prepared === true || (input.recovered === true && sink.driver.twoPhase)) return true;
  const reach = new Reach(input.identity.id, await deadLetters.positions(input.ranges, signal));
  return reach.hasMade(batchName(input));
}
