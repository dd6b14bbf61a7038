/** A partitioned log in memory, with consumer groups: the port that the activities read through. */
import { randomUUID } from 'node:crypto';
import type {
  GroupOffset,
  KnownPartition,
  LogPartition,
  LogPosition,
  LogRange,
  LogRecord,
  LogView,
  SourceLog,
} from '../../../activities/ports.js';
import type { TopicSelection } from '../../../connect/config/sink-connector.js';
import { SluiceError } from '../../../connect/errors.js';

/** A record as a producer gives it. */
export interface MemoryRecord {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: readonly (readonly [string, string | Buffer | null])[];
  readonly timestamp?: bigint;
}

interface MemoryPartition {
  start: bigint;
  end: bigint;
  /** Counts truncations, and where the last one was. */
  leaderEpoch: number;
  truncatedTo: bigint;
  readonly records: (MemoryRecord & { readonly offset: bigint })[];
}

interface MemoryTopic {
  topicId: string;
  partitions: MemoryPartition[];
}

export class MemoryLog implements SourceLog {
  /** Every write to a consumer group, in order. */
  readonly groupWrites: { readonly group: string; readonly offsets: readonly GroupOffset[] }[] = [];
  /** Called before the log ends are told: the time to change something in the middle of a wait. */
  onEnds: () => void = () => undefined;
  /** Called before a consumer group is written to; what it throws fails the write. */
  onGroupWrite: (offsets: readonly GroupOffset[]) => void = () => undefined;
  /** So many records of an open transaction stand behind the end of every partition. */
  openTransaction = 0n;
  partitionLooks = 0;
  closed = false;
  private readonly topics = new Map<string, MemoryTopic>();
  private readonly groups = new Map<string, GroupOffset>();

  /** Creates a topic, or creates it anew. Its partitions begin at `firstOffset`. */
  createTopic(topic: string, partitions = 1, firstOffset = 0n): string {
    const topicId = randomUUID();
    this.topics.set(topic, { topicId, partitions: [] });
    this.addPartitions(topic, partitions, firstOffset);
    return topicId;
  }

  addPartitions(topic: string, count: number, firstOffset = 0n): void {
    const { partitions } = this.topic(topic);
    for (let added = 0; added < count; added++) {
      partitions.push({ start: firstOffset, end: firstOffset, leaderEpoch: 0, truncatedTo: 0n, records: [] });
    }
  }

  produce(topic: string, partition: number, ...values: (string | Buffer | null)[]): void {
    this.produceRecords(topic, partition, ...values.map((value) => ({ value })));
  }

  produceRecords(topic: string, partition: number, ...records: MemoryRecord[]): void {
    const target = this.partition({ topic, partition });
    for (const record of records) {
      target.records.push({ ...record, offset: target.end });
      target.end += 1n;
    }
  }

  /** Offsets without a record: transaction markers, aborted or compacted records. */
  leaveGap(topic: string, partition: number, offsets: number): void {
    this.partition({ topic, partition }).end += BigInt(offsets);
  }

  deleteBefore(topic: string, partition: number, start: bigint): void {
    this.partition({ topic, partition }).start = start;
  }

  /** Takes records away from the end, as an unclean leader election can. */
  truncateTo(topic: string, partition: number, end: bigint): void {
    const target = this.partition({ topic, partition });
    target.end = end;
    target.leaderEpoch += 1;
    target.truncatedTo = end;
    target.records.splice(target.records.findIndex(({ offset }) => offset >= end));
  }

  topicIds(): Record<string, string> {
    return Object.fromEntries([...this.topics].map(([topic, { topicId }]) => [topic, topicId]));
  }

  async partitions(selection: TopicSelection): Promise<readonly KnownPartition[]> {
    this.partitionLooks += 1;
    const wanted = (topic: string) =>
      'pattern' in selection ? new RegExp(selection.pattern).test(topic) : selection.names.includes(topic);
    return [...this.topics].flatMap(([topic, { topicId, partitions }]) =>
      wanted(topic) ? partitions.map((_, partition) => ({ topic, topicId, partition })) : [],
    );
  }

  async look(positions: readonly LogPosition[]): Promise<readonly LogView[]> {
    this.onEnds();
    return positions.map((position) => {
      const { end, leaderEpoch, truncatedTo } = this.partition(position);
      const known = position.leaderEpoch ?? leaderEpoch;
      const isParted = known !== leaderEpoch && truncatedTo < position.offset;
      return { end, leaderEpoch, ...(isParted ? { truncatedTo } : {}) };
    });
  }

  async ends(partitions: readonly LogPartition[]): Promise<readonly bigint[]> {
    this.onEnds();
    return partitions.map((partition) => this.partition(partition).end);
  }

  async highWatermarks(partitions: readonly LogPartition[]): Promise<readonly bigint[]> {
    return partitions.map((partition) => this.partition(partition).end + this.openTransaction);
  }

  async starts(partitions: readonly LogPartition[]): Promise<readonly bigint[]> {
    return partitions.map((partition) => this.partition(partition).start);
  }

  async groupOffsets(group: string, partitions: readonly LogPartition[]): Promise<readonly GroupOffset[]> {
    return partitions.flatMap((partition) => this.groups.get(groupKey(group, partition)) ?? []);
  }

  async commitGroupOffsets(group: string, offsets: readonly GroupOffset[]): Promise<void> {
    this.onGroupWrite(offsets);
    this.groupWrites.push({ group, offsets });
    for (const offset of offsets) this.groups.set(groupKey(group, offset), offset);
  }

  /** One record of each range in turn, as several brokers answer at once. */
  async read(ranges: readonly LogRange[], visit: (range: number, record: LogRecord) => void): Promise<void> {
    const queues = ranges.map((range) => this.recordsOf(range));
    for (let turn = 0; queues.some((queue) => turn < queue.length); turn++) {
      queues.forEach((queue, index) => {
        const record = queue[turn];
        if (record !== undefined) visit(index, record);
      });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private recordsOf(range: LogRange): LogRecord[] {
    const { topic, partition, start, end, topicId } = range;
    if (topicId !== undefined && topicId !== this.topic(topic).topicId) {
      throw new SluiceError('KAFKA_TOPIC_RECREATED', `Topic ${topic} was created again.`, { context: { topic } });
    }
    const from = this.partition(range);
    if (start < from.start || end > from.end) {
      const context = { topic, partition, offset: start.toString() };
      throw new SluiceError('KAFKA_OFFSET_OUT_OF_RANGE', 'The range is not there.', { context });
    }
    const inside = from.records.filter(({ offset }) => offset >= start && offset < end);
    return inside.map((record) => viewOf(record, Number(record.offset - start)));
  }

  private topic(name: string): MemoryTopic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new SluiceError('KAFKA_TOPIC_UNKNOWN', `There is no topic ${name}.`);
    return topic;
  }

  private partition({ topic, partition }: LogPartition): MemoryPartition {
    const found = this.topic(topic).partitions[partition];
    if (found === undefined) throw new SluiceError('KAFKA_PROTOCOL', `There is no partition ${topic}[${partition}].`);
    return found;
  }
}

/** The parts in the middle of other bytes, as a reader shows them. */
function viewOf({ key, value, headers = [], timestamp = -1n }: MemoryRecord, offsetDelta: number): LogRecord {
  const pieces: Buffer[] = [Buffer.from('{\n')];
  let position = 2;
  const place = (part: string | Buffer | null | undefined): { start: number; end: number } => {
    if (part === null || part === undefined) return { start: -1, end: -1 };
    const bytes = Buffer.from(part);
    const start = position;
    pieces.push(bytes, Buffer.from('}\n'));
    position += bytes.length + 2;
    return { start, end: start + bytes.length };
  };
  const keySpan = place(key);
  const valueSpan = place(value);
  const headerSpan = place(Buffer.concat(headers.map(([name, part]) => encodeHeader(name, part))));
  return {
    buffer: Buffer.concat(pieces),
    offsetDelta,
    timestamp,
    keyStart: keySpan.start,
    keyEnd: keySpan.end,
    valueStart: valueSpan.start,
    valueEnd: valueSpan.end,
    headerCount: headers.length,
    headersStart: headerSpan.start,
    headersEnd: headerSpan.end,
  };
}

function encodeHeader(name: string, value: string | Buffer | null): Buffer {
  const key = Buffer.from(name);
  const bytes = value === null ? Buffer.alloc(0) : Buffer.from(value);
  return Buffer.concat([zigzag(key.length), key, zigzag(value === null ? -1 : bytes.length), bytes]);
}

function zigzag(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function groupKey(group: string, { topic, partition }: LogPartition): string {
  return JSON.stringify([group, topic, partition]);
}
