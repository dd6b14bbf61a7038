import { batchHash, doneOffsets, intentOffsets, readGroup } from '../../activities/group-record.js';

const identity = { id: 'c0ffee', epoch: 2 };
const ranges = [
  { topic: 'orders', partition: 0, start: '10', end: '20' },
  { topic: 'orders', partition: 3, start: '9007199254740993', end: '9007199254740999' },
];

test('an intent keeps the group where it is and says what is being committed', () => {
  const offsets = intentOffsets({ identity, sequence: 7, labelPrefix: 'p', ranges });
  expect(offsets.map(({ offset }) => offset)).toEqual([10n, 9007199254740993n]);
  const group = readGroup(offsets, 123);
  expect(group?.identity).toEqual(identity);
  expect(group?.batches).toEqual([
    { sequence: 7, epoch: 2, labelPrefix: 'p', recovered: true, plannedAtMs: 123, ranges },
  ]);
});

test('an intent tells what the batch leaves out, so that it comes to the same labels; not why', () => {
  const place = { topic: 'orders', partition: 3, database: 'db', table: 'orders' };
  const excluded = [{ ...place, offsets: '2+1', reasons: ['too long', 'too long'] }];
  const offsets = intentOffsets({ identity, sequence: 7, labelPrefix: 'p', ranges, excluded });
  expect(readGroup(offsets, 0)?.batches).toMatchObject([
    { ranges, excluded: [{ ...place, offsets: '2+1', reasons: [] }] },
  ]);
  expect(batchHash({ ranges, excluded })).not.toBe(batchHash({ ranges }));
  expect(offsets[0]?.metadata).not.toMatch('"out"');
});

test('a finished batch moves the group and leaves only whose it is', () => {
  const offsets = doneOffsets({ identity, ranges });
  expect(offsets.map(({ offset }) => offset)).toEqual([20n, 9007199254740999n]);
  const positions = ranges.map(({ topic, partition, end }) => ({ topic, partition, offset: end }));
  expect(readGroup(offsets, 0)).toEqual({ identity, batches: [], positions });
});

test('batches of several tasks are told apart', () => {
  const [one, other] = ranges.map((range) =>
    intentOffsets({ identity, sequence: 1, labelPrefix: 'p', ranges: [range] }),
  );
  expect(readGroup([...(one ?? []), ...(other ?? [])], 0)?.batches).toHaveLength(2);
});

test.each(['', 'some other tool', '{"sluice":1,', '{"sluice":1,"id":5,"epoch":"x"}'])(
  'metadata that is not ours is left alone: %j',
  (metadata) => {
    expect(readGroup([{ topic: 't', partition: 0, offset: 5n, metadata }], 0)).toBeUndefined();
  },
);

test('stays far below the 4,096 bytes that Kafka allows', () => {
  const long = [{ topic: 't'.repeat(249), partition: 2 ** 31 - 1, start: '0', end: String(2n ** 63n - 1n) }];
  const [offset] = intentOffsets({ identity, sequence: 2 ** 40, labelPrefix: 'x'.repeat(128), ranges: long });
  expect(Buffer.byteLength(offset?.metadata ?? '')).toBeLessThan(1_024);
});
