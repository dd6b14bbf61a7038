import fc from 'fast-check';
import { type RecordBatch, recordBatches } from '../../../kafka/protocol/record-batch.js';
import { decodeHeaders, RecordCursor } from '../../../kafka/protocol/record-cursor.js';
import { scanRecords } from '../../../kafka/protocol/scan-records.js';
import { encodeBatch, type TestRecord } from '../support/encode-batch.js';

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
);
const record = fc.record({
  gap: fc.integer({ min: 0, max: 300 }),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string(), value: bytes }), { maxLength: 3 }),
  timestamp: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
});

/** Everything the cursor says, as values. */
function readAll(batch: RecordBatch, from: number, to: number): Required<TestRecord>[] {
  const cursor = new RecordCursor();
  cursor.baseTimestamp = batch.timestamp;
  cursor.timestampIsBatchWide = batch.usesAppendTime;
  const seen: Required<TestRecord>[] = [];
  const window = {
    count: batch.recordCount,
    baseOffset: batch.baseOffset,
    baseDelta: 0,
    from,
    to,
    position: 0,
    index: 0,
  };
  scanRecords(batch.records, window, cursor, { records: 0, bytes: 0 }, () => {
    const slice = (start: number, end: number) => (end < 0 ? null : Buffer.from(cursor.buffer.subarray(start, end)));
    seen.push({
      offset: batch.baseOffset + BigInt(cursor.offsetDelta),
      key: slice(cursor.keyStart, cursor.keyEnd),
      value: slice(cursor.valueStart, cursor.valueEnd),
      headers: decodeHeaders(cursor),
      timestamp: cursor.timestamp,
    });
  });
  return seen;
}

function onlyBatch(buffer: Buffer): RecordBatch {
  const [batch] = recordBatches(buffer);
  if (batch === undefined) throw new Error('There is no whole batch.');
  return batch;
}

test('records come out as they went in, inside the window', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.nat(2_000), fc.nat(2_000), (drafts, from, to) => {
      let next = 2n ** 40n;
      const baseOffset = next;
      const records = drafts.map(({ gap, ...rest }) => {
        const offset = next + BigInt(gap);
        next = offset + 1n;
        return { ...rest, offset };
      });
      const batch = onlyBatch(encodeBatch({ baseOffset, lastOffset: next, records }));
      batch.verifyChecksum();
      const delta = ({ offset }: TestRecord) => Number(offset - baseOffset);

      expect(readAll(batch, from, to)).toEqual(records.filter((one) => delta(one) >= from && delta(one) < to));
    }),
  );
});

test('with append time all records have the time of the batch', () => {
  const records = [{ offset: 0n, key: null, value: null, timestamp: 5n }];
  const batch = onlyBatch(encodeBatch({ baseOffset: 0n, lastOffset: 0n, records, appendTime: 77n }));

  expect(readAll(batch, 0, 1)).toMatchObject([{ timestamp: 77n }]);
});

test('a batch that is cut off at the end of a fetch is left for the next one', () => {
  const batch = { baseOffset: 0n, lastOffset: 0n, records: [{ offset: 0n, key: null, value: Buffer.from('v') }] };
  const whole = encodeBatch(batch);
  const buffer = Buffer.concat([whole, encodeBatch({ ...batch, baseOffset: 1n, lastOffset: 1n })]);
  for (let length = 0; length < whole.length; length++) {
    expect([...recordBatches(buffer.subarray(0, whole.length + length))]).toHaveLength(1);
  }
});

test('the message formats before Kafka 0.11 are named, not misread', () => {
  const old = Buffer.alloc(34);
  old.writeInt32BE(22, 8);
  old.writeInt8(1, 16);

  expect(() => [...recordBatches(old)]).toThrow(expect.objectContaining({ code: 'KAFKA_PROTOCOL', retryable: false }));
});

test('damaged records are errors: never an endless loop, never bytes of another record', () => {
  const value = Buffer.from('a value');
  const records = [0n, 1n, 2n].map((offset) => ({ offset, key: value, value, headers: [{ key: 'h', value }] }));
  const good = onlyBatch(encodeBatch({ baseOffset: 0n, lastOffset: 2n, records })).records;
  const scan = (data: Buffer) => {
    const window = { count: 3, baseOffset: 0n, baseDelta: 0, from: 0, to: 3, position: 0, index: 0 };
    const cursor = new RecordCursor();
    scanRecords(data, window, cursor, { records: 0, bytes: 0 }, () => {
      for (const end of [cursor.keyEnd, cursor.valueEnd, cursor.headersEnd])
        expect(end).toBeLessThanOrEqual(data.length);
      decodeHeaders(cursor);
    });
  };
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(good.length), (at, byte, length) => {
      const damaged = Buffer.from(good);
      damaged[at] = byte;
      for (const data of [damaged, good.subarray(0, length)]) {
        try {
          scan(data);
        } catch (error) {
          expect(error).toMatchObject({ code: 'KAFKA_CORRUPT_RECORD' });
        }
      }
    }),
    { numRuns: 1000 },
  );
});
