import { Random } from '../../../sandbox/simulator/random.js';

const draws = (random: Random, count = 5) => Array.from({ length: count }, () => random.between(0, 1_000_000));

test('the same name draws the same', () => {
  expect(draws(new Random('1'))).toEqual(draws(new Random('1')));
  expect(draws(new Random('1'))).not.toEqual(draws(new Random('2')));
});

test('a fork does not depend on what was drawn before it', () => {
  const one = new Random('1');
  const other = new Random('1');
  draws(one);
  expect(draws(one.fork('crash'))).toEqual(draws(other.fork('crash')));
  expect(draws(one.fork('crash'))).not.toEqual(draws(one.fork('freeze')));
});

test('draws are spread evenly', () => {
  const random = new Random('spread');
  const counts = new Array<number>(10).fill(0);
  for (let count = 0; count < 10_000; count++) {
    const drawn = random.between(0, 9);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
