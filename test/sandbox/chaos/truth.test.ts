import { Truth } from '../../../sandbox/chaos/truth.js';

test('the rows of a range are those at its offsets; gaps between them hold none', () => {
  const truth = new Truth();
  truth.written('t', 0, 0n, truth.takeIds(3));
  truth.written('t', 0, 5n, truth.takeIds(2));
  truth.written('t', 1, 0n, truth.takeIds(1));
  expect(truth.idsIn({ topic: 't', partition: 0, start: '1', end: '6' })).toEqual([1, 2, 3]);
  expect(truth.idsIn({ topic: 't', partition: 0, start: '3', end: '5' })).toEqual([]);
  expect(truth.count()).toBe(6);
});

test('records that Kafka has lost are no longer at their offsets; unread ones are not expected either', () => {
  const truth = new Truth();
  truth.written('t', 0, 10n, [1, 2, 3, 4]);
  expect(truth.gone({ topic: 't', partition: 0, start: '12', end: '13' })).toEqual([3]);
  expect(truth.idsIn({ topic: 't', partition: 0, start: '10', end: '20' })).toEqual([1, 2, 4]);
  truth.lost({ topic: 't', partition: 0, start: '13', end: '20' });
  expect([...(truth.rows.get('t') ?? [])]).toEqual([1, 2, 3]);
  truth.written('t', 0, 13n, [5]);
  expect(truth.idsIn({ topic: 't', partition: 0, start: '10', end: '20' })).toEqual([1, 2, 5]);
});
