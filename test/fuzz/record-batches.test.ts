/** Real record batches, damaged: records, or a typed error; bounded in time and memory. */

import { gzipSync } from 'node:zlib';
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

/** Reads as a range reader does; how many records were shown. */
function readLog(bytes: Buffer): number {
  typedOutcome(() => fetchedSpan(bytes, 0n));
  const seen = { records: 0 };
  typedOutcome(() => scanLog(bytes, seen));
  return seen.records;
}

function scanLog(bytes: Buffer, seen = { records: 0 }): void {
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start: 0n, end: 1_000n }, 0);
  const scanner = new PartitionScanner(
    (_index, record) => {
      seen.records++;
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
  scanner.scan(progress, fetched, 0n);
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
  const window = { count: 0x7fffffff, baseOffset: 0n, baseDelta: 0, from: 0, to: 10, position: 0, index: 0 };
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

describe('small batches that unpack to much', () => {
  const LARGE_LIMIT_BYTES = 256 << 20;
  const zstd = (descriptor: string, blocks: Buffer) =>
    Buffer.concat([Buffer.from(`28b52ffd${descriptor}`, 'hex'), blocks]);
  const abc = Buffer.from('190000616263', 'hex');
  /** `abc` in a frame with a window of 8 MB, which the decoder allocates. */
  const wide = zstd('0068', abc);
  const repeated = (part: Buffer, times: number) => Buffer.concat(Array<Buffer>(times).fill(part));
  /** One byte, in a frame whose blocks may be of 4 MB. */
  const lz4 = Buffer.from('04224d18607073010000807800000000', 'hex');

  test.each<[string, number, Buffer, string]>([
    ['zstd, two thousand windows', 4, repeated(wide, 2_000), 'RECORD_TOO_LARGE'],
    ['zstd, a window of 2 GB in one segment', 4, zstd('e00000c07f00000000', abc), 'RECORD_TOO_LARGE'],
    [
      'zstd, the same behind a frame that is modest',
      4,
      Buffer.concat([wide, zstd('e00000c07f00000000', abc)]),
      'RECORD_TOO_LARGE',
    ],
    [
      'zstd, a hundred thousand tiny blocks in a large window',
      4,
      zstd('0080', repeated(Buffer.from('0a000078', 'hex'), 100_000)),
      'KAFKA_CORRUPT_RECORD',
    ],
    ['zstd, without its end', 4, wide.subarray(0, -1), 'KAFKA_CORRUPT_RECORD'],
    ['gzip, a thousandfold', 1, gzipSync(Buffer.alloc(LARGE_LIMIT_BYTES + 1)), 'RECORD_TOO_LARGE'],
    ['snappy, of 4 GB by its own word', 2, Buffer.from('ffffffff0f00', 'hex'), 'RECORD_TOO_LARGE'],
  ])('%s', (_title, codec, data, code) => {
    const before = process.memoryUsage().rss;
    const began = performance.now();
    expect(typedOutcome(() => decompress(codec, data, LARGE_LIMIT_BYTES))).toMatchObject({ code });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5 * LARGE_LIMIT_BYTES);
  });

  test('lz4, sixty thousand frames of a byte take no more memory than they hold', () => {
    const before = process.memoryUsage().arrayBuffers;
    const began = performance.now();
    expect(decompress(3, repeated(lz4, 60_000), LARGE_LIMIT_BYTES)).toEqual(Buffer.alloc(60_000, 'x'));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
  });

  test('zstd frames one after another, with some to pass over, are read as one', () => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex');
    const single = zstd('2003', abc);
    expect(decompress(4, Buffer.concat([wide, skippable, single]), LARGE_LIMIT_BYTES).toString()).toBe('abcabc');
  });
});

test.each(CODECS)(
  '%s: a batch that claims another count than it holds is refused, none of it lost in silence',
  (codec) => {
    for (const claimed of [0, 1, 19, 21, 1_000_000, 0x7fffffff, -1]) {
      const batch = batchOf(codec);
      batch.writeInt32BE(claimed, 57);
      expect(typedOutcome(() => scanLog(sealed(batch)))).toMatchObject({ code: 'KAFKA_CORRUPT_RECORD' });
    }
  },
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
