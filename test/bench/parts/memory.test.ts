import { growthOf } from '../../../bench/parts/memory.js';

test('memory that is filled once and then stays has not grown', () => {
  expect(growthOf([100, 180, 200, 210, 190, 200, 205, 195, 200])).toBe(1);
});

test('memory that goes on growing has', () => {
  expect(growthOf([100, 100, 200, 200, 300, 300])).toBe(1.5);
});

test('too few samples tell nothing', () => {
  expect(growthOf([100, 900])).toBe(1);
});
