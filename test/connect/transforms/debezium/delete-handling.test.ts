import { deleteHandling } from '../../../../connect/transforms/debezium/delete-handling.js';

const NONE = { mode: undefined, dropTombstones: undefined };

test('by default deletes lose their value and tombstones are dropped', () =>
  expect(deleteHandling(undefined, NONE)).toEqual({ deletes: 'null', keepTombstones: false }));

test.each([
  ['drop', undefined, { deletes: 'drop', keepTombstones: false }],
  ['rewrite', undefined, { deletes: 'rewrite', keepTombstones: false }],
  ['rewrite', false, { deletes: 'rewrite', keepTombstones: true }],
  ['none', true, { deletes: 'null', keepTombstones: false }],
  ['none', false, { deletes: 'null', keepTombstones: true }],
  [undefined, false, { deletes: 'drop', keepTombstones: true }],
] as const)('files of Debezium 2 keep their meaning: %s with drop.tombstones %s', (mode, dropTombstones, expected) =>
  expect(deleteHandling(undefined, { mode, dropTombstones })).toEqual(expected),
);

test('the key of Debezium 3 wins over the former ones', () =>
  expect(deleteHandling('rewrite-with-tombstone', { mode: 'drop', dropTombstones: true })).toEqual({
    deletes: 'rewrite',
    keepTombstones: true,
  }));
