/** The log of the activities on Kafka: one cluster connection per connector, shared by its tasks. */
import type { LogPosition, LogView, SourceLog } from '../activities/ports.js';
import { SluiceError } from '../connect/errors.js';
import { KafkaCluster } from '../kafka/cluster.js';
import { readRanges } from '../kafka/range-reader.js';
import { parseKafkaSettings } from '../kafka/settings.js';

/** @throws SluiceError CONFIG_INVALID with all problems of the client properties. */
export function openKafkaLog(properties: Readonly<Record<string, string>>, connector: string): SourceLog {
  const parsed = parseKafkaSettings({ 'client.id': `sluice-${connector}`, ...properties });
  if (!parsed.ok) {
    const [first] = parsed.problems;
    throw new SluiceError(
      'CONFIG_INVALID',
      parsed.problems.map(({ key, message }) => `${key}: ${message}`).join('; '),
      {
        context: { connector, key: first.key },
        hint: 'Correct the Kafka settings of the worker, or the consumer.override.* of the connector.',
      },
    );
  }
  const cluster = new KafkaCluster(parsed.settings);
  return {
    partitions: async (selection, signal) => {
      const wanted =
        'pattern' in selection
          ? { pattern: new RegExp(selection.pattern) }
          : { names: selection.names, missing: 'skip' as const };
      const topics = await cluster.topics(wanted, signal);
      return topics.flatMap(({ topic, topicId, partitions }) =>
        partitions.map(({ partition }) => ({ topic, topicId, partition })),
      );
    },
    look: (positions, signal) => look(cluster, positions, signal),
    ends: async (partitions, signal) => (await cluster.endOffsets(partitions, signal)).map(({ offset }) => offset),
    highWatermarks: (partitions, signal) => cluster.highWatermarks(partitions, signal),
    starts: async (partitions, signal) => (await cluster.startOffsets(partitions, signal)).map(({ offset }) => offset),
    groupOffsets: (group, partitions, signal) => cluster.groupOffsets(group, partitions, signal),
    commitGroupOffsets: (group, offsets, signal) => cluster.commitGroupOffsets(group, offsets, signal),
    read: async (ranges, visit, signal, lines) => {
      await readRanges(cluster, ranges, visit, { signal, lines });
    },
    close: () => cluster.close(),
  };
}

/** A position is held against the log only where another leader than before tells its end. */
async function look(
  cluster: KafkaCluster,
  positions: readonly LogPosition[],
  signal: AbortSignal,
): Promise<readonly LogView[]> {
  const ends = await cluster.endOffsets(positions, signal);
  const doubtful = positions.flatMap((position, index) => {
    const { leaderEpoch } = position;
    return leaderEpoch === undefined || leaderEpoch === ends[index]?.leaderEpoch
      ? []
      : [{ ...position, leaderEpoch, index }];
  });
  const divergences = doubtful.length === 0 ? [] : await cluster.divergences(doubtful, signal);
  return ends.map(({ offset, leaderEpoch }, index) => {
    const truncatedTo = divergences[doubtful.findIndex((position) => position.index === index)];
    return { end: offset, leaderEpoch, ...(truncatedTo === undefined ? {} : { truncatedTo }) };
  });
}
