import { murmur2, partitionOfKey } from '../../kafka/murmur2.js';

// The values of Kafka's own `UtilsTest.testMurmur2`.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('%s', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('a partition is none below zero', () => {
  expect(partitionOfKey(Buffer.from('21'), 10)).toBe((-973932308 & 0x7fffffff) % 10);
});
