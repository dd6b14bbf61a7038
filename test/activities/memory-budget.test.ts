import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { MemoryBudget } from '../../activities/memory-budget.js';
import { failureOf } from '../connectors/doris/support/sink.js';

const { signal } = new AbortController();

/** Work that ends when it is told to. */
function job(budget: MemoryBudget, sizeBytes: number, signalOfJob = signal) {
  const gate = createGate();
  const state = { running: false };
  const done = budget.within(sizeBytes, signalOfJob, async () => {
    state.running = true;
    await gate.promise;
    state.running = false;
    return sizeBytes;
  });
  return { state, done, end: gate.open };
}

function createGate() {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

test('work runs with its share, and gives it back', async () => {
  const budget = new MemoryBudget(100);
  expect(await budget.within(60, signal, async () => budget.usedBytes)).toBe(60);
  expect(budget.usedBytes).toBe(0);
});

test('a share is given back when the work fails', async () => {
  const budget = new MemoryBudget(100);
  const failing = budget.within(60, signal, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(budget.usedBytes).toBe(0);
});

test('first come, first served: a small share does not overtake a large one that waits', async () => {
  const budget = new MemoryBudget(100);
  const [first, large, small] = [job(budget, 60), job(budget, 90), job(budget, 10)];
  await nextTurn();
  expect([first, large, small].map(({ state }) => state.running)).toEqual([true, false, false]);
  first.end();
  await nextTurn();
  expect([large, small].map(({ state }) => state.running)).toEqual([true, true]);
  large.end();
  small.end();
  expect(await Promise.all([large.done, small.done])).toEqual([90, 10]);
  expect(budget.usedBytes).toBe(0);
});

test('a share larger than the budget is cut to it: such work runs alone', async () => {
  const budget = new MemoryBudget(100);
  const [small, huge] = [job(budget, 1), job(budget, 1e12)];
  await nextTurn();
  expect(huge.state.running).toBe(false);
  small.end();
  await nextTurn();
  expect(huge.state.running).toBe(true);
  expect(budget.usedBytes).toBe(100);
  huge.end();
  await huge.done;
  expect(budget.usedBytes).toBe(0);
});

test('who is cancelled while waiting leaves, and lets the next one through', async () => {
  const budget = new MemoryBudget(100);
  const cancelling = new AbortController();
  const [first, cancelled, next] = [job(budget, 60), job(budget, 90, cancelling.signal), job(budget, 30)];
  cancelling.abort();
  expect(await failureOf(cancelled.done)).toMatchObject({ code: 'CANCELLED', retryable: true });
  await nextTurn();
  expect([first, next].map(({ state }) => state.running)).toEqual([true, true]);
  expect(budget.usedBytes).toBe(90);
  first.end();
  next.end();
  await Promise.all([first.done, next.done]);
});

test('who comes cancelled never runs', async () => {
  const budget = new MemoryBudget(100);
  const { done, state } = job(budget, 1, AbortSignal.abort());
  expect(await failureOf(done)).toMatchObject({ code: 'CANCELLED' });
  expect(state.running).toBe(false);
});

test('whatever is asked for, ended and cancelled: never over the limit, and in the end everything is free', async () => {
  const step = fc.record({
    sizeBytes: fc.integer({ min: 0, max: 150 }),
    cancel: fc.boolean(),
    endFirst: fc.nat({ max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const budget = new MemoryBudget(100);
      const running: (() => void)[] = [];
      const started: number[] = [];
      let heldBytes = 0;
      const all = steps.map(async ({ sizeBytes, cancel, endFirst }, index) => {
        const cancelling = new AbortController();
        const share = Math.min(100, Math.max(1, sizeBytes));
        const done = budget.within(sizeBytes, cancelling.signal, async () => {
          started.push(index);
          heldBytes += share;
          expect(heldBytes).toBeLessThanOrEqual(100);
          expect(budget.usedBytes).toBeGreaterThanOrEqual(heldBytes);
          await new Promise<void>((resolve) => running.push(resolve));
          heldBytes -= share;
        });
        for (const end of running.splice(0, endFirst)) end();
        if (cancel) cancelling.abort();
        await done.catch(() => undefined);
      });
      let finished = false;
      const everything = Promise.all(all).then(() => {
        finished = true;
      });
      while (!finished) {
        for (const end of running.splice(0)) end();
        await nextTurn();
      }
      await everything;
      expect(budget.usedBytes).toBe(0);
      expect(started).toEqual([...started].sort((a, b) => a - b));
    }),
  );
});
