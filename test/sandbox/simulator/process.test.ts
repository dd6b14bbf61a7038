import { SimulatedProcess } from '../../../sandbox/simulator/process.js';
import { Scheduler } from '../../../sandbox/simulator/scheduler.js';

function world() {
  const scheduler = new Scheduler();
  const process = new SimulatedProcess('worker', scheduler);
  const told: string[] = [];
  const say = (what: string) => process.deliver(() => told.push(`${what} at ${scheduler.elapsedMs}`));
  const pass = (timeoutMs: number) =>
    scheduler.run(
      () => false,
      timeoutMs,
      () => false,
    );
  return { scheduler, process, told, say, pass };
}

test('what reaches a process that stands still is taken up in order when it wakes', async () => {
  const { scheduler, process, told, say, pass } = world();
  scheduler.after(1, () => process.freeze());
  scheduler.after(2, () => say('a reply'));
  scheduler.after(3, () => say('a signal'));
  scheduler.after(9_000, () => process.thaw());
  await pass(10_000);
  expect(told).toEqual(['a reply at 9000', 'a signal at 9000']);
  expect(process.standstillSinceMs(scheduler.nowMs() - 5)).toBe(8_999);
  expect(process.standstillSinceMs(scheduler.nowMs())).toBe(0);
});

test('nothing reaches a dead process', async () => {
  const { process, told, say, pass } = world();
  process.kill();
  say('a reply');
  await pass(10);
  expect(told).toEqual([]);
});

test('a sleep ends after its time, or with the signal', async () => {
  const { scheduler, process, told, say, pass } = world();
  const stop = new AbortController();
  const slept = process.sleep(100, stop.signal).then(() => say('awake'));
  const stopped = process.sleep(100_000, stop.signal).catch(() => say('stopped'));
  scheduler.after(200, () => stop.abort());
  await pass(1_000);
  await Promise.all([slept, stopped]);
  expect(told).toEqual(['awake at 100', 'stopped at 200']);
});
