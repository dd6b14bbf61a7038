/** How fast the range reader is by itself: reads a whole topic and copies the values out, as a sink does. */
import { KafkaCluster, kafkaSettings, readRanges } from '../kafka/index.js';
import type { FullTopic } from './topic.js';

const BODY_BYTES = 64 << 20;
const NEWLINE = 10;

export interface ReaderRun {
  readonly rowsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
}

/** Reads all partitions of the topic once, from `kafka` (`host:port`). */
export async function measureReader(kafka: string, { topic, partitions }: FullTopic): Promise<ReaderRun> {
  const cluster = new KafkaCluster(kafkaSettings({ 'bootstrap.servers': kafka }));
  try {
    const ends = await cluster.endOffsets(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
    const ranges = ends.map(({ partition, offset: end }) => ({ topic, partition, start: 0n, end }));
    const body = Buffer.allocUnsafe(BODY_BYTES);
    let at = 0;
    const cpuBefore = process.cpuUsage();
    const startedAtMs = performance.now();
    const summaries = await readRanges(cluster, ranges, (_, { buffer, valueStart, valueEnd }) => {
      if (at + valueEnd - valueStart >= body.length) at = 0;
      at += buffer.copy(body, at, valueStart, valueEnd);
      body[at++] = NEWLINE;
    });
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      rowsPerSecond: summaries.reduce((sum, { records }) => sum + records, 0) / seconds,
      megabytesPerSecond: summaries.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6 / seconds,
      cpuSeconds: (user + system) / 1e6,
    };
  } finally {
    await cluster.close();
  }
}
