/** What to ask a leader for: all open ranges, and no more bytes than they are likely to have left. */
import type { FetchRequest, FetchTopic, IsolationLevel } from '../protocol/fetch.js';
import type { LaneRange } from './lane.js';
import type { RangeProgress } from './range.js';

export interface FetchLimits {
  maxWaitMs: number;
  maxBytes: number;
  maxPartitionBytes: number;
  isolationLevel: IsolationLevel;
}

/** Below this a shorter wait would only mean more requests while an open transaction is waited for. */
const MIN_WAIT_MS = 50;
/** Room for the batch that the end of the range lies in. */
const MIN_PARTITION_BYTES = 64 << 10;
const ESTIMATE_MARGIN = 1.1;

/** Keeps the order of the ranges: the broker serves them in that order. */
export function fetchRequest(ranges: readonly LaneRange[], limits: FetchLimits): FetchRequest {
  const topics = new Map<string, FetchTopic>();
  for (const { progress, leader } of ranges) {
    const { topic, partition } = progress.range;
    const entry = topics.get(topic) ?? { topic, topicId: progress.topicId, partitions: [] };
    entry.partitions.push({
      partition,
      leaderEpoch: leader.leaderEpoch,
      offset: progress.position,
      maxBytes: Math.min(limits.maxPartitionBytes, likelyBytes(progress)),
    });
    topics.set(topic, entry);
  }
  return {
    maxWaitMs: Math.max(MIN_WAIT_MS, limits.maxWaitMs),
    minBytes: 1,
    maxBytes: limits.maxBytes,
    isolationLevel: limits.isolationLevel,
    topics: [...topics.values()],
  };
}

/** A fetch near the end of a range would otherwise transfer megabytes of what lies beyond. */
function likelyBytes({ range, position, bytesPerOffset }: RangeProgress): number {
  const remaining = Number(range.end - position);
  return Math.max(MIN_PARTITION_BYTES, Math.ceil(remaining * bytesPerOffset * ESTIMATE_MARGIN));
}
