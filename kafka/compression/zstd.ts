/** Zstandard. Node's zlib has it from version 22.15 on; before, the fzstd package. */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { CompressionError, OutputLimitError } from './errors.js';

const MAGIC = 0xfd2fb528;
/** 0x184d2a50 to 0x184d2a5f: a frame to be passed over. */
const SKIPPABLE_MAGIC = 0x184d2a5;
const CHECKSUM = 0x04;
const SINGLE_SEGMENT = 0x20;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const RLE_BLOCK = 1;
/** What every decoder has to be able to do (RFC 8878, 3.1.1.1.2). */
const USUAL_WINDOW_BYTES = 8 << 20;
/** The decoder moves the whole window for every block: some ten seconds of it, far more than real batches need. */
const MAX_MOVED_BYTES = 2 ** 36;

type NativeDecompress = (data: Buffer, options: { maxOutputLength: number }) => Buffer;

const native: NativeDecompress | undefined = Reflect.get(zlib, 'zstdDecompressSync');

/** @throws CompressionError, OutputLimitError, or zlib's and fzstd's own errors. */
export function decompressZstd(data: Buffer, limitBytes: number): Buffer {
  return native === undefined ? inflate(data, limitBytes) : native(data, { maxOutputLength: limitBytes });
}

/** Decodes block by block, so that a small frame that unpacks to gigabytes is noticed in time. */
function inflate(data: Buffer, limitBytes: number): Buffer {
  requireModestFrames(data, limitBytes);
  const blocks: Uint8Array[] = [];
  let sizeBytes = 0;
  const decoder = new Decompress((block) => {
    sizeBytes += block.length;
    if (sizeBytes > limitBytes) throw new OutputLimitError();
    blocks.push(block);
  });
  decoder.push(data, true);
  return Buffer.concat(blocks, sizeBytes);
}

/** Of every frame the decoder allocates the window that the header asks for, before it decodes anything. */
function requireModestFrames(data: Buffer, limitBytes: number): void {
  let windowBytes = 0;
  let movedBytes = 0;
  for (let position = 0; position < data.length; ) {
    const frame = readFrame(data, position);
    windowBytes += frame.windowBytes;
    movedBytes += frame.windowBytes * frame.blocks;
    if (windowBytes > Math.max(limitBytes, USUAL_WINDOW_BYTES)) throw new OutputLimitError();
    if (movedBytes > MAX_MOVED_BYTES) throw new CompressionError('a large zstd window for tiny blocks');
    position = frame.end;
  }
}

interface Frame {
  windowBytes: number;
  blocks: number;
  end: number;
}

/**
 * The layout of a frame (RFC 8878, 3.1.1): magic, descriptor, window (not with a single segment), dictionary id,
 * content size; blocks, each with its last-block bit, type (2 bits) and size in three bytes; checksum.
 */
function readFrame(data: Buffer, start: number): Frame {
  requireBytes(data, start + 8);
  const magic = data.readUInt32LE(start);
  if (magic >>> 4 === SKIPPABLE_MAGIC)
    return { windowBytes: 0, blocks: 0, end: start + 8 + data.readUInt32LE(start + 4) };
  if (magic !== MAGIC) throw new CompressionError('no zstd frame');
  const descriptor = data.readUInt8(start + 4);
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const sizeAt = start + (isSingle ? 5 : 6) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 && !isSingle ? 0 : 1 << sizeCode;
  requireBytes(data, sizeAt + sizeBytes);
  const windowBytes = isSingle ? contentBytes(data, sizeAt, sizeBytes) : windowOf(data.readUInt8(start + 5));

  let position = sizeAt + sizeBytes;
  let blocks = 0;
  for (let isLast = false; !isLast; blocks++) {
    requireBytes(data, position + 3);
    const header = data.readUIntLE(position, 3);
    isLast = (header & 1) !== 0;
    position += 3 + (((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3);
  }
  return { windowBytes, blocks, end: position + ((descriptor & CHECKSUM) === 0 ? 0 : 4) };
}

function contentBytes(data: Buffer, at: number, length: number): number {
  if (length === 8) return Number(data.readBigUInt64LE(at));
  return data.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 0b111);
}

function requireBytes(data: Buffer, end: number): void {
  if (end > data.length) throw new CompressionError('an unfinished zstd frame');
}
