import type { Batch } from '../../../workflows/core/model.js';
import { alterOffsets, Refusal, reconfigure } from '../../../workflows/core/requests.js';
import { statusOf } from '../../../workflows/core/status.js';
import { eventually, Failing, forever } from './bench-runtime.js';
import { begin, committedRanges, end, loadOf, world } from './world.js';

const toOffset = (offset: string | null, partition = 0) => ({ offsets: [{ topic: 't', partition, offset }] });

/** A connector that was stopped while its first batch was prepared and not committed. */
async function stoppedInFlight() {
  const { runtime } = world({ 0: 10 }, 10, { commitBatch: (_, signal) => forever(signal) });
  const run = begin(runtime);
  await eventually(() => runtime.inputs('commitBatch').length === 1);
  runtime.advance(120_000);
  await run.connector.stop();
  expect(run.connector.lanes[0]?.state.inFlight).toHaveLength(1);
  return { runtime, run };
}

/** What the consumer group tells at the next look, beside what the script says. */
function tells(runtime: ReturnType<typeof world>['runtime'], offset: string, batches: readonly Batch[] = []): void {
  const validate = runtime.script.validateConnector;
  runtime.script.validateConnector = async (input, signal) => ({
    ...(await validate(input, signal)),
    recovered: { identity: { id: 'id1', epoch: 0 }, batches, positions: [{ topic: 't', partition: 0, offset }] },
  });
}

describe('offsets are altered', () => {
  test('only in the state STOPPED', async () => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await expect(alterOffsets(run.connector, { offsets: [{ topic: 't', partition: 0, offset: '0' }] })).rejects.toThrow(
      Refusal,
    );
    await end(run);
  });

  test('to load again: under labels of a new epoch, mirrored to the consumer group', async () => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await run.connector.stop();
    expect(statusOf(run.connector)).toMatchObject({ state: 'STOPPED', tasks: [] });
    await alterOffsets(run.connector, { offsets: [{ topic: 't', partition: 0, offset: '4' }] });
    run.connector.want('RUNNING');
    await eventually(() => run.connector.totals.rowsLoaded === 16);
    expect(committedRanges(runtime)).toEqual(['0:0-10', '0:4-4', '0:4-10']);
    expect(runtime.inputs('prepareBatch').map(({ identity }) => identity.epoch)).toEqual([0, 1]);
    await end(run);
  });

  test('of a topic that was created again, for all its partitions or not at all', async () => {
    const { runtime } = world({ 0: 10, 1: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 20);
    await run.connector.stop();
    const validate = runtime.script.validateConnector;
    runtime.script.validateConnector = async (input, signal) => {
      const output = await validate(input, signal);
      return { ...output, partitions: output.partitions.map((found) => ({ ...found, topicId: 'another' })) };
    };
    const offsets = [0, 1].map((partition) => ({ topic: 't', partition, offset: '0' }));
    await expect(alterOffsets(run.connector, { offsets: offsets.slice(0, 1) })).rejects.toThrow(
      'Topic t was deleted and created again: give an offset for each of its partitions, t[1] too',
    );
    await alterOffsets(run.connector, { offsets });
    expect(run.connector.topicIds()).toEqual({ t: 'another' });
    await end(run);
  });

  test('to null: where a connector without a position would begin', async () => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await run.connector.stop();
    await alterOffsets(run.connector, toOffset(null));

    expect(runtime.inputs('validateConnector').at(-1)?.reset).toEqual([{ topic: 't', partition: 0, offset: null }]);
    expect(run.connector.lanes[0]?.state.partitions).toMatchObject([{ next: '0', committed: '0' }]);
    await end(run);
  });

  test.each([
    [toOffset('0', 7), 'KAFKA_TOPIC_UNKNOWN', 't[7] is not a partition of this connector.'],
    [toOffset('-1'), 'OFFSET_INVALID', 'Offset "-1" of t[0] is not a whole number from 0 on.'],
    [toOffset('1e3'), 'OFFSET_INVALID', 'Offset "1e3" of t[0]'],
  ])('to %j: %s', async (request, code, words) => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await run.connector.stop();
    const refused = alterOffsets(run.connector, request);

    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    await end(run);
  });

  test('a batch in flight is aborted first, and every partition is written to the group', async () => {
    const { runtime, run } = await stoppedInFlight();
    runtime.script.commitBatch = (input) => ({ outcome: 'committed', loads: input.loads, visible: true });
    await alterOffsets(run.connector, toOffset('3'));

    expect(runtime.inputs('abortBatch').map(({ ranges }) => ranges)).toEqual([
      [{ topic: 't', partition: 0, start: '0', end: '10' }],
    ]);
    expect(run.connector.lanes[0]?.state.inFlight).toEqual([]);
    expect(committedRanges(runtime).at(-1)).toBe('0:3-3');
    await end(run);
  });

  const loads = [{ ...loadOf({ ranges: [], identity: { id: 'id1', epoch: 0 } }) }];
  test.each([
    ['BATCH_COMMITTED', 'in the database in part', () => ({ outcome: 'committed' as const, loads })],
    ['BATCH_IN_DOUBT', 'no longer knows batch 1 of task 0', () => ({ outcome: 'inDoubt' as const, loads })],
    ['SINK_UNREACHABLE', 'No Doris FE', () => Promise.reject(new Failing('SINK_UNREACHABLE', 'No Doris FE'))],
    ['POSITION_PASSED', 'Resume it, which takes over', () => Promise.reject(new Failing('POSITION_PASSED'))],
  ])('a batch in flight that cannot be given up: %s', async (code, words, abortBatch) => {
    const { runtime, run } = await stoppedInFlight();
    runtime.script.abortBatch = abortBatch;
    const refused = alterOffsets(run.connector, toOffset('3'));

    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(run.connector.lanes[0]?.state).toMatchObject({ inFlight: [{ sequence: 1 }], partitions: [{ next: '10' }] });
    await end(run);
  });

  test('not by positions that are out of date: what the group tells is taken over first', async () => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await run.connector.stop();
    tells(runtime, '25');

    await expect(alterOffsets(run.connector, toOffset('10'))).rejects.toMatchObject({ code: 'POSITION_PASSED' });
    run.connector.want('RUNNING');
    await eventually(() => run.connector.lanes[0]?.state.partitions[0]?.committed === '25');
    expect(committedRanges(runtime)).toEqual(['0:0-10']);
    await end(run);
  });

  test('not when they have changed since they were looked at', async () => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await run.connector.stop();
    const first = alterOffsets(run.connector, toOffset('2'));
    const second = alterOffsets(run.connector, toOffset('5'));

    await first;
    await expect(second).rejects.toMatchObject({ code: 'OFFSETS_CHANGED' });
    await end(run);
  });

  test.each([
    ['cannot be checked', 'validateConnector' as const],
    ['cannot be written to the group', 'commitBatch' as const],
  ])('that %s are refused with the words of the cause', async (_, activity) => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await run.connector.stop();
    Object.assign(runtime.script, { [activity]: () => Promise.reject(new Failing('KAFKA_UNREACHABLE', 'no broker')) });

    await expect(alterOffsets(run.connector, toOffset('5'))).rejects.toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: 'no broker',
    });
    await end(run);
  });
});

describe('a new configuration', () => {
  test('that does not pass its check is refused in its words, and changes nothing', async () => {
    const { runtime } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    const { config } = run.connector;
    runtime.script.validateConnector = () => Promise.reject(new Failing('CONFIG_INVALID', 'tasks.max is no number'));

    await expect(reconfigure(run.connector, { ...config, 'tasks.max': 'x' })).rejects.toEqual(
      new Refusal('CONFIG_INVALID', 'tasks.max is no number'),
    );
    expect(run.connector).toMatchObject({ config, generation: 1, failure: undefined });
    await end(run);
  });
});
