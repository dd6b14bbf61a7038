import { rowsOf, sizesOf } from '../../bench/sizes.js';

test('options replace what a preset says', () => {
  expect(sizesOf({})).toMatchObject({ rows: 1_000_000, samples: 3, partitions: 4 });
  expect(sizesOf({ quick: true, rows: 5_000 })).toMatchObject({ rows: 5_000, samples: 1 });
});

test('of large records there are fewer', () => {
  expect(rowsOf('plain', { rows: 1_000 })).toBe(1_000);
  expect(rowsOf('debezium', { rows: 1_000 })).toBe(200);
});
