/**
 * What Sluice writes beside the mirrored offsets of the consumer group: whose they are, and, while a commit is under
 * way, the batch that is being committed. A connector that finds nothing but the group goes on from this: it runs the
 * batch again under its old labels, and the database tells by label what has happened.
 */
import { createHash } from 'node:crypto';
import type { Batch, Identity, Range } from '../workflows/core/model.js';
import type { GroupOffset } from './ports.js';

/** Kafka's limit for the metadata of one offset is 4,096 bytes (offset.metadata.max.bytes); ours are far below. */
interface GroupRecord {
  readonly sluice: 1;
  readonly id: string;
  readonly epoch: number;
  /** Of the batch that is being committed: it begins at the offset itself. */
  readonly end?: string;
  readonly sequence?: number;
  readonly prefix?: string;
  /** The same for every partition of the batch. */
  readonly batch?: string;
}

export interface Intent {
  readonly identity: Identity;
  readonly sequence: number;
  readonly labelPrefix: string;
  readonly ranges: readonly Range[];
}

/** Offsets at the start of the batch, saying that it is about to be committed. */
export function intentOffsets({ identity, sequence, labelPrefix, ranges }: Intent): GroupOffset[] {
  const batch = createHash('sha256').update(JSON.stringify(ranges)).digest('hex').slice(0, 12);
  return ranges.map(({ topic, partition, start, end }) => {
    const record: GroupRecord = { sluice: 1, ...identity, end, sequence, prefix: labelPrefix, batch };
    return { topic, partition, offset: BigInt(start), metadata: JSON.stringify(record) };
  });
}

/** Offsets at the end of the batch: it is in the database. */
export function doneOffsets({ identity, ranges }: Pick<Intent, 'identity' | 'ranges'>): GroupOffset[] {
  const record: GroupRecord = { sluice: 1, ...identity };
  return ranges.map(({ topic, partition, end }) => ({
    topic,
    partition,
    offset: BigInt(end),
    metadata: JSON.stringify(record),
  }));
}

/** Reads a group back; undefined where no connector of ours has written to it. */
export function readGroup(
  offsets: readonly GroupOffset[],
  nowMs: number,
): { identity: Identity; batches: Batch[] } | undefined {
  const records = offsets.flatMap((offset) => {
    const record = parse(offset.metadata);
    return record === undefined ? [] : [{ offset, record }];
  });
  const [first] = records;
  if (first === undefined) return undefined;
  const newest = records.reduce((best, { record }) => (record.epoch > best.epoch ? record : best), first.record);
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
    });
  }
  return { identity: { id: newest.id, epoch: newest.epoch }, batches: [...batches.values()] };
}

function parse(metadata: string): GroupRecord | undefined {
  if (!metadata.startsWith('{"sluice":1,')) return undefined;
  try {
    const record = JSON.parse(metadata) as GroupRecord;
    return typeof record.id === 'string' && Number.isSafeInteger(record.epoch) ? record : undefined;
  } catch {
    return undefined;
  }
}
