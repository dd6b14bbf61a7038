import fc from 'fast-check';
import { Scheduler } from '../../../sandbox/simulator/scheduler.js';

const idle = () => false;
const never = () => false;

test('events happen in the order of their times, and of their making where times are equal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 40 }), async (delays) => {
      const scheduler = new Scheduler();
      const happened: [number, number][] = [];
      for (const [index, delayMs] of delays.entries()) {
        scheduler.after(delayMs, () => happened.push([scheduler.elapsedMs, index]));
      }
      await scheduler.run(never, 1_000, idle);
      const expected = delays.map((delayMs, index): [number, number] => [delayMs, index]);
      expect(happened).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j));
    }),
    { numRuns: 50 },
  );
});

test('all code that an event sets going has come to rest before the next', async () => {
  const scheduler = new Scheduler();
  const steps: string[] = [];
  const work = async (name: string) => {
    for (let turn = 0; turn < 3; turn++) {
      steps.push(`${name}${turn}`);
      await Promise.resolve();
    }
  };
  scheduler.after(1, () => void work('a'));
  scheduler.after(1, () => void work('b'));
  await scheduler.run(never, 10, idle);
  expect(steps).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2']);
});

test('it stops when it is done, and keeps what lies behind the time-out for the next time', async () => {
  const scheduler = new Scheduler();
  const happened: number[] = [];
  for (const delayMs of [5, 50, 500]) scheduler.after(delayMs, () => happened.push(delayMs));
  scheduler.after(20, () => happened.push(20)).cancelled = true;
  expect(await scheduler.run(() => happened.length === 1, 100, idle)).toBe(true);
  expect(await scheduler.run(never, 100, idle)).toBe(false);
  expect(happened).toEqual([5, 50]);
  await scheduler.run(never, 1_000, idle);
  expect(happened).toEqual([5, 50, 500]);
});
