import { eventually } from './bench-runtime.js';
import { begin, committedRanges, countOf, end, world } from './world.js';

describe('a backlog that is known', () => {
  /** As `world`, and the check at start tells the log ends. */
  const known = (ends: Record<number, number>, changed = {}) => {
    const made = world(ends, 10, {}, { batch: { maxRecords: 10, maxBytes: 1 << 20 }, ...changed });
    const validate = made.runtime.script.validateConnector;
    made.runtime.script.validateConnector = async (input, signal) => {
      const output = await validate(input, signal);
      const partitions = output.partitions.map((found) => ({
        ...found,
        end: String(made.log.ends[found.partition]),
        leaderEpoch: 3,
      }));
      return { ...output, partitions };
    };
    return made;
  };

  test('is loaded without another look at the log; what has come since waits for one', async () => {
    const { runtime, log } = known({ 0: 25, 1: 5 });
    const commit = runtime.script.commitBatch;
    runtime.script.commitBatch = (input, signal) => {
      log.ends[0] = 31;
      return commit(input, signal);
    };
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 36);
    expect(committedRanges(runtime)).toEqual(['0:0-5', '1:0-5', '0:5-15', '0:15-25', '0:25-31']);
    const looks = runtime.inputs('awaitBatch').map(({ positions }) => positions.map(({ offset }) => offset));
    expect(looks[0]).toEqual(['25', '5']);
    expect(runtime.inputs('awaitBatch')[0]).toMatchObject({ dueAtOnce: false, positions: [{ leaderEpoch: 3 }, {}] });
    await end(run);
  });

  test('is cut like any other, and what is behind the cut is planned again', async () => {
    const { runtime } = known({ 0: 20 });
    const prepare = runtime.script.prepareBatch;
    runtime.script.prepareBatch = (input, signal) =>
      countOf(input.ranges) > 8 && input.mayCut
        ? {
            outcome: 'tooLarge',
            ranges: input.ranges.map((range) => ({ ...range, end: String(Number(range.start) + 8) })),
          }
        : prepare(input, signal);
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 20);
    expect(committedRanges(runtime)).toEqual(['0:0-8', '0:8-16', '0:16-20']);
    await end(run);
  });

  test('is no longer known some seconds after the look', async () => {
    const { runtime } = known({ 0: 20 });
    const prepare = runtime.script.prepareBatch;
    runtime.script.prepareBatch = (input, signal) => {
      runtime.advance(60_000);
      return prepare(input, signal);
    };
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 20);
    expect(runtime.inputs('awaitBatch')[0]).toMatchObject({ dueAtOnce: true, positions: [{ offset: '10' }] });
    await end(run);
  });

  test('is looked at again after a pause', async () => {
    const { runtime } = known({ 0: 20 });
    const run = begin(runtime, { initialState: 'PAUSED' });
    run.connector.want('RUNNING');
    await eventually(() => run.connector.totals.rowsLoaded === 20);
    run.connector.want('PAUSED');
    await eventually(() => run.connector.lanes.every((lane) => !lane.active));
    const before = runtime.inputs('awaitBatch').length;
    run.connector.want('RUNNING');
    await eventually(() => runtime.inputs('awaitBatch').length > before);
    expect(runtime.inputs('awaitBatch').at(before)).toMatchObject({ dueAtOnce: true });
    await end(run);
  });
});
