import { Writer } from '@platformatic/kafka';
import fc from 'fast-check';
import { decodeFetchResponse, encodeFetchRequest, type FetchRequest } from '../../../kafka/protocol/fetch.js';

const TOPIC_ID = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

const request: FetchRequest = {
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 4096,
  isolationLevel: 'read_committed',
  topics: [
    {
      topic: 'orders',
      topicId: TOPIC_ID,
      partitions: [{ partition: 3, leaderEpoch: 7, offset: 2n ** 60n, maxBytes: 99 }],
    },
  ],
};

/** The same request laid out by hand from the field table, in hexadecimal. */
function expectedRequest(version: number): string {
  return [
    version <= 14 ? 'ffffffff' : '', // replica_id
    '000001f4', // max_wait_ms
    '00000001', // min_bytes
    '00001000', // max_bytes
    '01', // isolation_level
    '00000000', // session_id
    'ffffffff', // session_epoch
    '02', // one topic
    version >= 13 ? TOPIC_ID.replaceAll('-', '') : `07${Buffer.from('orders').toString('hex')}`,
    '02', // one partition
    '00000003', // partition
    '00000007', // current_leader_epoch
    '1000000000000000', // fetch_offset
    'ffffffff', // last_fetched_epoch
    'ffffffffffffffff', // log_start_offset
    '00000063', // partition_max_bytes
    '00', // tagged fields of the partition
    '00', // tagged fields of the topic
    '01', // no forgotten topics
    '01', // an empty rack_id
    '00', // tagged fields
  ].join('');
}

test.each([12, 13, 14, 15, 16, 17])('a request of version %i has the layout of its field table', (version) => {
  expect(encodeFetchRequest(version, request).buffer.toString('hex')).toBe(expectedRequest(version));
});

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const partition = fc.record({
  partition: fc.nat(),
  errorCode: fc.integer({ min: -1, max: 120 }),
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: int64,
  abortedTransactions: fc.array(fc.record({ producerId: int64, firstOffset: int64 }), { maxLength: 3 }),
  records: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  hasTags: fc.boolean(),
});
type Partition = typeof partition extends fc.Arbitrary<infer Value> ? Value : never;

/** A response as a broker writes it, with tagged fields this reader does not know. */
function encodeResponse(version: number, topic: string, partitions: readonly Partition[]): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([topic], (topics) => {
      if (version >= 13) topics.appendUUID(TOPIC_ID);
      else topics.appendString(topic);
      topics.appendArray([...partitions], encodePartition, true, false);
    })
    .appendTaggedFields().buffer;
}

function encodePartition(writer: Writer, value: Partition): void {
  writer
    .appendInt32(value.partition)
    .appendInt16(value.errorCode)
    .appendInt64(value.highWatermark)
    .appendInt64(value.lastStableOffset)
    .appendInt64(value.logStartOffset)
    .appendArray(value.abortedTransactions, (entry, { producerId, firstOffset }) => {
      entry.appendInt64(producerId).appendInt64(firstOffset);
    })
    .appendInt32(-1)
    .appendUnsignedVarInt(value.records.length + 1)
    .append(value.records);
  // CurrentLeader, tag 1: leader_id INT32, leader_epoch INT32, no tags of its own
  if (value.hasTags) writer.append(Buffer.from('01010900000005000000070'.padEnd(24, '0'), 'hex'));
  else writer.appendUnsignedVarInt(0);
}

test('responses are read back field by field, tagged fields skipped', () => {
  fc.assert(
    fc.property(fc.constantFrom(12, 13, 16, 17), fc.array(partition, { maxLength: 4 }), (version, partitions) => {
      const response = decodeFetchResponse(version, encodeResponse(version, 'orders', partitions));

      expect(response.errorCode).toBe(0);
      expect(response.partitions).toEqual(
        partitions.map(({ hasTags: _hasTags, ...fields }) => ({
          ...fields,
          topicKey: version >= 13 ? TOPIC_ID : 'orders',
        })),
      );
    }),
  );
});

test('a response that is cut off anywhere is an error', () => {
  const whole = encodeResponse(17, 'orders', fc.sample(partition, { numRuns: 2, seed: 1 }));
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeFetchResponse(17, whole.subarray(0, length))).toThrow(
      expect.objectContaining({ code: 'KAFKA_PROTOCOL', retryable: true }),
    );
  }
});
