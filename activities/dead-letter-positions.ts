/**
 * How far the dead letter queue reaches: its own consumer group has, for each partition that records are read from, the
 * offset below which every record that no converter takes is in the queue. It is moved by the transaction that brings the
 * letters. Positions are those of records and not of batches, so that a record is a dead letter once also where it comes
 * again in a batch with other boundaries.
 *
 * Whether the database refuses a row is not for ever: a table can be changed while its batch, or the one after it, is
 * under way. So the offsets of the records that were refused stand beside the position, from where the connector could
 * have to read again.
 */
import type { CommitBatchInput } from '../workflows/core/activities.js';
import { readOffsets, writeOffsets } from '../workflows/core/offset-list.js';
import { samePartition } from '../workflows/core/offsets.js';
import type { OpenConnector } from './connector-pool.js';
import type { DeadLetter } from './dead-letters.js';
import type { GroupOffset, LogPartition } from './ports.js';

/** Of the 4,096 bytes that Kafka allows for the metadata of an offset. */
const MAX_REFUSED_CHARACTERS = 3_500;

interface PositionRecord {
  readonly sluice: 1;
  /** Of the connector: another one of the same name begins anew. */
  readonly id: string;
  /** Nothing below is read again. */
  readonly from: string;
  /** Records from there on whose rows the database has refused, in the queue: as `writeOffsets` writes them. */
  readonly refused: string;
}

type Place = Pick<DeadLetter, 'topic' | 'partition' | 'offset' | 'code'>;

/** What the queue's group tells of some partitions. */
export class Reach {
  private readonly known: readonly Known[];

  constructor(
    private readonly id: string,
    offsets: readonly GroupOffset[],
  ) {
    this.known = offsets.flatMap((offset) => knownBy(id, offset));
  }

  has(place: Place): boolean {
    const known = this.known.find((other) => samePartition(other, place));
    if (known === undefined) return false;
    if (place.code !== 'SINK_ROWS_REJECTED') return place.offset < known.offset;
    return place.offset < known.from || known.refused.has(place.offset);
  }

  /**
   * The positions once these letters are there, too.
   *
   * @param committed of the connector's own group: nothing below is read again
   */
  after(letters: readonly DeadLetter[], committed: readonly GroupOffset[]): GroupOffset[] {
    const partitions = new Map<string, LogPartition & { letters: DeadLetter[] }>();
    for (const letter of letters) {
      const { topic, partition } = letter;
      const key = `${partition} ${topic}`;
      const entry = partitions.get(key) ?? { topic, partition, letters: [] };
      partitions.set(key, entry);
      entry.letters.push(letter);
    }
    return [...partitions.values()].map(({ topic, partition, letters: own }) => {
      const known = this.known.find((other) => samePartition(other, { topic, partition }));
      const floor = committed.find((other) => samePartition(other, { topic, partition }))?.offset;
      const from = floor ?? known?.from ?? 0n;
      const refused = own.filter(({ code }) => code === 'SINK_ROWS_REJECTED').map(({ offset }) => offset);
      const ends = own.map(({ offset }) => offset + 1n);
      const offset = ends.reduce((last, end) => (end > last ? end : last), known?.offset ?? 0n);
      const metadata = JSON.stringify(this.recordOf(from, [...(known?.refused ?? []), ...refused]));
      return { topic, partition, offset, metadata };
    });
  }

  private recordOf(from: bigint, refused: readonly bigint[]): PositionRecord {
    const kept = [...new Set(refused.filter((offset) => offset >= from))].sort((a, b) => (a < b ? -1 : 1));
    const list = writeOffsets(from, kept);
    if (list.length <= MAX_REFUSED_CHARACTERS) return { sluice: 1, id: this.id, from: from.toString(), refused: list };
    const half = kept.slice(Math.ceil(kept.length / 2));
    return this.recordOf(half[0] ?? from, half);
  }
}

interface Known extends LogPartition {
  readonly offset: bigint;
  readonly from: bigint;
  readonly refused: ReadonlySet<bigint>;
}

/** Nothing where somebody else has written it. */
function knownBy(id: string, { topic, partition, offset, metadata }: GroupOffset): Known[] {
  if (!metadata.startsWith('{"sluice":1,')) return [];
  try {
    const record = JSON.parse(metadata) as PositionRecord;
    if (record.id !== id) return [];
    const from = BigInt(record.from);
    return [{ topic, partition, offset, from, refused: new Set(readOffsets(from, record.refused)) }];
  } catch {
    return [];
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
