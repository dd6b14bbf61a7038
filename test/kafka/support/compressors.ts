/** Compressors for test data: those of `@platformatic/kafka`, made reliable. */
import { compressionsAlgorithms } from '@platformatic/kafka';

type Compress = (data: Buffer) => Buffer;

const ATTEMPTS = 12;

/**
 * `@platformatic/wasm-utils` 0.2 keeps a view on its memory that is gone when the memory grows, and makes a new one only
 * for an input that is larger than any before. So larger ones are given until it has room enough.
 */
function reliable(compress: Compress): Compress {
  return (data) => {
    let size = 2 * Math.max(4_096, data.length);
    for (let attempt = 1; ; attempt++, size *= 2) {
      try {
        return compress(data);
      } catch (error) {
        if (attempt === ATTEMPTS || !String(error).includes('detached')) throw error;
        makeRoom(compress, size);
      }
    }
  };
}

function makeRoom(compress: Compress, sizeBytes: number): void {
  try {
    compress(Buffer.alloc(sizeBytes));
  } catch (error) {
    if (!String(error).includes('detached')) throw error;
  }
}

export const snappyCompress = reliable((data) => compressionsAlgorithms.snappy.compressSync(data));
export const lz4Compress = reliable((data) => compressionsAlgorithms.lz4.compressSync(data));
