import { rowLatenciesMs } from '../../../bench/parts/latency.js';

const range = (partition: number, start: number, end: number) => ({
  topic: 't',
  partition,
  start: String(start),
  end: String(end),
});

const batches = [
  { ranges: [range(0, 0, 2), range(1, 0, 5)], rows: 7, committedAtMs: 2_000 },
  { ranges: [range(0, 2, 9)], rows: 7, committedAtMs: 3_500 },
];

test('each row waits from its sending to the commit of the batch that has its offset', () => {
  const sent = [
    { partition: 0, firstOffset: 1n, count: 2, sentAtMs: 1_000 },
    { partition: 1, firstOffset: 4n, count: 1, sentAtMs: 1_900 },
  ];
  expect(rowLatenciesMs(sent, batches)).toEqual([1_000, 2_500, 100]);
});

test('a row that was never committed is an error, not a good latency', () => {
  const lost = [{ partition: 1, firstOffset: 5n, count: 1, sentAtMs: 0 }];
  expect(() => rowLatenciesMs(lost, batches)).toThrow('partition 1 offset 5 was not committed');
});
