/** A task that makes no progress although nothing has failed. */
import type { ConnectorInput } from '../../../workflows/core/model.js';
import { stateOf, statusOf } from '../../../workflows/core/status.js';
import { type BenchRuntime, eventually, forever } from './bench-runtime.js';
import { begin, end, world } from './world.js';

const TIMEOUT_MS = 2_000;
const watched = { stallTimeoutMs: TIMEOUT_MS };

/** The next prepare or commit hangs until it is let go. */
function hanging(runtime: BenchRuntime, activity: 'prepareBatch' | 'commitBatch') {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const work = runtime.script[activity] as (...input: unknown[]) => unknown;
  const replaced = async (...input: unknown[]) => {
    await held;
    return work(...input);
  };
  Object.assign(runtime.script, { [activity]: replaced });
  return { letGo };
}

/** Time goes by in small steps, with all turns that are due. */
async function pass(runtime: BenchRuntime, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
    runtime.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const stallOf = (run: ReturnType<typeof begin>, task = 0) => statusOf(run.connector).tasks[task]?.stall;

test('a load that hangs: shown, counted and told once; gone when it comes on', async () => {
  const { runtime } = world({ 0: 10 }, 10, {}, watched);
  const { letGo } = hanging(runtime, 'prepareBatch');
  const run = begin(runtime);
  await eventually(() => runtime.inputs('prepareBatch').length === 1);
  expect(stallOf(run)).toBeUndefined();
  await pass(runtime, 3 * TIMEOUT_MS);
  const ranges = [{ topic: 't', partition: 0, start: '0', end: '10' }];
  expect(stallOf(run)).toMatchObject({ phase: 'PREPARE', sequence: 1, ranges, labels: [] });
  expect(stateOf(run.connector)).toBe('RUNNING');
  expect(runtime.details).toMatch(/no progress since .*: batch 1 is being prepared: t\[0\] 0\.\.10/);
  await pass(runtime, 3 * TIMEOUT_MS);
  expect(runtime.stalls).toMatchObject([{ connector: 'orders', task: 0, stall: { phase: 'PREPARE' } }]);
  letGo();
  await eventually(() => run.connector.totals.rowsLoaded === 10);
  expect(stallOf(run)).toBeUndefined();
  expect(runtime.details).not.toContain('no progress');
  expect(statusOf(run.connector).totals.stalls).toBe(1);
  await end(run);
});

test('a commit that hangs is shown with its label, whatever is prepared behind it', async () => {
  const { runtime } = world({ 0: 30 }, 10, {}, watched);
  const { letGo } = hanging(runtime, 'commitBatch');
  const run = begin(runtime);
  await eventually(() => runtime.inputs('prepareBatch').length === 2);
  await pass(runtime, 3 * TIMEOUT_MS);
  expect(stallOf(run)).toMatchObject({ phase: 'COMMIT', sequence: 1, labels: ['0:0/0-10'] });
  letGo();
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(stallOf(run)).toBeUndefined();
  await end(run);
});

test('only the task that stands still', async () => {
  const { runtime } = world({ 0: 10, 1: 10 }, 10, {}, { ...watched, tasksMax: 2 });
  const prepare = runtime.script.prepareBatch;
  runtime.script.prepareBatch = (input, signal) => (input.task === 1 ? forever(signal) : prepare(input, signal));
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 10);
  await pass(runtime, 3 * TIMEOUT_MS);
  expect([stallOf(run, 0), stallOf(run, 1)?.phase]).toEqual([undefined, 'PREPARE']);
  await end(run);
});

test('a batch that is prepared again and again, its transaction aborted each time, has not come further', async () => {
  const { runtime } = world({ 0: 10 }, 10, {}, watched);
  runtime.script.commitBatch = (input) => ({
    outcome: 'aborted',
    loads: input.loads,
    reason: 'timeout by txn manager',
  });
  const run = begin(runtime);
  await pass(runtime, 3 * TIMEOUT_MS);
  await eventually(() => stallOf(run) !== undefined);
  expect(runtime.inputs('commitBatch').length).toBeGreaterThan(2);
  await end(run);
});

test('records that are known to wait, and a wait that does not end', async () => {
  const { runtime } = world({ 0: 20 }, 10, {}, { ...watched, flushMs: 1_000 });
  const wait = runtime.script.awaitBatch;
  let waits = 0;
  runtime.script.awaitBatch = (input, signal) => (waits++ === 0 ? wait(input, signal) : forever(signal));
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 10);
  await pass(runtime, 4 * TIMEOUT_MS);
  const ranges = [{ topic: 't', partition: 0, start: '10', end: '20' }];
  expect(stallOf(run)).toMatchObject({ phase: 'WAIT', ranges });
  await end(run);
});

describe('nothing is stalled', () => {
  test('that has nothing to do, however long', async () => {
    const { runtime } = world({ 0: 10 }, 10, {}, watched);
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await pass(runtime, 10 * TIMEOUT_MS);
    expect(runtime.stalls).toEqual([]);
    await end(run);
  });

  test('where nobody asked to look', async () => {
    const { runtime } = world({ 0: 10 });
    hanging(runtime, 'prepareBatch');
    const run = begin(runtime);
    await pass(runtime, 10 * TIMEOUT_MS);
    expect(runtime.stalls).toEqual([]);
    await end(run);
  });

  test('that is paused; resumed, it has the whole time again', async () => {
    const { runtime } = world({ 0: 10 }, 10, {}, watched);
    runtime.script.prepareBatch = (_, signal) => forever(signal);
    const run = begin(runtime);
    await eventually(() => runtime.inputs('prepareBatch').length === 1);
    await pass(runtime, 3 * TIMEOUT_MS);
    expect(stallOf(run)).toBeDefined();
    run.connector.want('PAUSED');
    await eventually(() => run.connector.lanes.every((lane) => !lane.active));
    await pass(runtime, 3 * TIMEOUT_MS);
    expect(stallOf(run)).toBeUndefined();
    run.connector.want('RUNNING');
    await eventually(() => runtime.inputs('prepareBatch').length === 2);
    expect(stallOf(run)).toBeUndefined();
    await end(run);
  });

  test('after a time without workers, before they have had time to tell what they did', async () => {
    const { runtime } = world({ 0: 10 }, 10, {}, watched);
    const { letGo } = hanging(runtime, 'prepareBatch');
    const run = begin(runtime);
    await eventually(() => runtime.inputs('prepareBatch').length === 1);
    runtime.advance(60 * 60_000);
    letGo();
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    expect(runtime.stalls).toEqual([]);
    await end(run);
  });
});

test('a history that is cut does not make it look better: it is shown on, and not counted again', async () => {
  const { runtime } = world({ 0: 10 }, 10, {}, watched);
  runtime.script.prepareBatch = (_, signal) => forever(signal);
  const run = begin(runtime);
  await eventually(() => runtime.inputs('prepareBatch').length === 1);
  await pass(runtime, 3 * TIMEOUT_MS);
  const before = stallOf(run);
  runtime.long = true;
  const next = structuredClone(await run.finished) as ConnectorInput;
  runtime.long = false;
  const again = begin(runtime, next);
  await eventually(() => runtime.inputs('prepareBatch').length === 2);
  expect(stallOf(again)).toEqual(before);
  await pass(runtime, 3 * TIMEOUT_MS);
  expect(stallOf(again)).toEqual(before);
  expect([runtime.stalls.length, statusOf(again.connector).totals.stalls]).toEqual([1, 1]);
  await end(again);
});
