/** Requests about partitions go to their leaders: each is asked once for all its partitions, again where one has moved. */
import { SluiceError } from '../connect/errors.js';
import type { ClusterCore } from './cluster-core.js';
import { isResponseError } from './connections/broker-connection.js';
import { brokerError, isMoved } from './errors.js';
import { isRetryable, retrying } from './retry.js';

export interface TopicPartition {
  topic: string;
  partition: number;
}

/** A query on its way to the leader: brokers refuse it when this is not the epoch in which they lead. */
export type Led<Query> = Query & { currentLeaderEpoch: number };

/** What a leader says about one partition. */
export interface LeaderAnswer extends TopicPartition {
  errorCode: number;
}

/** A good answer, and the epoch that it was given in. */
export type Answered<Answer> = Answer & { currentLeaderEpoch: number };

interface Pending<Query> {
  query: Led<Query>;
  /** Its place in the result. */
  index: number;
}

interface Failure {
  index: number;
  error: SluiceError;
}

/**
 * Answers to queries, in their order.
 *
 * @param queries at most one per partition.
 * @param ask sends one request to a leader; a response that holds errors may be thrown, `answersOf` reads it then.
 * @throws SluiceError as Kafka's errors are (KAFKA_TOPIC_UNKNOWN, KAFKA_UNREACHABLE, …), after retrying for a while.
 */
export async function askLeaders<Query extends TopicPartition, Response, Answer extends LeaderAnswer>(
  core: ClusterCore,
  queries: readonly Query[],
  ask: (leader: number, group: readonly Led<Query>[]) => Promise<Response>,
  answersOf: (response: Response) => Answer[],
  signal?: AbortSignal,
): Promise<Answered<Answer>[]> {
  const answered = new Map<number, Answered<Answer>>();
  let stale = false;
  await retrying(core.retryPolicy, signal, async () => {
    const pending = queries.map((query, index) => ({ query, index })).filter(({ index }) => !answered.has(index));
    if (pending.length === 0) return;
    await core.knowTopics([...new Set(pending.map(({ query }) => query.topic))], stale, signal);
    const { byLeader, failures } = groupByLeader(core, pending);
    const failed = await Promise.all(
      [...byLeader].map(([leader, group]) => askLeader(leader, group, ask, answersOf, answered)),
    );
    const remaining = [...failures, ...failed.flat()];
    stale = true;
    const fatal = remaining.find(({ error }) => !isRetryable(error));
    const [first] = remaining;
    if (first !== undefined) throw (fatal ?? first).error;
  });
  return queries.flatMap((_, index) => answered.get(index) ?? []);
}

/** Entries of a request by topic, as Kafka's requests have them. */
export function byTopic<Item extends TopicPartition, Entry>(
  items: readonly Item[],
  entry: (item: Item) => Entry,
): { name: string; entries: Entry[] }[] {
  const topics = new Map<string, Entry[]>();
  for (const item of items) {
    const entries = topics.get(item.topic) ?? [];
    entries.push(entry(item));
    topics.set(item.topic, entries);
  }
  return [...topics].map(([name, entries]) => ({ name, entries }));
}

function groupByLeader<Query extends TopicPartition>(
  core: ClusterCore,
  pending: readonly { query: Query; index: number }[],
) {
  const byLeader = new Map<number, Pending<Query>[]>();
  const failures: Failure[] = [];
  for (const { query, index } of pending) {
    const found = core.leaderOf(query);
    if (found instanceof SluiceError) {
      failures.push({ index, error: found });
    } else {
      const group = byLeader.get(found.leader) ?? [];
      group.push({ query: { ...query, currentLeaderEpoch: found.leaderEpoch }, index });
      byLeader.set(found.leader, group);
    }
  }
  return { byLeader, failures };
}

/** Fills in what the leader knows, and gives back what failed. */
async function askLeader<Query extends TopicPartition, Response, Answer extends LeaderAnswer>(
  leader: number,
  group: readonly Pending<Query>[],
  ask: (leader: number, group: readonly Led<Query>[]) => Promise<Response>,
  answersOf: (response: Response) => Answer[],
  answered: Map<number, Answered<Answer>>,
): Promise<Failure[]> {
  let response: Response;
  try {
    response = await ask(
      leader,
      group.map(({ query }) => query),
    );
  } catch (error) {
    if (isResponseError(error)) {
      response = error.response as Response;
    } else {
      if (!(error instanceof SluiceError)) throw error;
      return group.map(({ index }) => ({ index, error }));
    }
  }
  const answers = new Map(answersOf(response).map((answer) => [`${answer.topic}/${answer.partition}`, answer]));
  return group.flatMap(({ query, index }) => {
    const { topic, partition, currentLeaderEpoch } = query;
    const answer = answers.get(`${topic}/${partition}`);
    if (answer !== undefined && answer.errorCode === 0) {
      answered.set(index, { ...answer, currentLeaderEpoch });
      return [];
    }
    return { index, error: refusal({ topic, partition }, answer?.errorCode) };
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
