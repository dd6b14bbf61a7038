/**
 * The raw limit: one lane per partition reads ranges and PUTs them, two-phase commit and all, with nothing kept, asked
 * or written down. What a connector with orchestration does is told as a share of this.
 */
import { Pool } from 'undici';
import { ChunkPool, type LineSink, RowBuffer } from '../../connect/rows/index.js';
import { KafkaCluster, kafkaSettings, readRanges } from '../../kafka/index.js';
import { DATABASE, TABLE } from '../sink.js';
import type { FullTopic } from '../topic.js';
import type { World } from '../world.js';
import { commitLoad, putRows } from './stream-load.js';

/** Rows per load. The limit is what the best of these gives. */
const BATCHES = [50_000, 100_000, 250_000] as const;

/** What a baseline needs of a world. */
export type LoadingWorld = Pick<World, 'kafka' | 'backend' | 'signal'>;

/** Reads and loads the whole topic once; rows per second. */
export async function measureRaw(
  world: LoadingWorld,
  { topic, partitions, rows }: FullTopic,
  batch: number,
): Promise<number> {
  const cluster = new KafkaCluster(kafkaSettings({ 'bootstrap.servers': world.kafka }));
  const pool = new Pool(`http://${world.backend}`, { connections: 2 * partitions });
  // A chunk holds a whole load, so that its body is one piece.
  const chunks = new ChunkPool({ chunkSizeBytes: batch * 256, maxIdleBytes: 2 * partitions * batch * 256 });
  try {
    const startedAtMs = performance.now();
    const ends = await cluster.endOffsets(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
    await Promise.all(
      ends.map(async ({ partition, offset: end }) => {
        let pending: Promise<void> = Promise.resolve();
        for (let start = 0n; start < end; start += BigInt(batch)) {
          const last = start + BigInt(batch);
          const range = { topic, partition, start, end: last < end ? last : end };
          const transaction = await loadRange(cluster, pool, chunks, range, world.signal);
          await pending;
          pending = commitLoad(pool, DATABASE, transaction);
        }
        await pending;
      }),
    );
    return rows / ((performance.now() - startedAtMs) / 1_000);
  } finally {
    await Promise.all([cluster.close(), pool.close()]);
  }
}

/** The rows per load that are fastest here, after one run that warms up. */
export async function bestRawBatch(world: LoadingWorld, topic: FullTopic): Promise<number> {
  await measureRaw(world, topic, BATCHES[0]);
  const rates: { batch: number; rate: number }[] = [];
  for (const batch of BATCHES) rates.push({ batch, rate: await measureRaw(world, topic, batch) });
  return rates.reduce((best, other) => (other.rate > best.rate ? other : best)).batch;
}

async function loadRange(
  cluster: KafkaCluster,
  pool: Pool,
  chunks: ChunkPool,
  range: { topic: string; partition: number; start: bigint; end: bigint },
  signal: AbortSignal,
): Promise<string> {
  const rows = new RowBuffer(chunks);
  try {
    const visit = (
      _: number,
      { buffer, valueStart, valueEnd }: { buffer: Buffer; valueStart: number; valueEnd: number },
    ) => rows.appendLine(buffer, valueStart, valueEnd);
    const lines: LineSink = {
      rules: 'json-objects',
      room: () => rows.room,
      give: (_, { lines: bytes, count }) => rows.appendRows(bytes, count),
    };
    await readRanges(cluster, [range], visit, { signal, lines });
    const [first = Buffer.alloc(0), ...others] = rows.chunks();
    const body = others.length === 0 ? first : Buffer.concat([first, ...others], rows.sizeBytes);
    return await putRows(pool, `/api/${DATABASE}/${TABLE}/_stream_load`, body);
  } finally {
    rows.release();
  }
}
