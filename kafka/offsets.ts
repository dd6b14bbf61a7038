/** Offsets of partitions: their ends, their starts, by time (ListOffsets, API key 2). */
import { listOffsetsV6, listOffsetsV7, listOffsetsV9 } from '@platformatic/kafka';
import { SluiceError } from '../connect/errors.js';
import type { ClusterCore } from './cluster-core.js';
import { isResponseError } from './connections/broker-connection.js';
import { brokerError, isMoved } from './errors.js';
import { ISOLATION_LEVELS, type IsolationLevel } from './protocol/fetch.js';
import { isRetryable, retrying } from './retry.js';

export interface TopicPartition {
  topic: string;
  partition: number;
}

export interface PartitionOffset extends TopicPartition {
  offset: bigint;
}

export interface OffsetQuery extends TopicPartition {
  /** Milliseconds since the epoch, or one of SPECIAL_TIMESTAMPS. */
  timestamp: bigint;
}

/** `ListOffsetsRequest.java` */
export const SPECIAL_TIMESTAMPS = { latest: -1n, earliest: -2n } as const;
const CONSUMER_REPLICA_ID = -1;

type QueryTopic = listOffsetsV9.ListOffsetsRequestTopic;
type ListOffsetsResponse = listOffsetsV9.ListOffsetsResponse;
const LIST_OFFSETS_APIS = [listOffsetsV9.api, listOffsetsV7.api, listOffsetsV6.api] as const;

interface Pending {
  query: OffsetQuery;
  /** Its place in the result. */
  index: number;
  leaderEpoch: number;
}

/**
 * Asks each leader once for all its partitions. With read_committed, "latest" is the last stable offset.
 *
 * @param queries at most one per partition: Kafka refuses duplicates.
 * @returns one offset per query, in their order; -1 where no record is as late as the timestamp.
 * @throws SluiceError as Kafka's errors are (KAFKA_TOPIC_UNKNOWN, KAFKA_UNREACHABLE, …), after retrying for a while.
 */
export async function listOffsets(
  core: ClusterCore,
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel,
  signal?: AbortSignal,
): Promise<bigint[]> {
  const offsets = queries.map(() => -1n);
  let pending = queries.map((query, index) => ({ query, index }));
  let stale = false;
  await retrying(core.retryPolicy, signal, async () => {
    if (pending.length === 0) return;
    const names = [...new Set(pending.map(({ query }) => query.topic))];
    await core.knowTopics(names, stale, signal);
    const { byLeader, failures } = groupByLeader(core, pending);
    const failed = await Promise.all(
      [...byLeader].map(([leader, group]) => askLeader(core, leader, group, isolationLevel, offsets, signal)),
    );
    const remaining = [...failures, ...failed.flat()];
    pending = remaining.map(({ query, index }) => ({ query, index }));
    stale = true;
    const fatal = remaining.find(({ error }) => !isRetryable(error));
    const [first] = remaining;
    if (first !== undefined) throw (fatal ?? first).error;
  });
  return offsets;
}

type Failure = Omit<Pending, 'leaderEpoch'> & { error: SluiceError };

function groupByLeader(core: ClusterCore, pending: readonly Omit<Pending, 'leaderEpoch'>[]) {
  const byLeader = new Map<number, Pending[]>();
  const failures: Failure[] = [];
  for (const { query, index } of pending) {
    const found = core.leaderOf(query);
    if (found instanceof SluiceError) {
      failures.push({ query, index, error: found });
    } else {
      const group = byLeader.get(found.leader) ?? [];
      group.push({ query, index, leaderEpoch: found.leaderEpoch });
      byLeader.set(found.leader, group);
    }
  }
  return { byLeader, failures };
}

/** Fills in what the leader knows, and gives back what failed. */
async function askLeader(
  core: ClusterCore,
  leader: number,
  group: readonly Pending[],
  isolationLevel: IsolationLevel,
  offsets: bigint[],
  signal: AbortSignal | undefined,
): Promise<Failure[]> {
  let response: ListOffsetsResponse;
  try {
    response = await core.callBroker(
      leader,
      LIST_OFFSETS_APIS,
      [CONSUMER_REPLICA_ID, ISOLATION_LEVELS[isolationLevel], queryTopics(group)],
      signal,
    );
  } catch (error) {
    if (isResponseError(error)) {
      response = error.response as ListOffsetsResponse;
    } else {
      if (!(error instanceof SluiceError)) throw error;
      return group.map(({ query, index }) => ({ query, index, error }));
    }
  }
  const answers = new Map(
    response.topics.flatMap(({ name, partitions }) =>
      partitions.map((answer) => [`${name}/${answer.partitionIndex}`, answer]),
    ),
  );
  return group.flatMap(({ query, index }) => {
    const { topic, partition } = query;
    const answer = answers.get(`${topic}/${partition}`);
    if (answer !== undefined && answer.errorCode === 0) {
      offsets[index] = answer.offset;
      return [];
    }
    return { query, index, error: refusal({ topic, partition }, answer?.errorCode) };
  });
}

function refusal(place: TopicPartition, errorNumber: number | undefined): SluiceError {
  if (errorNumber === undefined) {
    return new SluiceError('KAFKA_PROTOCOL', 'The broker left a partition out of its answer.', {
      retryable: true,
      context: { ...place },
    });
  }
  const error = brokerError(errorNumber, { ...place });
  if (error.retryable || !isMoved(errorNumber)) return error;
  return new SluiceError(error.code, error.message, { retryable: true, context: error.context });
}

function queryTopics(group: readonly Pending[]): QueryTopic[] {
  const topics = new Map<string, QueryTopic>();
  for (const { query, leaderEpoch } of group) {
    const topic = topics.get(query.topic) ?? { name: query.topic, partitions: [] };
    topic.partitions.push({
      partitionIndex: query.partition,
      currentLeaderEpoch: leaderEpoch,
      timestamp: query.timestamp,
    });
    topics.set(query.topic, topic);
  }
  return [...topics.values()];
}
