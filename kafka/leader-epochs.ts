/**
 * Whether a log is still the one that was read: a leader that had not got all records truncates it, and what comes
 * later takes the offsets of what was lost. Leader epochs tell (KIP-320; OffsetForLeaderEpoch, API key 23).
 */
import { createAPI, offsetForLeaderEpochV4, type Reader } from '@platformatic/kafka';
import { askLeaders, byTopic, type LeaderAnswer } from './ask-leaders.js';
import type { ClusterCore } from './cluster-core.js';
import { CONSUMER_REPLICA_ID, type PartitionOffset } from './offsets.js';

/** An offset, and the epoch of the leader under which everything before it was there. */
export interface EpochOffset extends PartitionOffset {
  leaderEpoch: number;
}

interface EpochEnd extends LeaderAnswer {
  /** -1 where the log knows nothing of the epoch. */
  endOffset: bigint;
}

const UNKNOWN = -1n;

/**
 * The library's request; a response of our own, for the library (1.35) reads its fields in another order than
 * `OffsetForLeaderEpochResponse.json` has them: error code, partition, leader epoch, end offset.
 */
const API = createAPI<offsetForLeaderEpochV4.OffsetForLeaderEpochRequest, EpochEnd[]>(
  23,
  4,
  offsetForLeaderEpochV4.createRequest,
  (_correlationId, _apiKey, _apiVersion, reader) => epochEnds(reader),
);

function epochEnds(reader: Reader): EpochEnd[] {
  reader.readInt32(); // throttle time
  const topics = reader.readArray((topicReader) => {
    const topic = topicReader.readString();
    return topicReader.readArray((partitionReader) => {
      const errorCode = partitionReader.readInt16();
      const partition = partitionReader.readInt32();
      partitionReader.readInt32(); // the epoch that the end is of
      return { topic, partition, errorCode, endOffset: partitionReader.readInt64() };
    });
  });
  return topics.flat();
}

/**
 * Where each log has parted from what it was, in the order of the positions; undefined where everything before the
 * position is as it was. A log that knows nothing of the epoch has parted from its beginning.
 *
 * @param positions at most one per partition.
 * @throws as `askLeaders`
 */
export async function divergences(
  core: ClusterCore,
  positions: readonly EpochOffset[],
  signal?: AbortSignal,
): Promise<(bigint | undefined)[]> {
  const answers = await askLeaders(
    core,
    positions,
    (leader, group) => {
      const topics = byTopic(group, ({ partition, currentLeaderEpoch, leaderEpoch }) => ({
        partitionIndex: partition,
        currentLeaderEpoch,
        leaderEpoch,
      })).map(({ name, entries }) => ({ name, partitions: entries }));
      return core.callBroker(leader, [API], [CONSUMER_REPLICA_ID, topics], signal);
    },
    (ends) => ends,
    signal,
  );
  return positions.map(({ offset }, index) => {
    const end = answers[index]?.endOffset ?? UNKNOWN;
    if (end === UNKNOWN) return 0n;
    return end < offset ? end : undefined;
  });
}
