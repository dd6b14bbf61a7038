import { stateOf, statusOf } from '../../../workflows/core/status.js';
import { eventually, Failing, forever } from './bench-runtime.js';
import { begin, committedRanges, countOf, end, settings, world } from './world.js';

test('loads everything once, in order, and knows how much that was', async () => {
  const { runtime } = world({ 0: 25, 1: 5 });
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(committedRanges(runtime)).toEqual(['0:0-10', '1:0-5', '0:10-20', '0:20-25']);
  expect(statusOf(run.connector)).toMatchObject({ state: 'RUNNING', lag: '0', totals: { batches: 3, rowsLoaded: 30 } });
  expect(await end(run)).toBeUndefined();
});

test('prepares the next batch while the last one is being committed, and never more than the depth', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { runtime } = world({ 0: 50 });
  const commit = runtime.script.commitBatch;
  runtime.script.commitBatch = async (input, signal) => {
    await held;
    return commit(input, signal);
  };
  const run = begin(runtime);
  await eventually(() => runtime.inputs('prepareBatch').length === 2);
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(runtime.inputs('prepareBatch')).toHaveLength(2);
  expect(runtime.inputs('commitBatch')).toHaveLength(1);
  release();
  await eventually(() => run.connector.totals.rowsLoaded === 50);
  expect(committedRanges(runtime)).toEqual(['0:0-10', '0:10-20', '0:20-30', '0:30-40', '0:40-50']);
  await end(run);
});

test('a batch that is too large is cut, and what is behind the cut is planned again', async () => {
  const { runtime } = world({ 0: 20 }, 20);
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

test('rows that the database refuses are written down before the batch is prepared without them, and counted', async () => {
  const { runtime } = world({ 0: 10 });
  const prepare = runtime.script.prepareBatch;
  const place = { topic: 't', partition: 0, database: 'db', table: 't' };
  const excluded = [{ ...place, offsets: '3', reasons: ['too long'] }];
  runtime.script.prepareBatch = async (input, signal) => {
    if (input.excluded === undefined) return { outcome: 'rejected', excluded, refused: 'abc', settled: [] };
    const output = await prepare(input, signal);
    return output.outcome === 'prepared' ? { ...output, bad: { deadLetters: 1, skipped: 0 } } : output;
  };
  const run = begin(runtime);
  await eventually(() => run.connector.totals.deadLetters === 1);
  const [first, second] = runtime.inputs('prepareBatch');
  expect(first?.excluded).toBeUndefined();
  expect(second).toMatchObject({ ranges: first?.ranges, excluded, refused: ['abc'] });
  expect(runtime.inputs('commitBatch')).toMatchObject([{ excluded, refused: ['abc'], bad: { deadLetters: 1 } }]);
  expect(run.connector.ledger).toMatchObject([{ deadLetters: 1, skipped: 0 }]);
  await end(run);
});

test('a batch that was refused and is cut takes along what is left out of it, and that it was refused', async () => {
  const { runtime } = world({ 0: 10 });
  const prepare = runtime.script.prepareBatch;
  const excluded = [{ topic: 't', partition: 0, database: 'db', table: 't', offsets: '1.6', reasons: ['a', 'b'] }];
  runtime.script.prepareBatch = (input, signal) => {
    if (input.excluded === undefined) return { outcome: 'rejected', excluded, refused: 'one', settled: [] };
    if (countOf(input.ranges) < 10) return prepare(input, signal);
    const ranges = input.ranges.map((range) => ({ ...range, end: '5' }));
    return { outcome: 'tooLarge', ranges, refused: 'two' };
  };
  const run = begin(runtime);
  await eventually(() => runtime.inputs('prepareBatch').length >= 3);
  expect(runtime.inputs('prepareBatch')[2]).toMatchObject({
    ranges: [{ start: '0', end: '5' }],
    excluded: [{ offsets: '1', reasons: ['a'] }],
    refused: ['one', 'two'],
  });
  await end(run);
});

test('a transaction that the database has aborted is prepared again: same ranges, same label', async () => {
  let aborted = false;
  const { runtime } = world({ 0: 10 });
  const commit = runtime.script.commitBatch;
  runtime.script.commitBatch = (input, signal) => {
    if (aborted) return commit(input, signal);
    aborted = true;
    return { outcome: 'aborted', loads: input.loads, reason: 'timeout by txn manager' };
  };
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 10);
  const [first, second] = runtime.inputs('prepareBatch');
  expect(second?.ranges).toEqual(first?.ranges);
  expect(second?.identity).toEqual(first?.identity);
  await end(run);
});

describe('a failure', () => {
  test('stops its task with the words of the cause; restart goes on with the same batch', async () => {
    let missing = true;
    const { runtime } = world({ 0: 10 });
    const prepare = runtime.script.prepareBatch;
    runtime.script.prepareBatch = (input, signal) => {
      if (missing) throw new Failing('SINK_TABLE_UNKNOWN', 'unknown table, tableName=t');
      return prepare(input, signal);
    };
    const run = begin(runtime);
    await eventually(() => stateOf(run.connector) === 'FAILED');
    expect(statusOf(run.connector).tasks[0]?.failure).toMatchObject({
      code: 'SINK_TABLE_UNKNOWN',
      message: 'unknown table, tableName=t',
    });
    expect(runtime.details).toContain('unknown table, tableName=t');
    missing = false;
    await run.connector.restart(0, false);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    const [first, second] = runtime.inputs('prepareBatch');
    expect(second?.ranges).toEqual(first?.ranges);
    await end(run);
  });

  test('of one task leaves the others running: DEGRADED', async () => {
    const { runtime } = world({ 0: 10, 1: 10 }, 10, {}, { tasksMax: 2 });
    const prepare = runtime.script.prepareBatch;
    runtime.script.prepareBatch = (input, signal) => {
      if (input.task === 1) throw new Failing('SINK_TABLE_UNKNOWN');
      return prepare(input, signal);
    };
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10 && stateOf(run.connector) === 'DEGRADED');
    expect(statusOf(run.connector).tasks.map(({ state }) => state)).toEqual(['RUNNING', 'FAILED']);
    await end(run);
  });

  test('of the check at start is the connector’s own, and restart checks again', async () => {
    let down = true;
    const { runtime } = world({ 0: 10 });
    const validate = runtime.script.validateConnector;
    runtime.script.validateConnector = (input, signal) => {
      if (down) throw new Failing('SINK_UNREACHABLE', 'No Doris FE is available');
      return validate(input, signal);
    };
    const run = begin(runtime);
    await eventually(() => stateOf(run.connector) === 'FAILED');
    expect(statusOf(run.connector).failure?.message).toBe('No Doris FE is available');
    down = false;
    await run.connector.restart(undefined, false);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    await end(run);
  });
});

describe('a commit in doubt', () => {
  const lost = (decided: { loaded: boolean }) => {
    const { runtime } = world({ 0: 10 });
    const commit = runtime.script.commitBatch;
    runtime.script.commitBatch = (input, signal) =>
      decided.loaded
        ? commit(input, signal)
        : { outcome: 'inDoubt', loads: input.loads, message: 'the database no longer knows the label' };
    return runtime;
  };

  test('stops the task in a state of its own; skip takes the rows as loaded', async () => {
    const decided = { loaded: false };
    const runtime = lost(decided);
    const run = begin(runtime);
    await eventually(() => statusOf(run.connector).tasks[0]?.state === 'IN_DOUBT');
    await run.connector.restart(0, true);
    expect(statusOf(run.connector).tasks[0]?.state).toBe('IN_DOUBT');
    await run.connector.resolve(0, 'skip');
    decided.loaded = true;
    await eventually(() => statusOf(run.connector).tasks[0]?.partitions[0]?.committed === '10');
    expect(runtime.inputs('prepareBatch').at(-1)?.settled).toMatchObject([{ table: 't', state: 'COMMITTED' }]);
    expect(statusOf(run.connector).tasks[0]?.partitions[0]).toMatchObject({ committed: '10', next: '10' });
    await end(run);
  });

  test('reload sends the same ranges under labels of a new epoch', async () => {
    const decided = { loaded: false };
    const runtime = lost(decided);
    const run = begin(runtime);
    await eventually(() => statusOf(run.connector).tasks[0]?.state === 'IN_DOUBT');
    decided.loaded = true;
    await run.connector.resolve(0, 'reload');
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    const [first, second] = runtime.inputs('prepareBatch');
    expect(second?.ranges).toEqual(first?.ranges);
    expect([first?.identity.epoch, second?.identity.epoch]).toEqual([0, 1]);
    await end(run);
  });
});

describe('pause and resume', () => {
  test('a batch that was being prepared is prepared again with the same ranges', async () => {
    let slow = true;
    const { runtime, log } = world({ 0: 10 });
    const prepare = runtime.script.prepareBatch;
    runtime.script.prepareBatch = (input, signal) => (slow ? forever(signal) : prepare(input, signal));
    const run = begin(runtime);
    await eventually(() => runtime.inputs('prepareBatch').length === 1);
    run.connector.want('PAUSED');
    await eventually(() => run.connector.lanes.every((lane) => !lane.active));
    expect(stateOf(run.connector)).toBe('PAUSED');
    log.ends[0] = 30;
    slow = false;
    run.connector.want('RUNNING');
    await eventually(() => run.connector.totals.rowsLoaded === 30);
    const [first, second] = runtime.inputs('prepareBatch');
    expect(second?.ranges).toEqual(first?.ranges);
    await end(run);
  });

  test('a paused connector calls nothing', async () => {
    const { runtime, log } = world({ 0: 10 });
    const run = begin(runtime, { initialState: 'PAUSED' });
    log.ends[0] = 20;
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(runtime.calls).toEqual([]);
    await end(run);
  });
});

describe('the history is cut', () => {
  test('between batches: the next run goes on where this one stood', async () => {
    const { runtime, log } = world({ 0: 10 });
    const run = begin(runtime);
    await eventually(() => run.connector.totals.rowsLoaded === 10);
    runtime.long = true;
    const next = await run.finished;
    expect(next?.checkpoint?.tasks[0]).toMatchObject({ inFlight: [], partitions: [{ next: '10', committed: '10' }] });
    runtime.long = false;
    log.ends[0] = 20;
    const again = begin(runtime, structuredClone(next) ?? {});
    await eventually(() => again.connector.totals.rowsLoaded === 20);
    expect(runtime.inputs('validateConnector')).toHaveLength(1);
    expect(runtime.inputs('prepareBatch').map(({ identity }) => identity.id)).toEqual(['id1', 'id1']);
    await end(again);
  });

  test('a failed task keeps its batch and its failure', async () => {
    const { runtime } = world({ 0: 10 });
    runtime.script.prepareBatch = () => {
      throw new Failing('SINK_ACCESS_DENIED', 'access denied');
    };
    const run = begin(runtime);
    await eventually(() => stateOf(run.connector) === 'FAILED');
    runtime.long = true;
    const next = await run.finished;
    expect(next?.checkpoint?.tasks[0]?.inFlight).toHaveLength(1);
    expect(next?.checkpoint?.tasks[0]?.failure?.code).toBe('SINK_ACCESS_DENIED');
  });
});

test('new partitions are given to tasks without moving the others', async () => {
  const { runtime, log } = world({ 0: 10 }, 10, {}, { tasksMax: 2 });
  let grown = false;
  const wait = runtime.script.awaitBatch;
  runtime.script.awaitBatch = (input, signal) => {
    if (grown || input.watch === undefined || Number(input.positions[0]?.offset) < 10) return wait(input, signal);
    grown = true;
    log.ends[1] = 7;
    return { outcome: 'partitions', found: [{ topic: 't', topicId: 'T', partition: 1, offset: '0' }] };
  };
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 17);
  expect(statusOf(run.connector).tasks.map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([
    [0],
    [1],
  ]);
  await end(run);
});

test('a new number of tasks re-deals the partitions between batches, each at its own position', async () => {
  const { runtime, log } = world({ 0: 10, 1: 20, 2: 30 }, 10);
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 60);
  const validate = runtime.script.validateConnector;
  runtime.script.validateConnector = async (input, signal) => ({
    ...(await validate(input, signal)),
    settings: { ...settings, tasksMax: 3 },
  });
  const checked = await run.connector.check({});
  if (checked.kind !== 'done') throw new Error('the check has failed');
  await run.connector.reconfigure({}, checked.value);
  log.ends = { 0: 11, 1: 21, 2: 31 };
  await eventually(() => run.connector.totals.rowsLoaded === 63);
  expect(run.connector.lanes).toHaveLength(3);
  expect(committedRanges(runtime).slice(-3).sort()).toEqual(['0:10-11', '1:20-21', '2:30-31']);
  await end(run);
});

test('a connector created again goes on from the checkpoint of the run before, batches in flight first', async () => {
  const { runtime } = world({ 0: 20 });
  const validate = runtime.script.validateConnector;
  runtime.script.validateConnector = async (input, signal) => ({
    ...(await validate(input, signal)),
    checkpoint: {
      identity: { id: 'old', epoch: 3 },
      generation: 4,
      desired: 'RUNNING',
      topicIds: { t: 'T' },
      totals: {
        batches: 1,
        recordsRead: 10,
        rowsLoaded: 10,
        rowsFiltered: 0,
        sizeBytes: 1,
        stalls: 0,
        schemaChanges: 0,
        deadLetters: 0,
        skipped: 0,
      },
      ledger: [],
      createdAtMs: 1,
      tasks: [
        {
          task: 0,
          sequence: 2,
          partitions: [{ topic: 't', partition: 0, next: '15', committed: '10' }],
          inFlight: [
            {
              sequence: 2,
              epoch: 3,
              labelPrefix: 'orders',
              plannedAtMs: 1,
              ranges: [{ topic: 't', partition: 0, start: '10', end: '15' }],
            },
          ],
        },
      ],
    },
  });
  const run = begin(runtime, { previousRunId: 'run-before' });
  await eventually(() => run.connector.totals.rowsLoaded === 20);
  expect(committedRanges(runtime)).toEqual(['0:10-15', '0:15-20']);
  expect(runtime.inputs('prepareBatch').map(({ identity }) => identity)).toEqual([
    { id: 'old', epoch: 3 },
    { id: 'old', epoch: 3 },
  ]);
  await end(run);
});

test('one that finds only the consumer group runs the batch whose commit had begun, and never guesses', async () => {
  const { runtime } = world({ 0: 20 });
  const validate = runtime.script.validateConnector;
  runtime.script.validateConnector = async (input, signal) => ({
    ...(await validate(input, signal)),
    recovered: {
      identity: { id: 'lost', epoch: 1 },
      batches: [
        {
          sequence: 9,
          epoch: 1,
          labelPrefix: 'orders',
          recovered: true,
          plannedAtMs: 1,
          ranges: [{ topic: 't', partition: 0, start: '0', end: '12' }],
        },
      ],
    },
  });
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 20);
  expect(committedRanges(runtime)).toEqual(['0:0-12', '0:12-20']);
  expect(runtime.inputs('prepareBatch').map(({ recovered }) => recovered)).toEqual([true, undefined]);
  await end(run);
});
