import { createRowEncoder, type RowEncoderOptions } from '../../../connect/converters/index.js';
import { SluiceError } from '../../../connect/errors.js';
import { ChunkPool, type RecordView, RowBuffer } from '../../../connect/rows/index.js';

/** The value as a reader shows it: in the middle of a larger buffer. */
export function recordOf(value: string | Uint8Array | null): RecordView {
  if (value === null) return { buffer: Buffer.from('fetched'), valueStart: -1, valueEnd: -1 };
  const bytes = Buffer.from(value as string);
  return {
    buffer: Buffer.concat([Buffer.from('{\n'), bytes, Buffer.from('}\n')]),
    valueStart: 2,
    valueEnd: 2 + bytes.length,
  };
}

/** An encoder with the rows that it has written so far. */
export function encoding(value: RowEncoderOptions['value'], options: Partial<RowEncoderOptions> = {}) {
  const encoder = createRowEncoder({ value, format: 'json', onNull: 'fail', ...options });
  const out = new RowBuffer(new ChunkPool({ chunkSizeBytes: 256 }));
  return {
    encode: (record: string | Uint8Array | null) => encoder.encode(recordOf(record), out),
    explain: (record: string | Uint8Array | null) => encoder.explainInvalid(recordOf(record)),
    /** The lines written so far. */
    lines: () => Buffer.concat(out.chunks()).toString().split('\n').slice(0, -1),
    rows: () => out.rows,
  };
}

/** The error that the call throws; anything but a SluiceError fails the test. */
export function errorOf(call: () => unknown): SluiceError {
  try {
    call();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
