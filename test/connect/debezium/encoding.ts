import {
  type ChangeEncoderOptions,
  type ChangeOutcome,
  type ChangeRecordView,
  createChangeEncoder,
} from '../../../connect/debezium/index.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';

export const DORIS_SIGN = { column: '__DORIS_DELETE_SIGN__', upsert: '0', delete: '1' } as const;

/** The record as a reader shows it: key and value in the middle of a larger buffer. */
export function changeRecord(key: string | null, value: string | Uint8Array | null): ChangeRecordView {
  const before = Buffer.from('{"');
  const keyBytes = Buffer.from(key ?? '');
  const valueBytes = Buffer.from((value ?? '') as string);
  const valueStart = before.length + keyBytes.length;
  return {
    buffer: Buffer.concat([before, keyBytes, valueBytes, Buffer.from('"}\n')]),
    keyStart: before.length,
    keyEnd: key === null ? -1 : valueStart,
    valueStart: value === null ? -1 : valueStart,
    valueEnd: value === null ? -1 : valueStart + valueBytes.length,
  };
}

/** An encoder with what it has made so far. */
export function changeEncoding(options: Partial<ChangeEncoderOptions> = {}) {
  const encoder = createChangeEncoder({
    valueSchemasEnable: true,
    keySchemasEnable: true,
    deleteSign: DORIS_SIGN,
    ...options,
  });
  const out = new RowBuffer(new ChunkPool({ chunkSizeBytes: 1024 }));
  return {
    encode: (key: string | null, value: string | Uint8Array | null): ChangeOutcome =>
      encoder.encode(changeRecord(key, value), out),
    /** The lines written so far. */
    lines: () => Buffer.concat(out.chunks()).toString().split('\n').slice(0, -1),
  };
}
