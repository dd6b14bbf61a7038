/** A piece of memory that row buffers fill, with a view for writing more than one byte at a time. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Where row buffers have their chunks from. */
export interface ChunkSource {
  /** The usual size of a chunk in bytes. */
  readonly chunkSizeBytes: number;
  /** A chunk with room for at least `sizeBytes`. */
  take(sizeBytes: number): Chunk;
  /** Takes a chunk back. Nobody may read or write it from now on. */
  give(chunk: Chunk): void;
}

export interface ChunkPoolOptions {
  /** Size of a pooled chunk in bytes; 1 MiB by default. */
  chunkSizeBytes?: number;
  /** The pool keeps at most this many bytes of unused chunks; 64 MiB by default. */
  maxIdleBytes?: number;
}

/**
 * Chunks that are used again and again, so that batches of many megabytes leave nothing behind for the garbage
 * collector. The bound is on what lies idle: what is in use is limited by the batch sizes.
 */
export class ChunkPool implements ChunkSource {
  readonly chunkSizeBytes: number;
  readonly #maxIdleChunks: number;
  readonly #idle: Chunk[] = [];

  constructor({ chunkSizeBytes = 1 << 20, maxIdleBytes = 64 << 20 }: ChunkPoolOptions = {}) {
    this.chunkSizeBytes = chunkSizeBytes;
    this.#maxIdleChunks = Math.floor(maxIdleBytes / chunkSizeBytes);
  }

  /** Bytes kept ready for the next buffer. */
  get idleBytes(): number {
    return this.#idle.length * this.chunkSizeBytes;
  }

  /** A chunk with room for at least `sizeBytes`. Larger ones than the pool's are made to measure and not kept. */
  take(sizeBytes: number): Chunk {
    if (sizeBytes > this.chunkSizeBytes) return allocateChunk(sizeBytes);
    return this.#idle.pop() ?? allocateChunk(this.chunkSizeBytes);
  }

  /** Takes a chunk back. Nobody may read or write it from now on. */
  give(chunk: Chunk): void {
    if (chunk.bytes.length === this.chunkSizeBytes && this.#idle.length < this.#maxIdleChunks) this.#idle.push(chunk);
  }
}

/** A chunk of exactly this size, which no pool knows. */
export function allocateChunk(sizeBytes: number): Chunk {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  return { bytes, view: new DataView(bytes.buffer) };
}
