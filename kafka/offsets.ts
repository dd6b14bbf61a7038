/** Offsets of partitions: their ends, their starts, by time (ListOffsets, API key 2). */
import { listOffsetsV6, listOffsetsV7, listOffsetsV9 } from '@platformatic/kafka';
import { askLeaders, byTopic, type TopicPartition } from './ask-leaders.js';
import type { ClusterCore } from './cluster-core.js';
import { ISOLATION_LEVELS, type IsolationLevel } from './protocol/fetch.js';

export type { TopicPartition } from './ask-leaders.js';

export interface PartitionOffset extends TopicPartition {
  offset: bigint;
}

export interface OffsetQuery extends TopicPartition {
  /** Milliseconds since the epoch, or one of SPECIAL_TIMESTAMPS. */
  timestamp: bigint;
}

/** `ListOffsetsRequest.java` */
export const SPECIAL_TIMESTAMPS = { latest: -1n, earliest: -2n } as const;
export const CONSUMER_REPLICA_ID = -1;

const LIST_OFFSETS_APIS = [listOffsetsV9.api, listOffsetsV7.api, listOffsetsV6.api] as const;

export interface FoundOffset {
  /** -1 where no record is as late as the timestamp. */
  offset: bigint;
  /** The epoch of the leader that said so. */
  leaderEpoch: number;
}

/**
 * Asks each leader once for all its partitions. With read_committed, "latest" is the last stable offset.
 *
 * @param queries at most one per partition: Kafka refuses duplicates.
 * @returns one offset per query, in their order.
 * @throws as `askLeaders`
 */
export async function listOffsets(
  core: ClusterCore,
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel,
  signal?: AbortSignal,
): Promise<FoundOffset[]> {
  const answers = await askLeaders(
    core,
    queries,
    (leader, group) => {
      const topics = byTopic(group, ({ partition, currentLeaderEpoch, timestamp }) => ({
        partitionIndex: partition,
        currentLeaderEpoch,
        timestamp,
      })).map(({ name, entries }) => ({ name, partitions: entries }));
      const request: listOffsetsV9.ListOffsetsRequest = [CONSUMER_REPLICA_ID, ISOLATION_LEVELS[isolationLevel], topics];
      return core.callBroker(leader, LIST_OFFSETS_APIS, request, signal);
    },
    ({ topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode, offset }) => ({
          topic: name,
          partition: partitionIndex,
          errorCode,
          offset,
        })),
      ),
    signal,
  );
  return answers.map(({ offset, currentLeaderEpoch }) => ({ offset, leaderEpoch: currentLeaderEpoch }));
}
