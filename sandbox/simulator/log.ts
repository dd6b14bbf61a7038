/** The simulated Kafka: partitions with open transactions, aborted records and markers, and consumer groups. */
import type { GroupOffset, LogPartition, LogRange, LogRecord, SourceLog } from '../../activities/ports.js';
import type { TopicSelection } from '../../connect/config/sink-connector.js';
import { SluiceError } from '../../connect/errors.js';
import { partitionName } from '../../workflows/core/offsets.js';
import { namedTable, valueIn } from './connector-config.js';
import type { Exchange, Network } from './network.js';
import type { SimulatedProcess } from './process.js';
import type { Trouble } from './trouble.js';

/** `open` belongs to a transaction that has not ended: nothing from there on may be read yet. */
type Slot =
  | { readonly kind: 'record'; readonly value: Buffer }
  | { readonly kind: 'open'; readonly value: Buffer; readonly transaction: number }
  | { readonly kind: 'tombstone' | 'aborted' | 'marker' };

interface Partition {
  readonly slots: Slot[];
  /** What brokers that are behind still tell as the end. */
  staleEnd: number;
  staleUntilMs: number;
}

const REQUEST_TIMEOUT_MS = 10_000;
const STALE_MS = 4_000;

/** Records without keys, headers and times. */
const PLAIN = { keyStart: -1, keyEnd: -1, timestamp: -1n, headerCount: 0, headersStart: 0, headersEnd: 0 };

export class SimulatedLog {
  readonly topics = new Map<string, Partition[]>();
  readonly groups = new Map<string, GroupOffset>();
  private transactions = 0;

  constructor(
    private readonly network: Network,
    private readonly trouble: Trouble,
    private readonly nowMs: () => number,
    private readonly onGroupOffsets: (offsets: readonly GroupOffset[]) => void,
  ) {}

  addPartition(topic: string): void {
    const partitions = this.topics.get(topic) ?? [];
    partitions.push({ slots: [], staleEnd: 0, staleUntilMs: 0 });
    this.topics.set(topic, partitions);
  }

  partitions(): LogPartition[] {
    return [...this.topics].flatMap(([topic, partitions]) => partitions.map((_, partition) => ({ topic, partition })));
  }

  /** The row's id says where the record stands, so that the table can be held against the log. */
  append({ topic, partition }: LogPartition, padding: number): void {
    const { slots } = this.at({ topic, partition });
    slots.push({ kind: 'record', value: this.valueAt({ topic, partition }, slots.length, padding) });
  }

  private valueAt(partition: LogPartition, offset: number, padding: number): Buffer {
    const table = namedTable(this.trouble.settings, offset);
    const row = { id: rowId(partition, offset), pad: '.'.repeat(padding), table };
    return Buffer.from(JSON.stringify(valueIn(this.trouble.settings.form, row)));
  }

  appendTombstone(partition: LogPartition): void {
    this.at(partition).slots.push({ kind: 'tombstone' });
  }

  /** Records of a transaction that is open until it is ended. */
  begin({ topic, partition }: LogPartition, records: number): { end: (committed: boolean) => void } {
    const { slots } = this.at({ topic, partition });
    const transaction = ++this.transactions;
    for (let count = 0; count < records; count++) {
      slots.push({ kind: 'open', value: this.valueAt({ topic, partition }, slots.length, 0), transaction });
    }
    const end = (committed: boolean) => {
      slots.forEach((slot, offset) => {
        if (slot.kind !== 'open' || slot.transaction !== transaction) return;
        slots[offset] = committed ? { kind: 'record', value: slot.value } : { kind: 'aborted' };
      });
      slots.push({ kind: 'marker' });
    };
    return { end };
  }

  /** The last stable offset. */
  endOf(partition: LogPartition): number {
    const { slots } = this.at(partition);
    const open = slots.findIndex(({ kind }) => kind === 'open');
    return open < 0 ? slots.length : open;
  }

  /** Offsets of the records that have to be in the table. */
  loadable(partition: LogPartition, start = 0, end = this.endOf(partition)): number[] {
    const { slots } = this.at(partition);
    const offsets: number[] = [];
    for (let offset = start; offset < end; offset++) if (slots[offset]?.kind === 'record') offsets.push(offset);
    return offsets;
  }

  /** Records that a reader is shown, null values included. */
  readable(partition: LogPartition, start: number, end: number): number {
    const slots = this.at(partition).slots.slice(start, end);
    return slots.filter(({ kind }) => kind === 'record' || kind === 'tombstone').length;
  }

  /** The log as the code of one process reaches it. */
  openFor(process: SimulatedProcess): SourceLog {
    const ask = <T>(what: string, signal: AbortSignal, serve: () => T) =>
      this.network.ask<T | SluiceError>(this.exchange(process, signal, what, serve)).then((answer) => {
        if (answer instanceof SluiceError) throw answer;
        return answer;
      });
    return {
      partitions: (selection, signal) => ask('kafka metadata', signal, () => this.selected(selection)),
      look: (positions, signal) =>
        ask('kafka ends', signal, () =>
          positions.map((position) => ({ end: BigInt(this.toldEnd(position)), leaderEpoch: 0 })),
        ),
      ends: (partitions, signal) =>
        ask('kafka ends', signal, () => partitions.map((partition) => BigInt(this.toldEnd(partition)))),
      highWatermarks: (partitions, signal) =>
        ask('kafka ends', signal, () => partitions.map((partition) => BigInt(this.at(partition).slots.length))),
      starts: (partitions, signal) => ask('kafka starts', signal, () => partitions.map(() => 0n)),
      groupOffsets: (_group, partitions, signal) =>
        ask('kafka group offsets', signal, () =>
          partitions.flatMap((partition) => this.groups.get(partitionName(partition)) ?? []),
        ),
      commitGroupOffsets: (_group, offsets, signal) =>
        ask('kafka commit offsets', signal, () => {
          for (const offset of offsets) this.groups.set(partitionName(offset), offset);
          this.onGroupOffsets(offsets);
        }),
      read: async (ranges, visit, signal) => {
        for (const half of [0, 1] as const) {
          await ask('kafka fetch', signal, () => undefined);
          for (const [index, range] of ranges.entries()) this.show(range, half, (record) => visit(index, record));
        }
      },
      close: async () => {},
    };
  }

  private exchange<T>(
    process: SimulatedProcess,
    signal: AbortSignal,
    what: string,
    serve: () => T,
  ): Exchange<T | SluiceError> {
    const failure = (why: string) =>
      new SluiceError(why === 'cancelled' ? 'CANCELLED' : 'KAFKA_UNREACHABLE', `Kafka: ${what}: ${why}`, {
        retryable: true,
      });
    return {
      process,
      signal,
      what,
      // A request to Kafka is written at once or not at all: it is never under way for long.
      slowestMs: 500,
      timeoutMs: REQUEST_TIMEOUT_MS,
      failure,
      serve: ({ reply }) => {
        if (this.trouble.strikes('kafka', 0.02, what)) reply(failure('no leader'));
        else reply(serve());
      },
    };
  }

  private selected(selection: TopicSelection) {
    const matches = (topic: string) =>
      'names' in selection ? selection.names.includes(topic) : new RegExp(selection.pattern).test(topic);
    return this.partitions().flatMap((partition) =>
      matches(partition.topic) ? [{ ...partition, topicId: `id-${partition.topic}` }] : [],
    );
  }

  /** A broker that has just become the leader may not know the end yet. */
  private toldEnd(partition: LogPartition): number {
    const state = this.at(partition);
    const end = this.endOf(partition);
    if (this.nowMs() < state.staleUntilMs) return Math.min(state.staleEnd, end);
    if (this.trouble.strikes('staleEnds', 0.01, `${partitionName(partition)} goes back`)) {
      state.staleEnd = Math.max(0, end - this.trouble.stream('staleEnds').between(1, 30));
      state.staleUntilMs = this.nowMs() + this.trouble.stream('staleEnds').between(1, STALE_MS);
      return state.staleEnd;
    }
    return end;
  }

  private show(range: LogRange, half: 0 | 1, visit: (record: LogRecord) => void): void {
    const { slots } = this.at(range);
    const [start, end] = [Number(range.start), Number(range.end)];
    if (end > this.endOf(range)) {
      throw new SluiceError('KAFKA_RANGE_INCOMPLETE', `${partitionName(range)} does not reach ${end} yet.`, {
        retryable: true,
      });
    }
    const middle = Math.floor((start + end) / 2);
    for (let offset = half === 0 ? start : middle; offset < (half === 0 ? middle : end); offset++) {
      const slot = slots[offset];
      if (slot?.kind === 'record') {
        const { value } = slot;
        visit({ ...PLAIN, buffer: value, valueStart: 0, valueEnd: value.length, offsetDelta: offset - start });
      } else if (slot?.kind === 'tombstone') {
        visit({ ...PLAIN, buffer: Buffer.alloc(0), valueStart: -1, valueEnd: -1, offsetDelta: offset - start });
      }
    }
  }

  private at({ topic, partition }: LogPartition): Partition {
    const state = this.topics.get(topic)?.[partition];
    if (state === undefined) throw new RangeError(`no partition ${topic}[${partition}]`);
    return state;
  }
}

export function rowId({ topic, partition }: LogPartition, offset: number): string {
  return `${topic}/${partition}/${offset}`;
}
