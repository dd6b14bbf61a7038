/** The reading side of a Kafka cluster: topics, offsets, consumer groups, and connections for the range reader. */
import { SluiceError } from '../connect/errors.js';
import { ClusterCore } from './cluster-core.js';
import { ConsumerGroups, type GroupOffset } from './groups.js';
import { divergences, type EpochOffset } from './leader-epochs.js';
import type { TopicInfo } from './metadata.js';
import {
  listOffsets,
  type OffsetQuery,
  type PartitionOffset,
  SPECIAL_TIMESTAMPS,
  type TopicPartition,
} from './offsets.js';
import { retrying } from './retry.js';
import type { KafkaSettings } from './settings.js';

export type TopicSelection =
  | {
      names: readonly string[];
      /** What to do about names that Kafka does not know: fail (default), or leave them out of the answer. */
      missing?: 'fail' | 'skip';
    }
  /** Matched against whole names, as Java's `Pattern.matches`; internal topics never match. */
  | { pattern: RegExp };

/**
 * Owns the connections to one cluster, opens them on demand and closes them by `close`.
 *
 * All methods throw SluiceError: KAFKA_UNREACHABLE (retryable, after ten seconds of retrying here),
 * KAFKA_AUTHENTICATION_FAILED, KAFKA_AUTHORIZATION_FAILED, KAFKA_TOPIC_UNKNOWN (retryable), KAFKA_PROTOCOL; and the
 * signal's reason as soon as it is aborted.
 */
export class KafkaCluster {
  /** For the range reader, which shares connections and metadata. */
  readonly core: ClusterCore;
  readonly #groups: ConsumerGroups;

  constructor(settings: KafkaSettings) {
    this.core = new ClusterCore(settings);
    this.#groups = new ConsumerGroups(this.core);
  }

  get settings(): KafkaSettings {
    return this.core.settings;
  }

  /** Closes all connections; what is under way fails. */
  async close(): Promise<void> {
    this.core.close();
  }

  async clusterId(signal?: AbortSignal): Promise<string | undefined> {
    if (this.core.metadata.clusterId === undefined) {
      await retrying(this.core.retryPolicy, signal, () => this.core.metadata.refresh([], signal));
    }
    return this.core.metadata.clusterId;
  }

  /** The selected topics with their ids and partitions, fresh from a broker, ordered by name. */
  async topics(selection: TopicSelection, signal?: AbortSignal): Promise<TopicInfo[]> {
    const found = await retrying(this.core.retryPolicy, signal, async () => {
      if ('pattern' in selection) return matching(await this.core.metadata.refresh(null, signal), selection.pattern);
      const names = [...new Set(selection.names)];
      const topics = names.length === 0 ? [] : await this.core.metadata.refresh(names, signal);
      if (selection.missing !== 'skip') requireAll(names, topics);
      return topics;
    });
    return found.sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }

  /**
   * Where reading can go to: with read_committed the last stable offsets, before the first open transaction. One
   * request per broker, cheap enough to be polled several times a second. Each with the epoch of the leader.
   */
  endOffsets(partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<EpochOffset[]> {
    return this.#offsetsAt(partitions, SPECIAL_TIMESTAMPS.latest, signal);
  }

  /** Behind the last records that all replicas have, also of transactions that are still open. */
  async highWatermarks(partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<bigint[]> {
    const queries = partitions.map((partition) => ({ ...partition, timestamp: SPECIAL_TIMESTAMPS.latest }));
    const offsets = await listOffsets(this.core, queries, 'read_uncommitted', signal);
    return offsets.map(({ offset }) => offset);
  }

  /** The first offsets that are still there. */
  startOffsets(partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<PartitionOffset[]> {
    return this.#offsetsAt(partitions, SPECIAL_TIMESTAMPS.earliest, signal);
  }

  /** Where logs have parted from what they were when these positions were reached; see `divergences`. */
  divergences(positions: readonly EpochOffset[], signal?: AbortSignal): Promise<(bigint | undefined)[]> {
    return divergences(this.core, positions, signal);
  }

  /**
   * The offset of the first record at or after a time; undefined where there is none yet.
   *
   * @param queries with timestamps in milliseconds since the epoch.
   */
  async offsetsForTimes(
    queries: readonly OffsetQuery[],
    signal?: AbortSignal,
  ): Promise<(TopicPartition & { offset: bigint | undefined })[]> {
    const offsets = await listOffsets(this.core, queries, this.settings.isolationLevel, signal);
    return queries.map(({ topic, partition }, index) => {
      const offset = offsets[index]?.offset;
      return { topic, partition, offset: offset === -1n ? undefined : offset };
    });
  }

  /** The group's committed offsets (all, or of these partitions); partitions without one are absent. */
  groupOffsets(groupId: string, partitions?: readonly TopicPartition[], signal?: AbortSignal): Promise<GroupOffset[]> {
    return this.#groups.offsets(groupId, partitions, signal);
  }

  /** Commits offsets for a group without being a member; Kafka refuses while the group has live members. */
  commitGroupOffsets(groupId: string, offsets: readonly GroupOffset[], signal?: AbortSignal): Promise<void> {
    return this.#groups.commit(groupId, offsets, signal);
  }

  /** Forgets a group's offsets of these partitions. */
  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<void> {
    return this.#groups.deleteOffsets(groupId, partitions, signal);
  }

  async #offsetsAt(
    partitions: readonly TopicPartition[],
    timestamp: bigint,
    signal: AbortSignal | undefined,
  ): Promise<EpochOffset[]> {
    const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
    const offsets = await listOffsets(this.core, queries, this.settings.isolationLevel, signal);
    return partitions.map(({ topic, partition }, index) => {
      const { offset = -1n, leaderEpoch = -1 } = offsets[index] ?? {};
      return { topic, partition, offset, leaderEpoch };
    });
  }
}

function matching(topics: TopicInfo[], pattern: RegExp): TopicInfo[] {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''));
  return topics.filter(({ topic, isInternal }) => !isInternal && whole.test(topic));
}

function requireAll(names: readonly string[], topics: readonly TopicInfo[]): void {
  const known = new Set(topics.map(({ topic }) => topic));
  const missing = names.filter((name) => !known.has(name));
  const [first] = missing;
  if (first === undefined) return;
  throw new SluiceError('KAFKA_TOPIC_UNKNOWN', `Kafka does not know the topic ${missing.join(', ')}.`, {
    retryable: true,
    context: { topic: first },
    hint: 'Create the topic, or correct its name.',
  });
}
