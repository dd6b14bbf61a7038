import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { createRowEncoder } from '../../../connect/converters/index.js';
import { ChunkPool, type LineRules, type LineSink, RowBuffer } from '../../../connect/rows/index.js';
import { SOURCE_SHA256 } from '../../../kafka/lines/generated.js';
import { RangeProgress } from '../../../kafka/range/range.js';
import { PartitionScanner } from '../../../kafka/range/scan-partition.js';
import { encodeBatch, type TestRecord } from '../support/encode-batch.js';

const START = 2n ** 40n;

/** Objects that pass, and what comes near to them. */
const object = fc
  .record({ id: fc.nat(), name: fc.string({ maxLength: 300, unit: 'grapheme' }) })
  .map((row) => Buffer.from(JSON.stringify(row)));
const value = fc.oneof(
  { weight: 6, arbitrary: object },
  fc.constant(null),
  fc
    .constantFrom('', '{', '{}', '{ }', '{\n}', '[{"a":1}]', ' {"a":1}', '{"a":\t1}', '{"a":1}\n{"a":2}', '\u{feff}{}')
    .map((text) => Buffer.from(text)),
  object.map((bytes) => Buffer.concat([bytes, Buffer.from('\n')])),
);
const draft = fc.record({
  gap: fc.constantFrom(0, 0, 0, 1, 200),
  key: fc.option(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))),
  value,
  headers: fc.array(fc.record({ key: fc.string(), value: fc.constant(null) }), { maxLength: 1 }),
  timestamp: fc.bigInt({ min: 0n, max: 2n ** 50n }),
});

interface Reading {
  readonly text: string;
  readonly rows: number;
  readonly records: number;
  readonly bytes: number;
  readonly deltas: readonly number[];
  readonly failure: string | undefined;
}

/** Reads a batch as a worker does, record by record or by lines, with room for so many bytes at a time. */
function read(
  batch: Buffer,
  window: { from: bigint; to: bigint },
  format: 'json' | 'csv',
  room: number | undefined,
): Reading {
  const rows = new RowBuffer(new ChunkPool({ chunkSizeBytes: 1_024 }));
  const encoder = createRowEncoder({ value: { converter: 'string' }, format, onNull: 'ignore' });
  const deltas: number[] = [];
  const lines: LineSink | undefined =
    room === undefined
      ? undefined
      : {
          rules: encoder.lineRules as LineRules,
          room: () => Math.min(room, rows.room),
          give: (_, { lines: bytes, count, nextDelta }) => {
            rows.appendRows(bytes, count);
            deltas.push(nextDelta - 1);
          },
        };
  const scanner = new PartitionScanner(
    (_, record) => {
      encoder.encode(record, rows);
      deltas.push(record.offsetDelta);
    },
    { isolationLevel: 'read_committed', maxDecompressedBytes: 1 << 20, lines },
  );
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start: window.from, end: window.to }, 0);
  let failure: string | undefined;
  try {
    scanner.scan(progress, { records: batch, abortedTransactions: [] } as never, window.from);
  } catch (error) {
    failure = String(error);
  }
  const text = Buffer.concat(rows.chunks()).toString();
  return { text, rows: rows.rows, records: progress.records, bytes: progress.bytes, deltas, failure };
}

describe('lines', () => {
  const batches = fc.array(draft, { minLength: 1, maxLength: 40 }).map((drafts) => {
    let next = START;
    const records: Required<TestRecord>[] = drafts.map(({ gap, ...rest }) => {
      const offset = next + BigInt(gap);
      next = offset + 1n;
      return { offset, ...rest };
    });
    return { batch: encodeBatch({ baseOffset: START, lastOffset: next - 1n, records }), end: next };
  });

  test.each(['json', 'csv'] as const)('are the rows that records make one by one, as %s', (format) => {
    fc.assert(
      fc.property(
        batches,
        fc.nat(60),
        fc.nat(60),
        fc.constantFrom(0, 10, 100, 4_096),
        ({ batch, end }, skip, left, room) => {
          const window = { from: START + BigInt(skip), to: end - BigInt(left) };
          const visited = read(batch, window, format, undefined);
          const copied = read(batch, window, format, room);
          expect({ ...copied, deltas: [] }).toEqual({ ...visited, deltas: [] });
          // Some deltas stand for several records.
          expect(copied.deltas).toEqual(copied.deltas.filter((delta) => visited.deltas.includes(delta)));
          expect(copied.deltas.at(-1)).toBe(visited.deltas.at(-1));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of damaged batches: the same rows, and the same failure', () => {
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(255), ({ batch, end }, place, byte) => {
        const at = 61 + (place % (batch.length - 61));
        batch[at] = byte;
        const window = { from: START, to: end };
        // A producer that is wrong makes a checksum that is right.
        batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
        expect({ ...read(batch, window, 'json', 4_096), deltas: [] }).toEqual({
          ...read(batch, window, 'json', undefined),
          deltas: [],
        });
      }),
      { numRuns: 2_000 },
    );
  });
});

test('the compiled form is that of the source', () => {
  const source = readFileSync('kafka/lines/assembly/copy-lines.ts');
  expect(createHash('sha256').update(source).digest('hex')).toBe(SOURCE_SHA256);
});
