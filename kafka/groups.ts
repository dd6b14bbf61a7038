/**
 * Committed offsets of consumer groups, read and written without joining the group.
 *
 * A commit with generation -1 and no member id is what `kafka-consumer-groups --reset-offsets` sends: Kafka takes it
 * while the group has no live members (`GroupCoordinator`, "simple" groups).
 */
import { offsetCommitV8, offsetCommitV9, offsetDeleteV0, offsetFetchV8, offsetFetchV9 } from '@platformatic/kafka';
import { byTopic } from './ask-leaders.js';
import type { ClusterCore } from './cluster-core.js';
import { Coordinators } from './coordinators.js';
import { isKafkaError } from './errors.js';
import type { PartitionOffset, TopicPartition } from './offsets.js';

export interface GroupOffset extends PartitionOffset {
  /** The free text that was committed with the offset. */
  metadata: string;
}

const NO_GENERATION = -1;
const NO_MEMBER = '';
const UNKNOWN_EPOCH = -1;
const NONE_COMMITTED = -1n;

type CommitRequest = offsetCommitV9.OffsetCommitRequest;

/** Group requests go to the group's coordinator. */
export class ConsumerGroups {
  readonly #coordinators: Coordinators;

  constructor(core: ClusterCore) {
    this.#coordinators = new Coordinators(core, 'group');
  }

  /**
   * The group's committed offsets; partitions without one are absent. While offsets of a transaction are pending the
   * call waits, then fails (retryable): the answer would soon be wrong.
   *
   * @param partitions those asked for; all that have an offset when undefined.
   */
  async offsets(groupId: string, partitions?: readonly TopicPartition[], signal?: AbortSignal): Promise<GroupOffset[]> {
    const topics = partitions && byTopic(partitions, ({ partition }) => partition);
    const group = {
      groupId,
      memberId: null,
      memberEpoch: NO_GENERATION,
      topics: topics?.map(({ name, entries }) => ({ name, partitionIndexes: entries })) ?? null,
    };
    const response = await this.#coordinators.call(
      groupId,
      [offsetFetchV9.api, offsetFetchV8.api],
      [[group], true],
      signal,
    );
    return response.groups
      .flatMap((answer) => answer.topics)
      .flatMap(({ name, partitions }) => partitions.map((partition) => groupOffset(name, partition)))
      .filter(({ offset }) => offset !== NONE_COMMITTED);
  }

  /**
   * Commits offsets for the group from outside.
   *
   * @throws SluiceError KAFKA_PROTOCOL (retryable) while the group has live members or the metadata is too long.
   */
  async commit(groupId: string, offsets: readonly GroupOffset[], signal?: AbortSignal): Promise<void> {
    if (offsets.length === 0) return;
    const topics = byTopic(offsets, ({ partition, offset, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: UNKNOWN_EPOCH,
      committedMetadata: metadata,
    })).map(({ name, entries }) => ({ name, partitions: entries }));
    const request: CommitRequest = [groupId, NO_GENERATION, NO_MEMBER, null, topics];
    await this.#coordinators.call(groupId, [offsetCommitV9.api, offsetCommitV8.api], request, signal);
  }

  /** Forgets the group's offsets of these partitions. A group that does not exist has none: that is success. */
  async deleteOffsets(groupId: string, partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<void> {
    const topics = byTopic(partitions, ({ partition }) => ({ partitionIndex: partition })).map(({ name, entries }) => ({
      name,
      partitions: entries,
    }));
    try {
      await this.#coordinators.call(groupId, [offsetDeleteV0.api], [groupId, topics], signal);
    } catch (error) {
      if (!isKafkaError(error, 'GROUP_ID_NOT_FOUND')) throw error;
    }
  }
}

function groupOffset(topic: string, answer: offsetFetchV9.OffsetFetchResponsePartition): GroupOffset {
  const { partitionIndex: partition, committedOffset: offset, metadata } = answer;
  return { topic, partition, offset, metadata: metadata ?? '' };
}
