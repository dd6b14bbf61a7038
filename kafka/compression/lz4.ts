/**
 * LZ4 frames, as Kafka's producers write them (`Lz4BlockOutputStream.java`): lz4_Frame_format.md and
 * lz4_Block_format.md of the LZ4 project. Checksums inside the frame are not verified: the batch's own CRC covers them.
 */
import { copyLiterals, copyMatch } from './copy.js';
import { CompressionError, OutputLimitError } from './errors.js';

const FRAME_MAGIC = 0x184d2204;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY_ID = 0x01;
const UNCOMPRESSED_BLOCK = 0x80000000;
const MIN_MATCH_BYTES = 4;
/** A block grows to less than this many times its size: each further byte of a length adds 255. */
const MAX_GROWTH = 255;
/** Maximum block sizes by their code in the frame descriptor. */
const BLOCK_SIZES: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };

interface Block {
  start: number;
  end: number;
  compressed: boolean;
}

interface Frame {
  blocks: Block[];
  /** The most that the blocks can hold. */
  maxContentBytes: number;
  end: number;
}

/** @throws CompressionError, OutputLimitError */
export function decompressLz4(data: Buffer, limitBytes: number): Buffer {
  const frames: Buffer[] = [];
  let remaining = limitBytes;
  for (let position = 0; position < data.length; ) {
    const frame = readFrame(data, position);
    const content = decodeFrame(data, frame, remaining);
    frames.push(content);
    remaining -= content.length;
    position = frame.end;
  }
  return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames);
}

/** Finds the blocks of a frame without decoding them. */
function readFrame(data: Buffer, start: number): Frame {
  if (data.length - start < 7 || data.readUInt32LE(start) !== FRAME_MAGIC) throw new CompressionError('no LZ4 frame');
  const flags = data.readUInt8(start + 4);
  const maxBlockBytes = BLOCK_SIZES[(data.readUInt8(start + 5) >> 4) & 0b111];
  if (flags >> 6 !== 1 || maxBlockBytes === undefined) throw new CompressionError('an unknown LZ4 frame version');
  if ((flags & DICTIONARY_ID) !== 0) throw new CompressionError('an LZ4 dictionary, which Kafka does not use');

  const trailerBytes = (flags & BLOCK_CHECKSUM) === 0 ? 0 : 4;
  let position = start + 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8);
  const blocks: Block[] = [];
  let maxContentBytes = 0;
  for (;;) {
    if (data.length - position < 4) throw new CompressionError('an unfinished LZ4 frame');
    const size = data.readUInt32LE(position);
    position += 4;
    if (size === 0) break;
    const compressed = size < UNCOMPRESSED_BLOCK;
    const sizeBytes = size & ~UNCOMPRESSED_BLOCK;
    const end = position + sizeBytes;
    if (end + trailerBytes > data.length) throw new CompressionError('an unfinished LZ4 block');
    blocks.push({ start: position, end, compressed });
    maxContentBytes += Math.min(maxBlockBytes, compressed ? MAX_GROWTH * sizeBytes : sizeBytes);
    position = end + trailerBytes;
  }
  if ((flags & CONTENT_CHECKSUM) !== 0) position += 4;
  return { blocks, maxContentBytes, end: position };
}

function decodeFrame(data: Buffer, frame: Frame, limitBytes: number): Buffer {
  const output = Buffer.allocUnsafe(Math.min(frame.maxContentBytes, limitBytes));
  let at = 0;
  for (const { start, end, compressed } of frame.blocks) {
    if (compressed) {
      at = decodeBlock(data, start, end, output, at);
    } else {
      if (end - start > output.length - at) throw new OutputLimitError();
      at = copyLiterals(data, start, output, at, end - start);
    }
  }
  return output.subarray(0, at);
}

/** Sequences of literals and matches; the last one has literals only. Returns the new end of the output. */
function decodeBlock(data: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
  let position = start;
  let at = outputStart;
  while (position < end) {
    const token = data[position++] as number;

    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        more = data[position++] as number;
        literals += more;
      } while (more === 255 && position < end);
    }
    if (literals > end - position) throw new CompressionError('LZ4 literals beyond their block');
    if (literals > output.length - at) throw new OutputLimitError();
    at = copyLiterals(data, position, output, at, literals);
    position += literals;
    if (position >= end) break;

    if (end - position < 2) throw new CompressionError('an unfinished LZ4 match');
    const distance = (data[position] as number) | ((data[position + 1] as number) << 8);
    position += 2;
    let length = (token & 15) + MIN_MATCH_BYTES;
    if ((token & 15) === 15) {
      let more: number;
      do {
        more = data[position++] as number;
        length += more;
      } while (more === 255 && position < end);
    }
    if (length > output.length - at) throw new OutputLimitError();
    at = copyMatch(output, at, distance, length);
  }
  return at;
}
