/**
 * Decompression of record batches: gzip, snappy, lz4 and zstd, each bounded.
 *
 * A batch of one megabyte can unpack to a thousand times its size, so every decoder gets a limit and stops there.
 * lz4 and snappy are decoded here: a bound and clean errors on damaged input are what the packages at hand lack.
 */
import { types } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { SluiceError } from '../../connect/errors.js';
import { CompressionError, OutputLimitError } from './errors.js';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';
import { decompressZstd } from './zstd.js';

type Decompress = (data: Buffer, limitBytes: number) => Buffer;

interface Codec {
  name: string;
  decompress: Decompress;
}

/** By the codec number in a batch's attributes (`CompressionType.java`). */
const CODECS: readonly Codec[] = [
  { name: 'none', decompress: (data) => data },
  { name: 'gzip', decompress: decompressGzip },
  { name: 'snappy', decompress: decompressSnappy },
  { name: 'lz4', decompress: decompressLz4 },
  { name: 'zstd', decompress: decompressZstd },
];

/**
 * Decompresses the records of a batch.
 *
 * @param limitBytes the largest result allowed.
 * @throws SluiceError RECORD_TOO_LARGE beyond the limit, KAFKA_CORRUPT_RECORD for damaged data, KAFKA_PROTOCOL for an
 *   unknown codec.
 */
export function decompress(codecNumber: number, data: Buffer, limitBytes: number): Buffer {
  const codec = CODECS[codecNumber];
  if (codec === undefined) {
    throw new SluiceError('KAFKA_PROTOCOL', `The record batch has the unknown compression codec ${codecNumber}.`);
  }
  try {
    return codec.decompress(data, limitBytes);
  } catch (cause) {
    throw explain(cause, codec.name, limitBytes);
  }
}

function decompressGzip(data: Buffer, limitBytes: number): Buffer {
  return gunzipSync(data, { maxOutputLength: limitBytes });
}

function explain(cause: unknown, codec: string, limitBytes: number): SluiceError {
  if (cause instanceof OutputLimitError || codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') {
    const message = `A record batch compressed with ${codec} unpacks to more than ${limitBytes} bytes.`;
    return new SluiceError('RECORD_TOO_LARGE', message, {
      cause,
      hint: 'Let the producer send smaller batches (batch.size, max.request.size); to go on without it, move the offset.',
    });
  }
  const reason = cause instanceof CompressionError ? cause.message : String(cause);
  return new SluiceError('KAFKA_CORRUPT_RECORD', `A record batch cannot be decompressed as ${codec}: ${reason}`, {
    cause,
  });
}

function codeOf(error: unknown): unknown {
  return types.isNativeError(error) && 'code' in error ? error.code : undefined;
}
