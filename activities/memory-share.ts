/**
 * What one batch takes of the worker's memory: chunks for its rows, and what is under way between the log and them.
 *
 * How much the rows are is a guess until they are read. So the chunks are counted as they are taken, and a batch that
 * comes to the end of its share says so instead of taking more.
 */
import { allocateChunk, type Chunk, type ChunkPool, type ChunkSource } from '../connect/rows/index.js';

const MIB = 1 << 20;
/** Chunks are as small as this where a batch has many ranges with few rows each. */
const LEAST_CHUNK_BYTES = 16 << 10;
/** A row does not cross from one chunk to the next: so much may stay empty at their ends. */
const LEFT_EMPTY = 1.125;
/** Kafka's `max.partition.fetch.bytes` and the reader's `fetch.max.bytes`; two responses can be in memory. */
const FETCH_PARTITION_BYTES = MIB;
const FETCH_BYTES = 16 * MIB;
const RESPONSES = 2;

/** What is asked of the budget for a batch. */
export interface Share {
  readonly totalBytes: number;
  /** The part of it that chunks may take. */
  readonly rowBytes: number;
  readonly chunkSizeBytes: number;
  /** True when it is the whole budget: there is no larger one to wait for. */
  readonly isWhole: boolean;
}

/**
 * The share of a batch whose rows are expected to take `sizeBytes`.
 *
 * @param ranges the number of its ranges: the rows of each are in chunks of their own
 */
export function shareOf(
  sizeBytes: number,
  ranges: number,
  { budgetBytes, pooledBytes }: { budgetBytes: number; pooledBytes: number },
): Share {
  const chunkSizeBytes = Math.min(pooledBytes, Math.max(LEAST_CHUNK_BYTES, powerOfTwo(sizeBytes / ranges)));
  const wantedBytes = Math.ceil(sizeBytes * LEFT_EMPTY) + ranges * chunkSizeBytes;
  const fetchedBytes = RESPONSES * Math.min(sizeBytes, ranges * FETCH_PARTITION_BYTES, FETCH_BYTES);
  const underWayBytes = Math.min(fetchedBytes, Math.floor(budgetBytes / 2));
  const totalBytes = Math.min(wantedBytes + underWayBytes, budgetBytes);
  return { totalBytes, rowBytes: totalBytes - underWayBytes, chunkSizeBytes, isWhole: totalBytes === budgetBytes };
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, least)));
}

/** Thrown where a batch needs more than its share: not an error. */
export class ShareUsedUp extends Error {}

/** The chunks of one batch. Those of the pool's own size come from the pool and go back to it. */
export class ChunkShare implements ChunkSource {
  private takenBytes = 0;

  constructor(
    private readonly pool: ChunkPool,
    readonly chunkSizeBytes: number,
    private readonly limitBytes: number,
  ) {}

  /** @throws ShareUsedUp */
  take(sizeBytes: number): Chunk {
    const wantedBytes = Math.max(sizeBytes, this.chunkSizeBytes);
    if (this.takenBytes + wantedBytes > this.limitBytes) throw new ShareUsedUp();
    const chunk = wantedBytes === this.pool.chunkSizeBytes ? this.pool.take(wantedBytes) : allocateChunk(wantedBytes);
    this.takenBytes += chunk.bytes.length;
    return chunk;
  }

  give(chunk: Chunk): void {
    this.takenBytes -= chunk.bytes.length;
    this.pool.give(chunk);
  }
}
