/**
 * Snappy (format_description.txt of the Snappy project): one raw block, or the framing of snappy-java ("xerial") that
 * Java producers write: an 8-byte magic, two version integers, then blocks, each preceded by its size.
 */
import { copyLiterals, copyMatch } from './copy.js';
import { CompressionError, OutputLimitError } from './errors.js';

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

interface Block {
  /** Where the elements begin, after the length. */
  start: number;
  end: number;
  contentBytes: number;
}

/** @throws CompressionError, OutputLimitError */
export function decompressSnappy(data: Buffer, limitBytes: number): Buffer {
  const blocks = isXerial(data) ? xerialBlocks(data) : [readBlock(data, 0, data.length)];
  const totalBytes = blocks.reduce((sum, block) => sum + block.contentBytes, 0);
  if (totalBytes > limitBytes) throw new OutputLimitError();
  const output = Buffer.allocUnsafe(totalBytes);
  let at = 0;
  for (const block of blocks) at = decodeBlock(data, block, output, at);
  return output;
}

function isXerial(data: Buffer): boolean {
  return data.length >= XERIAL_HEADER_BYTES && data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC);
}

function xerialBlocks(data: Buffer): Block[] {
  const blocks: Block[] = [];
  let position = XERIAL_HEADER_BYTES;
  while (position < data.length) {
    if (data.length - position < 4) throw new CompressionError('an unfinished snappy frame');
    const start = position + 4;
    const end = start + data.readInt32BE(position);
    if (end <= start || end > data.length) throw new CompressionError('an unfinished snappy frame');
    blocks.push(readBlock(data, start, end));
    position = end;
  }
  return blocks;
}

/** A block begins with the size of its content, a varint. */
function readBlock(data: Buffer, start: number, end: number): Block {
  let contentBytes = 0;
  let position = start;
  for (let shift = 0; shift <= 28 && position < end; shift += 7) {
    const byte = data[position++] as number;
    contentBytes += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { start: position, end, contentBytes };
  }
  throw new CompressionError('a snappy block without a length');
}

/** Elements: literals (tag 0) and back references with an offset of 11, 16 or 32 bits (tags 1, 2, 3). */
function decodeBlock(data: Buffer, block: Block, output: Buffer, outputStart: number): number {
  const outputEnd = outputStart + block.contentBytes;
  const { end } = block;
  let position = block.start;
  let at = outputStart;
  while (position < end) {
    const tag = data[position++] as number;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const lengthBytes = length - 60;
        if (lengthBytes > end - position) throw new CompressionError('an unfinished snappy literal');
        length = data.readUIntLE(position, lengthBytes) + 1;
        position += lengthBytes;
      }
      if (length > end - position || length > outputEnd - at) throw new CompressionError('a snappy literal too long');
      at = copyLiterals(data, position, output, at, length);
      position += length;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    if (offsetBytes > end - position) throw new CompressionError('an unfinished snappy copy');
    let distance = data.readUIntLE(position, offsetBytes);
    position += offsetBytes;
    if (kind === 1) {
      distance |= (tag >> 5) << 8;
      length = ((tag >> 2) & 7) + 4;
    }
    if (length > outputEnd - at || distance > at - outputStart)
      throw new CompressionError('a snappy copy out of bounds');
    at = copyMatch(output, at, distance, length);
  }
  if (at !== outputEnd) throw new CompressionError('a snappy block shorter than it says');
  return at;
}
