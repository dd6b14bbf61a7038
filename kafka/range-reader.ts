/**
 * Reads exact offset ranges of many partitions, each record once and in offset order per partition.
 *
 * A range is done when the next fetch position has reached its end: never by "having seen" the last offset, for
 * compaction, transaction markers and aborted records leave holes. The position only moves forward; whatever keeps it
 * from moving becomes an error, never a silent skip.
 */
import { SluiceError } from '../connect/errors.js';
import type { LineSink } from '../connect/rows/index.js';
import type { KafkaCluster } from './cluster.js';
import type { PartitionInfo } from './metadata.js';
import { NO_TOPIC_ID } from './protocol/fetch.js';
import { type LaneOptions, LeaderLane } from './range/lane.js';
import { type OffsetRange, RangeProgress, type RangeSummary } from './range/range.js';
import { PartitionScanner, type RecordVisitor } from './range/scan-partition.js';
import { requireProgress, type StallLimits } from './range/stall.js';
import { Backoff, isRetryable } from './retry.js';

export type { OffsetRange, RangeSummary } from './range/range.js';
export type { RecordVisitor } from './range/scan-partition.js';

export interface ReadOptions {
  signal?: AbortSignal;
  /**
   * Takes the values of records as lines, many at a time, as far as they keep its rules. Only the others are shown to
   * the visitor, each in its turn.
   */
  lines?: LineSink | undefined;
  /** Bytes asked for per fetch and broker; two responses can be in memory. Default: fetch.max.bytes. */
  maxBytes?: number;
  /** Bytes asked for per fetch and partition. Default: max.partition.fetch.bytes. */
  maxPartitionBytes?: number;
  /** The largest a decompressed record batch may be. Default 256 MiB. */
  maxDecompressedBytes?: number;
  /** How long a range may stand still, e.g. while its partition has no leader. Default 30 s. */
  stallTimeoutMs?: number;
  /** How long to wait for the last stable offset to reach the end of a range. Default 10 s. */
  incompleteTimeoutMs?: number;
}

const DEFAULT_MAX_DECOMPRESSED_BYTES = 256 << 20;
const DEFAULT_STALL_TIMEOUT_MS = 30_000;
const DEFAULT_INCOMPLETE_TIMEOUT_MS = 10_000;

/**
 * Shows `visitor` every record of the ranges. With isolation.level=read_committed, records of aborted transactions are
 * left out.
 *
 * @param ranges at most one per partition. With a `topicId`, a recreated topic is an error.
 * @param visitor called synchronously with the index of the range and a cursor that is valid during the call only. What
 *   it throws ends the reading and is thrown on.
 * @returns one summary per range, in their order.
 * @throws SluiceError KAFKA_OFFSET_OUT_OF_RANGE, KAFKA_TOPIC_RECREATED, KAFKA_CORRUPT_RECORD (never retryable);
 *   KAFKA_RANGE_INCOMPLETE, KAFKA_UNREACHABLE, KAFKA_TOPIC_UNKNOWN (retryable); RECORD_TOO_LARGE, KAFKA_PROTOCOL,
 *   KAFKA_AUTHENTICATION_FAILED, KAFKA_AUTHORIZATION_FAILED; the signal's reason when aborted.
 */
export async function readRanges(
  cluster: KafkaCluster,
  ranges: readonly OffsetRange[],
  visitor: RecordVisitor,
  options: ReadOptions = {},
): Promise<RangeSummary[]> {
  const reading = new Reading(cluster, visitor, options);
  return reading.run(ranges);
}

class Reading {
  readonly #cluster: KafkaCluster;
  readonly #visitor: RecordVisitor;
  readonly #limits: StallLimits;
  readonly #lane: Omit<LaneOptions, 'signal'>;
  readonly #lines: LineSink | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor(cluster: KafkaCluster, visitor: RecordVisitor, options: ReadOptions) {
    const { settings } = cluster;
    this.#cluster = cluster;
    this.#visitor = visitor;
    this.#signal = options.signal;
    this.#lines = options.lines;
    this.#limits = {
      stallTimeoutMs: options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS,
      incompleteTimeoutMs: options.incompleteTimeoutMs ?? DEFAULT_INCOMPLETE_TIMEOUT_MS,
    };
    this.#lane = {
      limits: this.#limits,
      maxBytes: options.maxBytes ?? settings.fetchMaxBytes,
      maxPartitionBytes: options.maxPartitionBytes ?? settings.maxPartitionFetchBytes,
      maxWaitMs: settings.fetchMaxWaitMs,
      isolationLevel: settings.isolationLevel,
      maxDecompressedBytes: options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES,
    };
  }

  /** Rounds of reading from the leaders of the moment, until all ranges are done. */
  async run(ranges: readonly OffsetRange[]): Promise<RangeSummary[]> {
    this.#signal?.throwIfAborted();
    requireSound(ranges);
    const progress = ranges.map((range, index) => new RangeProgress(index, range, performance.now()));
    const backoff = new Backoff(this.#cluster.core.retryPolicy);
    for (let stale = false; ; stale = true) {
      const open = progress.filter((range) => !range.isDone);
      if (open.length === 0) return progress.map((range) => range.summary());
      const before = open.map(({ position }) => position);
      if (await this.#learnLeaders(open, stale)) await this.#readFromLeaders(open);
      for (const range of open) requireProgress(range, this.#limits);
      if (open.some((range, index) => range.position !== before[index])) backoff.reset();
      if (open.some((range) => !range.isDone)) await backoff.wait(this.#signal);
    }
  }

  /** False when the metadata cannot be had now; why, is noted with the ranges. */
  async #learnLeaders(open: readonly RangeProgress[], stale: boolean): Promise<boolean> {
    const topics = [...new Set(open.map(({ range }) => range.topic))];
    try {
      await this.#cluster.core.knowTopics(topics, stale, this.#signal);
      return true;
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (!isRetryable(error)) throw error;
      for (const range of open) range.obstacle = { error };
      return false;
    }
  }

  /** One lane per leader, at the same time; the first to fail stops the others. */
  async #readFromLeaders(open: readonly RangeProgress[]): Promise<void> {
    const stop = new AbortController();
    const signal = this.#signal === undefined ? stop.signal : AbortSignal.any([this.#signal, stop.signal]);
    const lanes = this.#groupByLeader(open).map(async ([leader, ranges]) => {
      const scanner = new PartitionScanner(this.#visitor, { ...this.#lane, lines: this.#lines });
      try {
        await new LeaderLane(this.#cluster.core, leader, ranges, scanner, { ...this.#lane, signal }).run();
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    });
    await Promise.allSettled(lanes);
    this.#signal?.throwIfAborted();
    stop.signal.throwIfAborted();
  }

  #groupByLeader(open: readonly RangeProgress[]): [number, { progress: RangeProgress; leader: PartitionInfo }[]][] {
    const groups = new Map<number, { progress: RangeProgress; leader: PartitionInfo }[]>();
    for (const progress of open) {
      const leader = this.#cluster.core.leaderOf(progress.range);
      if (leader instanceof SluiceError) {
        progress.obstacle = { error: leader };
        continue;
      }
      progress.bindTopic(this.#cluster.core.metadata.topic(progress.range.topic)?.topicId ?? NO_TOPIC_ID);
      const group = groups.get(leader.leader) ?? [];
      group.push({ progress, leader });
      groups.set(leader.leader, group);
    }
    return [...groups];
  }
}

function requireSound(ranges: readonly OffsetRange[]): void {
  const seen = new Set<string>();
  for (const { topic, partition, start, end } of ranges) {
    const key = `${topic}/${partition}`;
    const fault = seen.has(key)
      ? 'two ranges of one partition'
      : start < 0n || end < start
        ? 'no offset range'
        : undefined;
    if (fault !== undefined) {
      throw new SluiceError('INTERNAL', `Cannot read ${start} to ${end}: ${fault}.`, { context: { topic, partition } });
    }
    seen.add(key);
  }
}
