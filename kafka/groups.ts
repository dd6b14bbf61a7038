/**
 * Committed offsets of consumer groups, read and written without joining the group.
 *
 * A commit with generation -1 and no member id is what `kafka-consumer-groups --reset-offsets` sends: Kafka takes it
 * while the group has no live members (`GroupCoordinator`, "simple" groups).
 */
import {
  type API,
  findCoordinatorV4,
  findCoordinatorV6,
  offsetCommitV8,
  offsetCommitV9,
  offsetDeleteV0,
  offsetFetchV8,
  offsetFetchV9,
} from '@platformatic/kafka';
import { SluiceError } from '../connect/errors.js';
import { byTopic } from './ask-leaders.js';
import type { ClusterCore } from './cluster-core.js';
import { isResponseError } from './connections/broker-connection.js';
import { isKafkaError, responseError } from './errors.js';
import type { PartitionOffset, TopicPartition } from './offsets.js';
import { retrying } from './retry.js';

export interface GroupOffset extends PartitionOffset {
  /** The free text that was committed with the offset. */
  metadata: string;
}

const GROUP_COORDINATOR = 0;
const NO_GENERATION = -1;
const NO_MEMBER = '';
const UNKNOWN_EPOCH = -1;
const NONE_COMMITTED = -1n;

type CommitRequest = offsetCommitV9.OffsetCommitRequest;

/** Group requests go to the group's coordinator, which is looked up once and again when it has moved. */
export class ConsumerGroups {
  readonly #core: ClusterCore;
  readonly #coordinators = new Map<string, number>();

  constructor(core: ClusterCore) {
    this.#core = core;
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
    const response = await this.#call(groupId, [offsetFetchV9.api, offsetFetchV8.api], [[group], true], signal);
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
    await this.#call(groupId, [offsetCommitV9.api, offsetCommitV8.api], request, signal);
  }

  /** Forgets the group's offsets of these partitions. A group that does not exist has none: that is success. */
  async deleteOffsets(groupId: string, partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<void> {
    const topics = byTopic(partitions, ({ partition }) => ({ partitionIndex: partition })).map(({ name, entries }) => ({
      name,
      partitions: entries,
    }));
    try {
      await this.#call(groupId, [offsetDeleteV0.api], [groupId, topics], signal);
    } catch (error) {
      if (!isKafkaError(error, 'GROUP_ID_NOT_FOUND')) throw error;
    }
  }

  async #call<Request extends unknown[], Response>(
    groupId: string,
    apis: readonly API<Request, Response>[],
    request: Request,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    return retrying(this.#core.retryPolicy, signal, async () => {
      try {
        const coordinator = this.#coordinators.get(groupId) ?? (await this.#findCoordinator(groupId, signal));
        return await this.#core.callBroker(coordinator, apis, request, signal);
      } catch (error) {
        this.#coordinators.delete(groupId);
        if (isResponseError(error)) throw responseError(error, `consumer group ${groupId}`);
        throw error;
      }
    });
  }

  async #findCoordinator(groupId: string, signal: AbortSignal | undefined): Promise<number> {
    const apis = [findCoordinatorV6.api, findCoordinatorV4.api];
    const response = await this.#core.callAny(apis, [GROUP_COORDINATOR, [groupId]], signal);
    const [coordinator] = response.coordinators;
    if (coordinator === undefined) {
      throw new SluiceError('KAFKA_PROTOCOL', 'The broker named no group coordinator.', { retryable: true });
    }
    this.#core.metadata.learnBroker(coordinator.nodeId, coordinator);
    this.#coordinators.set(groupId, coordinator.nodeId);
    return coordinator.nodeId;
  }
}

function groupOffset(topic: string, answer: offsetFetchV9.OffsetFetchResponsePartition): GroupOffset {
  const { partitionIndex: partition, committedOffset: offset, metadata } = answer;
  return { topic, partition, offset, metadata: metadata ?? '' };
}
