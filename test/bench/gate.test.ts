import { gate } from '../../bench/gate.js';
import type { Samples } from '../../bench/results.js';
import { exampleResults } from './example-results.js';

const regressions = (latest: Samples) =>
  gate(exampleResults(latest), exampleResults())
    .filter(({ regressed }) => regressed)
    .map(({ name }) => name);

test('nothing is worse than itself', () => {
  expect(regressions({})).toEqual([]);
});

test('a machine half as fast is no regression', () => {
  expect(regressions({ raw: [750_000], kafkajs_loop: [250_000], passthrough: [575_000] })).toEqual([]);
});

test('the same rate at a raw limit twice as high is one', () => {
  expect(regressions({ raw: [3_000_000], kafkajs_loop: [1_000_000] })).toEqual(['passthrough']);
});

test('a raw limit that falls behind the kafkajs loop is one', () => {
  expect(regressions({ raw: [750_000], passthrough: [575_000] })).toEqual(['raw']);
});

test('counts and times are compared as they are', () => {
  expect(regressions({ events_per_batch: [20], latency_low_p99: [700] })).toEqual(['events_per_batch']);
});

test('what only one of them has measured is passed over', () => {
  expect(regressions({ trickle_cpu: [50], events_per_batch: [] })).toEqual([]);
});

test('runs of different sizes are not compared', () => {
  expect(() => gate({ ...exampleResults(), rows: 200_000 }, exampleResults())).toThrow(
    'The latest results are of 200000 rows, the baseline is of 1000000.',
  );
});
