/** Real record batches, damaged: records, or a typed error; bounded in time and memory. */

import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { SluiceError } from '../../connect/errors.js';
import { decompress } from '../../kafka/compression/index.js';
import { decodeFetchResponse } from '../../kafka/protocol/fetch.js';
import { decodeHeaders, RecordCursor } from '../../kafka/protocol/record-cursor.js';
import { scanRecords } from '../../kafka/protocol/scan-records.js';
import { RangeProgress } from '../../kafka/range/range.js';
import { fetchedSpan, PartitionScanner } from '../../kafka/range/scan-partition.js';
import { encodeBatch, encodeMarker, type TestBatch } from '../kafka/support/encode-batch.js';
import { damaged, damages, FUZZ_TIMEOUT_MS, runs, typedOutcome } from './support/fuzz.js';

const LIMIT_BYTES = 1 << 20;

const records = Array.from({ length: 20 }, (_, index) => ({
  offset: BigInt(index),
  key: index % 3 === 0 ? null : Buffer.from(`key ${index}`),
  value: index % 5 === 0 ? null : Buffer.from(`{"id":${index},"text":"${'x'.repeat(index * 3)}"}`),
  headers: index % 4 === 0 ? [{ key: 'h', value: Buffer.from('v') }] : [],
}));
const batchOf = (codec: NonNullable<TestBatch['codec']>, changes: Partial<TestBatch> = {}) =>
  encodeBatch({ baseOffset: 0n, lastOffset: 19n, records, codec, ...changes });
const CODECS = ['none', 'gzip', 'snappy', 'xerial', 'lz4'] as const;
const logs = [
  ...CODECS.map((codec) => batchOf(codec)),
  Buffer.concat([batchOf('none', { isTransactional: true, producerId: 7n }), encodeMarker(20n, 7n, 'abort')]),
  Buffer.concat([batchOf('lz4', { appendTime: 5n }), encodeMarker(20n, 7n, 'commit')]),
];
const numbers = [0, 1, 0x7f, 0x80, 0x7fffffff, -1, -0x80000000].map((value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
});

/** Gives a damaged batch the checksum it would have if a producer had sent it so. */
function sealed(batch: Buffer): Buffer {
  if (batch.length >= 61) batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function readLog(bytes: Buffer): number {
  let seen = 0;
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start: 0n, end: 1_000n }, 0);
  const scanner = new PartitionScanner(
    (_index, record) => {
      seen++;
      expect(record.valueEnd).toBeLessThanOrEqual(record.buffer.length);
      typedOutcome(() => record.timestamp);
      typedOutcome(() => decodeHeaders(record));
    },
    { isolationLevel: 'read_committed', maxDecompressedBytes: LIMIT_BYTES },
  );
  const fetched = {
    topicKey: 't',
    partition: 0,
    errorCode: 0,
    highWatermark: 1_000n,
    lastStableOffset: 1_000n,
    logStartOffset: 0n,
    abortedTransactions: [{ producerId: 7n, firstOffset: 0n }],
    records: bytes,
  };
  typedOutcome(() => fetchedSpan(bytes, 0n));
  typedOutcome(() => scanner.scan(progress, fetched, 0n));
  return seen;
}

test(
  'a damaged log is never read past its end',
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...logs), damages(numbers), (log, damage) => {
        // A damaged batch has the wrong checksum: nothing of it is shown.
        readLog(damaged(log, damage));
      }),
      runs(800),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'bytes that are damaged and have the right checksum for it: a record of them lies within the batch',
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...logs), damages(numbers), (log, damage) => {
        const batch = damaged(log, damage);
        if (batch.length >= 12) batch.writeInt32BE(batch.length - 12, 8);
        expect(readLog(sealed(batch))).toBeLessThanOrEqual(batch.length);
      }),
      runs(1_200),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test('a count of two thousand million records in a batch of a few bytes is refused at once', () => {
  const bytes = Buffer.alloc(64);
  const window = { count: 0x7fffffff, baseOffset: 0n, baseDelta: 0, from: 0, to: 10 };
  const began = performance.now();
  const outcome = typedOutcome(() =>
    scanRecords(bytes, window, new RecordCursor(), { records: 0, bytes: 0 }, () => {}),
  );
  expect(outcome).toMatchObject({ code: 'KAFKA_CORRUPT_RECORD' });
  expect(performance.now() - began).toBeLessThan(1_000);
});

test(
  'what a codec makes of damaged data is bounded',
  () => {
    const packed = CODECS.map((codec) => batchOf(codec).subarray(61));
    const zstd = Buffer.from('28b52ffd0458290000616263', 'hex');
    fc.assert(
      fc.property(fc.nat(5), fc.constantFrom(...packed, zstd), damages(numbers), (codec, data, damage) => {
        const result = typedOutcome(() => decompress(codec, damaged(data, damage), LIMIT_BYTES));
        if (!(result instanceof SluiceError)) expect(result.length).toBeLessThanOrEqual(LIMIT_BYTES);
      }),
      runs(1_200),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'a broker that answers anything',
  () => {
    fc.assert(
      fc.property(fc.constantFrom(12, 13, 17), fc.uint8Array({ maxLength: 200 }), (version, bytes) => {
        typedOutcome(() => decodeFetchResponse(version, Buffer.from(bytes)));
      }),
      runs(1_200),
    );
  },
  FUZZ_TIMEOUT_MS,
);
