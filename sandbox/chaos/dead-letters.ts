/** Bad rows among the good ones, and what has become of them: each has to be in the dead letter queue, once. */
import { KafkaCluster, kafkaSettings, readRanges } from '../../kafka/index.js';
import type { ConnectorConfig } from '../../workflows/core/model.js';

const ONE_OF = 50;
/** Longer than the column. */
const TOO_LONG = 300;

/** The value of a row that is bad by its id; undefined for good ones. */
export function badRow(id: number): string | undefined {
  if (id % ONE_OF === 7) return `{"id":${id}, and no more JSON`;
  if (id % ONE_OF === 23) return JSON.stringify({ id, payload: `row ${id} ${'.'.repeat(TOO_LONG)}` });
  return undefined;
}

export function isBadRow(id: number): boolean {
  return badRow(id) !== undefined;
}

export function deadLetterConfig(queue: string): ConnectorConfig {
  return {
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': queue,
    'errors.deadletterqueue.topic.replication.factor': '-1',
  };
}

/** The ids of the rows in a dead letter queue, and how often each is there: as a read_committed reader sees them. */
export async function readDeadLetters(bootstrap: string, queue: string): Promise<Map<number, number>> {
  const cluster = new KafkaCluster(kafkaSettings({ 'bootstrap.servers': bootstrap }));
  const found = new Map<number, number>();
  try {
    const [topic] = await cluster.topics({ names: [queue], missing: 'skip' });
    const partitions = (topic?.partitions ?? []).map(({ partition }) => ({ topic: queue, partition }));
    const [starts, ends] = [await cluster.startOffsets(partitions), await cluster.endOffsets(partitions)];
    const ranges = partitions.map((place, index) => ({
      ...place,
      start: starts[index]?.offset ?? 0n,
      end: ends[index]?.offset ?? 0n,
    }));
    await readRanges(cluster, ranges, (_, { buffer, valueStart, valueEnd }) => {
      const id = Number(
        /"id":(\d+)/.exec(buffer.toString('utf8', Math.max(0, valueStart), Math.max(0, valueEnd)))?.[1],
      );
      found.set(id, (found.get(id) ?? 0) + 1);
    });
  } finally {
    await cluster.close();
  }
  return found;
}
