/** The body of a load: decompressed, counted, cut off where a fault wants it. */
import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate } from 'node:zlib';
import type { Compression } from './load-headers.js';
import { LoadFailure } from './wording.js';

/** Node's own 16 KiB are a trip to another thread each: a load would take twice as long. */
const UNPACKED_CHUNK_BYTES = 256 << 10;

export interface LoadBody {
  /** Bytes received so far, as they were sent. */
  receivedBytes: number;
}

/** What a BE says when the connection ends before the body does. */
export const senderIsGone = (): LoadFailure => new LoadFailure('CANCELLED', 'sender is gone');

/**
 * Hands the decompressed body to `consume`, piece by piece.
 *
 * Throws LoadFailure when the client goes away before the end or the body does not decompress. The request is not
 * destroyed, so that a reply can still be sent.
 */
export async function readBody(
  request: IncomingMessage,
  compression: Compression,
  body: LoadBody,
  consume: (bytes: Buffer) => Promise<void> | void,
): Promise<void> {
  if (compression === 'none') {
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        body.receivedBytes += (chunk as Buffer).length;
        const consumed = consume(chunk as Buffer);
        if (consumed !== undefined) await consumed;
      }
    } catch (error) {
      throw request.destroyed ? senderIsGone() : error;
    }
    return;
  }
  await readCompressed(request, compression, body, consume);
}

async function readCompressed(
  request: IncomingMessage,
  compression: Exclude<Compression, 'none'>,
  body: LoadBody,
  consume: (bytes: Buffer) => Promise<void> | void,
): Promise<void> {
  const options = { chunkSize: UNPACKED_CHUNK_BYTES };
  const unpacked = compression === 'gzip' ? createGunzip(options) : createInflate(options);
  request.on('data', (chunk: Buffer) => {
    body.receivedBytes += chunk.length;
  });
  request.once('error', () => unpacked.destroy(senderIsGone()));
  request.once('close', () => {
    if (!request.complete) unpacked.destroy(senderIsGone());
  });
  request.pipe(unpacked);
  try {
    for await (const chunk of unpacked) await consume(chunk as Buffer);
  } catch (error) {
    request.unpipe(unpacked);
    request.resume();
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new LoadFailure('INTERNAL_ERROR', `Failed to decompress the body: ${error.message}`);
    }
    throw error;
  }
}
