import fc from 'fast-check';
import { encodeRecordBatch } from '../../../kafka/protocol/produce.js';
import { encodeBatch } from '../support/encode-batch.js';

const bytes = fc.option(fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)));
const record = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string(), value: bytes }), { maxLength: 3 }),
  timestamp: fc.bigInt({ min: 0n, max: 2n ** 50n }),
});

test('is what the test kit writes, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(), (records, sequence) => {
      const ours = encodeRecordBatch({ producerId: 7n, producerEpoch: 0, transactionalId: 't', sequence, records });
      const theirs = encodeBatch({
        baseOffset: 0n,
        lastOffset: BigInt(records.length - 1),
        records: records.map((each, index) => ({ ...each, offset: BigInt(index) })),
        producerId: 7n,
        isTransactional: true,
      });
      // Leader epoch, checksum, largest timestamp and sequence are not the same, or not written there.
      expect(ours.subarray(61)).toEqual(theirs.subarray(61));
      expect(ours.subarray(21, 35)).toEqual(theirs.subarray(21, 35));
      expect(ours.readInt32BE(8)).toBe(theirs.readInt32BE(8));
      expect(ours.readInt32BE(53)).toBe(sequence);
    }),
  );
});
