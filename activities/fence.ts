/**
 * The fence in front of every commit: the consumer group tells how far the database stands, and whose the group is. A
 * workflow that was reset, one that a restored Temporal database has brought back, and a second connector of the same
 * name elsewhere all know less than the group; what they would load can be there already, under other labels.
 *
 * Kafka has no compare-and-set for offsets. What stands between the look and the write is closed by `claimGroup`, which
 * waits, and by the lease, which ends.
 */
import type { Clock } from '../connect/clock.js';
import { SluiceError } from '../connect/errors.js';
import type { PartitionOffset } from '../workflows/core/activities.js';
import type { Identity } from '../workflows/core/model.js';
import { samePartition } from '../workflows/core/offsets.js';
import { batchHash, claimOffsets, epochOf, groupRecord, type Intent, readGroup } from './group-record.js';
import type { GroupOffset, SourceLog } from './ports.js';

/** Longer than a commit takes from its look at the group to its write there. */
const SETTLE_MS = 3_000;
const MAX_CLAIMS = 5;

export interface FencedGroup {
  readonly log: Pick<SourceLog, 'groupOffsets' | 'commitGroupOffsets'>;
  readonly group: string;
  readonly clock: Clock;
}

export interface FencedBatch extends Intent {
  /** The batch was told by the group itself. */
  readonly recovered?: boolean;
  /** Earlier forms of the batch, by their hashes, that the database has refused: nothing of them is there. */
  readonly refused?: readonly string[];
}

/**
 * `open` when nothing in the group speaks against this batch; `begun` when somebody has begun to commit this very batch;
 * `done` when it is in the database, whether or not the database still knows its labels.
 *
 * @throws SluiceError CONNECTOR_SUPERSEDED when another connector has taken the group over, POSITION_PASSED when the
 *   database is further than the batch, or may hold its rows under other labels
 */
export async function checkFence(
  { log, group, clock }: FencedGroup,
  batch: FencedBatch,
  signal: AbortSignal,
): Promise<'open' | 'begun' | 'done'> {
  let isBegun = false;
  const known = await ownOffsets({ log, group, clock }, batch, signal);
  const hash = batchHash(batch);
  for (const range of batch.ranges) {
    const found = known.find((candidate) => samePartition(candidate, range));
    const record = found === undefined ? undefined : groupRecord(found);
    if (found === undefined || record === undefined) continue;
    const { id, epoch } = batch.identity;
    const superseded = batch.connectorEpoch !== undefined && epochOf(record) > batch.connectorEpoch;
    if (record.id !== id || superseded) throw supersededBy(group, found);
    // Labels of an earlier epoch are no longer those of this position: it was changed on purpose.
    if (record.epoch < epoch) continue;
    if (record.batch === hash && record.end === undefined && record.epoch === epoch) return 'done';
    isBegun ||= record.batch === hash && record.epoch === epoch;
    if (record.batch === hash || isRefused(batch, record)) continue;
    const isAhead = found.offset > BigInt(range.start);
    const isOtherBatch = record.end !== undefined && batch.recovered !== true && found.offset === BigInt(range.start);
    if (isAhead || isOtherBatch) throw passed(group, range.start, found);
  }
  return isBegun ? 'begun' : 'open';
}

function isRefused({ refused = [] }: FencedBatch, { batch, end }: { batch?: string; end?: string }): boolean {
  return end !== undefined && batch !== undefined && refused.includes(batch);
}

/**
 * What the group says of the batch's partitions, once nobody else writes there. What another run of the workflow has
 * written, which was not this one's predecessor, may be followed by more: a reset ends a run whose attempts learn of it
 * a moment later.
 */
async function ownOffsets(
  { log, group, clock }: FencedGroup,
  { ranges, runs }: FencedBatch,
  signal: AbortSignal,
): Promise<readonly GroupOffset[]> {
  const [run] = runs ?? [];
  for (let looks = 0; looks < MAX_CLAIMS; looks++) {
    const known = await log.groupOffsets(group, ranges, signal);
    const others = known.flatMap((offset) => {
      const record = groupRecord(offset);
      const isOther = record?.run !== undefined && runs?.includes(record.run) === false;
      return isOther ? [{ ...offset, metadata: JSON.stringify({ ...record, run }) }] : [];
    });
    if (others.length === 0) return known;
    await log.commitGroupOffsets(group, others, signal);
    await clock.sleep(SETTLE_MS, signal);
  }
  throw busy(group);
}

/**
 * Makes the group this connector's own, before it loads anything: it goes on from what the group tells, under the epoch
 * after that. Whoever else is still at work under the group finds it claimed, and stops.
 */
export async function claimGroup(
  { log, group, clock }: FencedGroup,
  starts: readonly PartitionOffset[],
  signal: AbortSignal,
): Promise<NonNullable<ReturnType<typeof readGroup>> | undefined> {
  for (let claims = 0; claims < MAX_CLAIMS; claims++) {
    const known = await log.groupOffsets(group, starts, signal);
    const found = readGroup(known, clock.nowMs());
    if (found === undefined) return undefined;
    const identity = { id: found.identity.id, epoch: found.identity.epoch + 1 };
    await log.commitGroupOffsets(group, claimOffsets(known, starts, identity), signal);
    await clock.sleep(SETTLE_MS, signal);
    const after = await log.groupOffsets(group, starts, signal);
    const told = readGroup(after, clock.nowMs());
    if (told !== undefined && isOurs(after, identity)) return { ...told, identity };
  }
  throw busy(group);
}

function isOurs(offsets: readonly GroupOffset[], identity: Identity): boolean {
  return offsets.every((offset) => {
    const record = groupRecord(offset);
    return record !== undefined && epochOf(record) === identity.epoch;
  });
}

function busy(group: string): SluiceError {
  return new SluiceError('CONNECTOR_SUPERSEDED', `Another connector is at work under the consumer group ${group}.`, {
    hint: 'Stop it where it runs (another namespace, another Temporal server), then restart this one.',
  });
}

function supersededBy(group: string, { topic, partition, offset }: GroupOffset): SluiceError {
  return new SluiceError(
    'CONNECTOR_SUPERSEDED',
    `The consumer group ${group} was taken over by another connector of this name, or by a later life of this one that its workflow knows nothing of. Nothing of this batch was committed.`,
    {
      context: { topic, partition, offset: offset.toString() },
      hint: 'Find out whether one runs in another namespace or on another Temporal server. To go on here, from where the group stands, restart this connector; the other one stops then.',
    },
  );
}

function passed(group: string, start: string, { topic, partition, offset }: GroupOffset): SluiceError {
  return new SluiceError(
    'POSITION_PASSED',
    `The consumer group ${group} tells of batches that this workflow does not know: it was reset, or its history was restored. The batch that begins at ${start} was not committed; the connector goes on from the group.`,
    { context: { topic, partition, offset: offset.toString() } },
  );
}
