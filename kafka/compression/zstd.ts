/** Zstandard. Node's zlib has it from version 22.15 on; before, the fzstd package. */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { CompressionError, OutputLimitError } from './errors.js';

const MAGIC = 0xfd2fb528;
const SINGLE_SEGMENT = 0x20;

type NativeDecompress = (data: Buffer, options: { maxOutputLength: number }) => Buffer;

const native: NativeDecompress | undefined = Reflect.get(zlib, 'zstdDecompressSync');

/** @throws CompressionError, OutputLimitError, or zlib's and fzstd's own errors. */
export function decompressZstd(data: Buffer, limitBytes: number): Buffer {
  return native === undefined ? inflate(data, limitBytes) : native(data, { maxOutputLength: limitBytes });
}

/** Decodes block by block, so that a small frame that unpacks to gigabytes is noticed in time. */
function inflate(data: Buffer, limitBytes: number): Buffer {
  requireSmallWindow(data, limitBytes);
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

/** The decoder allocates the window that the frame header asks for before it decodes anything (RFC 8878, 3.1.1.1.2). */
function requireSmallWindow(data: Buffer, limitBytes: number): void {
  if (data.length < 6 || data.readUInt32LE(0) !== MAGIC) throw new CompressionError('no zstd frame');
  if ((data.readUInt8(4) & SINGLE_SEGMENT) !== 0) return;
  const descriptor = data.readUInt8(5);
  const base = 2 ** (10 + (descriptor >> 3));
  const windowBytes = base + (base / 8) * (descriptor & 0b111);
  if (windowBytes > Math.max(limitBytes, 8 << 20)) throw new OutputLimitError();
}
