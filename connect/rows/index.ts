/**
 * Rows on their way to a database: the record as it is read, and the buffer that its rows are written to.
 *
 * This is the hot path. A record is a reused view over fetched bytes, a row is a line of bytes in a pooled chunk;
 * nothing is allocated per record.
 */

export { allocateChunk, type Chunk, ChunkPool, type ChunkPoolOptions, type ChunkSource } from './chunk-pool.js';
export type { LineRules, LineSink, Lines } from './line-sink.js';
export type { RecordView, SourceRecord } from './record-view.js';
export { RowBuffer, type RowMark } from './row-buffer.js';
