import type { RecordDecoder } from '../../../../connect/converters/binary/record-decoder.js';
import { writeJsonText } from '../../../../connect/converters/text-rows.js';
import type { SchemaAndValue } from '../../../../connect/data/value.js';
import { describeError, SluiceError } from '../../../../connect/errors.js';
import { ChunkPool, RowBuffer } from '../../../../connect/rows/index.js';

export { writeJsonText as writeText };

/** What a decoder makes of a value that stands in the middle of a larger buffer. */
export function decodeRows(decoder: RecordDecoder, bytes: Uint8Array): string[] | undefined {
  const out = new RowBuffer(new ChunkPool({ chunkSizeBytes: 4096 }));
  const { source, start, end } = amid(bytes);
  const rows = decoder.writeRows(source, start, end, out);
  const lines = Buffer.concat(out.chunks()).toString().split('\n').slice(0, -1);
  expect(rows ?? 0).toBe(lines.length);
  return rows === undefined ? undefined : lines;
}

export function decodeValue(decoder: RecordDecoder, bytes: Uint8Array): SchemaAndValue {
  const { source, start, end } = amid(bytes);
  return decoder.read(source, start, end);
}

function amid(bytes: Uint8Array): { source: Buffer; start: number; end: number } {
  const around = Buffer.from([0xff, 0x81, 0x22]);
  return { source: Buffer.concat([around, bytes, around]), start: 3, end: 3 + bytes.length };
}

/** The error that a call throws; anything but a RECORD_INVALID fails the test. */
export function recordError(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'RECORD_INVALID') return describeError(error);
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Either nothing happens or the value is refused: true when it was refused. */
export function survives(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'RECORD_INVALID') return true;
    throw error;
  }
}
