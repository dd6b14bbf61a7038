import fc from 'fast-check';
import { RangeProgress } from '../../../kafka/range/range.js';
import { fetchedSpan, PartitionScanner } from '../../../kafka/range/scan-partition.js';
import { encodeBatch, encodeMarker } from '../support/encode-batch.js';
import { LogModel } from '../support/log-model.js';

const OPTIONS = { isolationLevel: 'read_committed', maxDecompressedBytes: 1 << 20 } as const;

/** Reads [start, end) from the model, fetch after fetch, as the range reader does. */
function read(log: LogModel, start: bigint, end: bigint, maxBytes: () => number): string[] {
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start, end }, 0);
  const seen: string[] = [];
  const scanner = new PartitionScanner((_range, { buffer, offsetDelta, valueStart, valueEnd }) => {
    seen.push(`${start + BigInt(offsetDelta)}:${buffer.toString('utf8', valueStart, valueEnd)}`);
  }, OPTIONS);
  while (!progress.isDone) {
    const from = progress.position;
    const fetched = log.fetch(from, maxBytes());
    const span = fetchedSpan(fetched.records, from);
    if (span === undefined) throw new Error(`No progress at ${from}.`);
    progress.advanceTo(span.next, span.sizeBytes, 0);
    scanner.scan(progress, fetched, from);
  }
  return seen;
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    producerId: fc.constantFrom(undefined, 1n, 2n, 3n),
    count: fc.integer({ min: 1, max: 4 }),
    codec: fc.constantFrom('none' as const, 'gzip' as const, 'snappy' as const, 'xerial' as const, 'lz4' as const),
  }),
  fc.record({
    kind: fc.constant('end' as const),
    producerId: fc.constantFrom(1n, 2n, 3n),
    outcome: fc.constantFrom('abort' as const, 'commit' as const),
  }),
);

function build(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]): LogModel {
  const log = new LogModel();
  for (const action of steps) {
    if (action.kind === 'end') {
      log.endTransaction(action.producerId, action.outcome);
      continue;
    }
    const values = Array.from({ length: action.count }, (_, index) => `value ${log.end + BigInt(index)}`);
    const { codec, producerId } = action;
    log.append(values, producerId === undefined ? { codec } : { codec, producerId });
  }
  for (const producerId of [1n, 2n, 3n]) log.endTransaction(producerId, 'commit');
  return log;
}

test('every range shows exactly the committed records, whatever the transactions, compaction and fetch sizes', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
      fc.boolean(),
      fc.infiniteStream(fc.integer({ min: 1, max: 2_000 })),
      fc.tuple(fc.nat(), fc.nat()),
      (steps, removed, dropsEmpty, sizes, [a, b]) => {
        const log = build(steps);
        log.compact((offset) => removed[Number(offset)] === true, dropsEmpty);
        const cuts = [BigInt(a) % (log.end + 1n), BigInt(b) % (log.end + 1n)] as const;
        const [start, end] = cuts[0] < cuts[1] ? cuts : ([cuts[1], cuts[0]] as const);

        expect(read(log, start, end, () => sizes.next().value ?? 1)).toEqual(log.committed(start, end));
      },
    ),
    { numRuns: 300 },
  );
});

describe('aborted transactions that simpler filters let through', () => {
  test('two that were open at the fetch position', () => {
    const log = new LogModel();
    log.append(['first'], { producerId: 1n });
    log.append(['second'], { producerId: 2n });
    log.append(['third'], { producerId: 1n });
    log.endTransaction(1n, 'abort');
    log.endTransaction(2n, 'abort');

    expect(read(log, 2n, log.end, () => 1)).toEqual([]);
  });

  test('several of one producer', () => {
    const log = new LogModel();
    for (const outcome of ['abort', 'abort', 'commit'] as const) {
      log.append([outcome], { producerId: 1n });
      log.endTransaction(1n, outcome);
    }

    expect(read(log, 0n, log.end, () => 10_000)).toEqual(['4:commit']);
  });

  test('a record whose key looks like an abort marker ends nothing', () => {
    const key = Buffer.from([0, 0, 0, 0]);
    const data = { offset: 0n, key, value: Buffer.from('hidden') };
    const batch = { baseOffset: 0n, lastOffset: 0n, records: [data], producerId: 1n, isTransactional: true };
    const later = { ...batch, baseOffset: 1n, lastOffset: 1n, records: [{ ...data, offset: 1n }] };
    const records = Buffer.concat([encodeBatch(batch), encodeBatch(later), encodeMarker(2n, 1n, 'abort')]);
    const progress = new RangeProgress(0, { topic: 't', partition: 0, start: 0n, end: 3n }, 0);
    const seen: number[] = [];
    const fetched = {
      ...new LogModel().fetch(0n, 1),
      records,
      abortedTransactions: [{ producerId: 1n, firstOffset: 0n }],
    };
    new PartitionScanner((_range, { offsetDelta }) => seen.push(offsetDelta), OPTIONS).scan(progress, fetched, 0n);

    expect(seen).toEqual([]);
    expect(progress).toMatchObject({ records: 0, aborted: 2, control: 1 });
  });
});

test('read_uncommitted shows aborted records, but no markers', () => {
  const log = new LogModel();
  log.append(['aborted'], { producerId: 1n });
  log.endTransaction(1n, 'abort');
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start: 0n, end: 2n }, 0);
  const scanner = new PartitionScanner(() => {}, { ...OPTIONS, isolationLevel: 'read_uncommitted' });
  scanner.scan(progress, log.fetch(0n, 10_000), 0n);

  expect(progress).toMatchObject({ records: 1, aborted: 0, control: 1 });
});

test('a damaged batch is an error with its place', () => {
  const log = new LogModel();
  log.append(['first'], {});
  log.append(['second'], {});
  const fetched = log.fetch(0n, 10_000);
  fetched.records.writeUInt8(0xff, fetched.records.length - 3);
  const progress = new RangeProgress(0, { topic: 't', partition: 3, start: 0n, end: 2n }, 0);
  const seen: number[] = [];
  const scanner = new PartitionScanner((_range, { offsetDelta }) => seen.push(offsetDelta), OPTIONS);

  expect(() => scanner.scan(progress, fetched, 0n)).toThrow(
    expect.objectContaining({
      code: 'KAFKA_CORRUPT_RECORD',
      retryable: false,
      context: { topic: 't', partition: 3, offset: '1' },
    }),
  );
  expect(seen).toEqual([0]);
});

test('what the visitor throws ends the scan and comes out as it is', () => {
  const log = new LogModel();
  log.append(['first', 'second'], {});
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start: 0n, end: 2n }, 0);
  const stop = new Error('enough');
  const scanner = new PartitionScanner(() => {
    throw stop;
  }, OPTIONS);

  expect(() => scanner.scan(progress, log.fetch(0n, 10_000), 0n)).toThrow(stop);
});

test('a batch that unpacks beyond the limit is refused', () => {
  const log = new LogModel();
  log.append(['x'.repeat(10_000)], { codec: 'gzip' });
  const progress = new RangeProgress(0, { topic: 't', partition: 0, start: 0n, end: 1n }, 0);
  const scanner = new PartitionScanner(() => {}, { ...OPTIONS, maxDecompressedBytes: 1_000 });

  expect(() => scanner.scan(progress, log.fetch(0n, 10_000), 0n)).toThrow(
    expect.objectContaining({ code: 'RECORD_TOO_LARGE', context: { topic: 't', partition: 0, offset: '0' } }),
  );
});
