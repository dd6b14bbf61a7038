/**
 * What Sluice writes beside the mirrored offsets of the consumer group: whose they are, and, while a commit is under
 * way, the batch that is being committed. A connector that finds nothing but the group goes on from this: it runs the
 * batch again under its old labels, and the database tells by label what has happened.
 */
import { createHash } from 'node:crypto';
import type { PartitionOffset } from '../workflows/core/activities.js';
import type { Batch, Excluded, Identity, Range, TopicPartition } from '../workflows/core/model.js';
import { byTopicAndPartition, samePartition } from '../workflows/core/offsets.js';
import type { GroupOffset } from './ports.js';

/** Kafka's limit for the metadata of one offset is 4,096 bytes (offset.metadata.max.bytes); ours are far below. */
export interface GroupRecord {
  readonly sluice: 1;
  readonly id: string;
  /** Of the batch: its labels hold it. */
  readonly epoch: number;
  /** The connector's own epoch when this was written, where it is above that of the batch. */
  readonly now?: number;
  /** The run of the workflow that wrote this. */
  readonly run?: string;
  /** Of the batch that is being committed: it begins at the offset itself. Absent once it is in the database. */
  readonly end?: string;
  readonly sequence?: number;
  readonly prefix?: string;
  /** A hash of the batch's ranges and of what it leaves out: the same for all its partitions, and for no other batch. */
  readonly batch?: string;
  /** Records of the partition that the batch leaves out: database, table, offsets as `writeOffsets` writes them. */
  readonly out?: readonly (readonly [string, string, string])[];
}

/** What of an offset's metadata the records that a batch leaves out may take. */
export const MAX_EXCLUDED_CHARACTERS = 1_500;

/** The epoch of the connector that wrote the record. */
export function epochOf({ epoch, now }: GroupRecord): number {
  return Math.max(epoch, now ?? 0);
}

export interface Intent {
  readonly identity: Identity;
  /** The connector's own epoch; that of the batch, in `identity`, may be an earlier one. */
  readonly connectorEpoch?: number;
  /** The run of the workflow, and those that it was continued from: nobody else is at work under the group. */
  readonly runs?: readonly string[];
  readonly sequence: number;
  readonly labelPrefix: string;
  readonly ranges: readonly Range[];
  readonly excluded?: readonly Excluded[];
}

export function batchHash({ ranges, excluded = [] }: Pick<Intent, 'ranges' | 'excluded'>): string {
  const sorted = [...ranges]
    .sort(byTopicAndPartition)
    .map(({ topic, partition, start, end }) => ({ topic, partition, start, end }));
  const out = excluded.map(({ topic, partition, ...entry }) => JSON.stringify([topic, partition, told(entry)])).sort();
  const all = out.length === 0 ? sorted : [sorted, out];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 12);
}

function told({ database, table, offsets }: Pick<Excluded, 'database' | 'table' | 'offsets'>) {
  return [database, table, offsets] as const;
}

/** How many characters of its metadata the records that a partition leaves out will take. */
export function excludedCharacters(excluded: readonly Excluded[], partition: TopicPartition): number {
  return JSON.stringify(excludedOf(excluded, partition)).length;
}

function excludedOf(excluded: readonly Excluded[], partition: TopicPartition) {
  return excluded.filter((entry) => samePartition(entry, partition)).map(told);
}

/** Offsets at the start of the batch, saying that it is about to be committed. */
export function intentOffsets(intent: Intent): GroupOffset[] {
  const { sequence, labelPrefix, ranges, excluded = [] } = intent;
  const batch = batchHash(intent);
  return ranges.map(({ topic, partition, start, end }) => {
    const out = excludedOf(excluded, { topic, partition });
    const record: GroupRecord = {
      ...owner(intent),
      end,
      sequence,
      prefix: labelPrefix,
      batch,
      ...(out.length === 0 ? {} : { out }),
    };
    return { topic, partition, offset: BigInt(start), metadata: JSON.stringify(record) };
  });
}

/** Offsets at the end of the batch: it is in the database. */
export function doneOffsets(done: Omit<Intent, 'sequence' | 'labelPrefix'>): GroupOffset[] {
  const metadata = JSON.stringify({ ...owner(done), batch: batchHash(done) });
  return done.ranges.map(({ topic, partition, end }) => ({ topic, partition, offset: BigInt(end), metadata }));
}

/**
 * The group as a connector writes it when it begins: each partition where it stands, or at `starts` where it has no
 * offset yet. What is being committed stays told; that it is another connector's from now on is told with it.
 */
export function claimOffsets(
  known: readonly GroupOffset[],
  starts: readonly PartitionOffset[],
  { id, epoch }: Identity,
): GroupOffset[] {
  return starts.map(({ topic, partition, offset }) => {
    const found = known.find((other) => other.topic === topic && other.partition === partition);
    const record = found === undefined ? undefined : groupRecord(found);
    const claim: GroupRecord =
      record?.end === undefined
        ? { sluice: 1, id, epoch }
        : { ...record, ...(epoch > record.epoch ? { now: epoch } : {}) };
    return { topic, partition, offset: found?.offset ?? BigInt(offset), metadata: JSON.stringify(claim) };
  });
}

function owner({ identity, connectorEpoch, runs }: Pick<Intent, 'identity' | 'connectorEpoch' | 'runs'>): GroupRecord {
  const { id, epoch } = identity;
  const [run] = runs ?? [];
  return {
    sluice: 1,
    id,
    epoch,
    ...(connectorEpoch !== undefined && connectorEpoch > epoch ? { now: connectorEpoch } : {}),
    ...(run === undefined ? {} : { run }),
  };
}

/** Reads a group back; undefined where no connector of ours has written to it. */
export function readGroup(
  offsets: readonly GroupOffset[],
  nowMs: number,
): { identity: Identity; batches: Batch[]; positions: PartitionOffset[] } | undefined {
  const records = offsets.flatMap((offset) => {
    const record = groupRecord(offset);
    return record === undefined ? [] : [{ offset, record }];
  });
  const [first] = records;
  if (first === undefined) return undefined;
  const newest = records.reduce((best, { record }) => (epochOf(record) > epochOf(best) ? record : best), first.record);
  const batches = new Map<string, Batch>();
  for (const { offset, record } of records) {
    const { end, batch } = record;
    if (end === undefined || batch === undefined) continue;
    const range = { topic: offset.topic, partition: offset.partition, start: offset.offset.toString(), end };
    const known = batches.get(batch);
    batches.set(batch, {
      sequence: record.sequence ?? 1,
      epoch: record.epoch,
      labelPrefix: record.prefix ?? '',
      recovered: true,
      plannedAtMs: nowMs,
      ranges: [...(known?.ranges ?? []), range],
      ...withExcluded([...(known?.excluded ?? []), ...excludedIn(offset, record)]),
    });
  }
  return {
    identity: { id: newest.id, epoch: epochOf(newest) },
    batches: [...batches.values()],
    positions: records.map(({ offset: { topic, partition, offset } }) => ({
      topic,
      partition,
      offset: offset.toString(),
    })),
  };
}

/** What the group tells of records that were left out; not why. */
function excludedIn({ topic, partition }: TopicPartition, { out = [] }: GroupRecord): Excluded[] {
  return out.map(([database, table, offsets]) => ({ topic, partition, database, table, offsets, reasons: [] }));
}

function withExcluded(excluded: readonly Excluded[]): { excluded?: readonly Excluded[] } {
  return excluded.length === 0 ? {} : { excluded };
}

/** What Sluice has written beside an offset; undefined where somebody else has written it. */
export function groupRecord({ metadata }: Pick<GroupOffset, 'metadata'>): GroupRecord | undefined {
  if (!metadata.startsWith('{"sluice":1,')) return undefined;
  try {
    const record = JSON.parse(metadata) as GroupRecord;
    return typeof record.id === 'string' && Number.isSafeInteger(record.epoch) ? record : undefined;
  } catch {
    return undefined;
  }
}
