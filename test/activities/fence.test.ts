import { commitBatch } from '../../activities/commit-batch.js';
import { batchHash, doneOffsets, intentOffsets } from '../../activities/group-record.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import type { Clock } from '../../connect/clock.js';
import type { CommitBatchInput } from '../../workflows/core/activities.js';
import type { LoadReference } from '../../workflows/core/model.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { type Bench, createBench, GROUP, identity, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const ranges = [range('t', 0, 5, 9), range('t', 1, 0, 4)];
const load: LoadReference = {
  database: 'db',
  table: 't',
  label: 'l',
  transactionId: '1',
  state: 'PRECOMMITTED',
  rows: 8,
  filteredRows: 0,
  sizeBytes: 80,
};
const batch = { identity, sequence: 1, labelPrefix: 'test', ranges };

function bench(): Bench {
  const made = createBench();
  made.log.createTopic('t', 2);
  closing.push(made.close);
  return made;
}

/** Commits the batch into a group that says something already, and tells what became of it. */
async function committedInto(offsets: ReturnType<typeof doneOffsets>, more: Partial<CommitBatchInput> = {}) {
  const { log, deps, driver, lease, commitInput } = bench();
  await log.commitGroupOffsets(GROUP, offsets);
  const input = commitInput(ranges, [load], { connectorEpoch: identity.epoch, ...more });
  const outcome = await commitBatch(deps, input, lease).then(({ outcome }) => outcome, failureOfError);
  return { outcome, commits: driver.events.length, writes: log.groupWrites.length - 1 };
}

const failureOfError = (error: unknown) => failureOf(Promise.reject(error)).then(({ code }) => code);
const passed = { outcome: 'POSITION_PASSED', commits: 0, writes: 0 };
const superseded = { outcome: 'CONNECTOR_SUPERSEDED', commits: 0, writes: 0 };
const committed = { outcome: 'committed', commits: 1, writes: 2 };

describe('a batch is committed', () => {
  test('where the one before it ended', async () => {
    const before = [range('t', 0, 1, 5), range('t', 1, 0, 0)];
    expect(await committedInto(doneOffsets({ identity, ranges: before }))).toEqual(committed);
  });

  test('when an attempt of its own was there before', async () => {
    expect(await committedInto(intentOffsets(batch))).toEqual(committed);
  });

  test('without the rows that the database has refused of it since its commit had begun', async () => {
    const excluded = [{ topic: 't', partition: 0, database: 'db', table: 't', offsets: '1', reasons: [] }];
    const refused = [batchHash(batch)];
    expect(await committedInto(intentOffsets(batch), { excluded })).toEqual(passed);
    expect(await committedInto(intentOffsets(batch), { excluded, refused })).toEqual(committed);
  });

  test('by that attempt, when it had come to the end: what was loaded once more is aborted', async () => {
    expect(await committedInto(doneOffsets(batch))).toEqual({ outcome: 'committed', commits: 1, writes: 0 });
  });

  test('under a new epoch: the position was changed on purpose', async () => {
    const later = [range('t', 0, 9, 20)];
    const old = { ...identity, epoch: identity.epoch - 1 };
    expect(await committedInto(doneOffsets({ identity: old, ranges: later }))).toEqual(committed);
  });

  test('under its own epoch, when the connector has a later one by now', async () => {
    const before = doneOffsets({ identity, connectorEpoch: 3, ranges: [range('t', 0, 1, 5)] });
    expect(await committedInto(before, { connectorEpoch: 3 })).toEqual(committed);
  });

  test('whatever others have written to the group', async () => {
    expect(await committedInto([{ topic: 't', partition: 0, offset: 100n, metadata: 'by hand' }])).toEqual(committed);
  });
});

describe('nothing is committed, and nothing written to the group,', () => {
  test('when the group is further: the workflow was reset', async () => {
    expect(await committedInto(doneOffsets({ identity, ranges: [range('t', 0, 5, 6)] }))).toEqual(passed);
    expect(await committedInto(doneOffsets({ identity, ranges: [range('t', 1, 0, 4)] }))).toEqual(passed);
  });

  test('when the group tells of another batch at its start, which can be in the database', async () => {
    const other = { ...batch, ranges: [range('t', 0, 5, 7)] };
    expect(await committedInto(intentOffsets(other))).toEqual(passed);
  });

  test('when the group is another connector’s', async () => {
    const other = { id: 'another', epoch: 0 };
    expect(await committedInto(doneOffsets({ identity: other, ranges: [range('t', 0, 1, 5)] }))).toEqual(superseded);
  });

  test('when another one has taken the group over', async () => {
    const claimed = doneOffsets({ identity: { ...identity, epoch: 2 }, ranges: [range('t', 0, 1, 5)] });
    expect(await committedInto(claimed)).toEqual(superseded);
    const underWay = intentOffsets({ ...batch, connectorEpoch: 2 });
    expect(await committedInto(underWay)).toEqual(superseded);
  });
});

describe('another run of the workflow', () => {
  const before = { identity, ranges: [range('t', 0, 1, 5)] };

  async function committedBy(runs: readonly string[], onSleep: (log: Bench['log']) => Promise<void>) {
    const { log, deps, driver, lease, commitInput } = bench();
    await log.commitGroupOffsets(GROUP, doneOffsets({ ...before, runs: ['first'] }));
    let sleeps = 0;
    const sleep = async () => {
      sleeps += 1;
      await onSleep(log);
    };
    const clock: Clock = { nowMs: () => 0, sleep };
    const input = commitInput(ranges, [load], { connectorEpoch: identity.epoch, runs });
    const outcome = await commitBatch({ ...deps, clock }, input, lease).then(({ outcome }) => outcome, failureOfError);
    return { outcome, sleeps, commits: driver.events.length };
  }

  test('that was continued from the one before goes on at once', async () => {
    const output = await committedBy(['second', 'first'], async () => undefined);
    expect(output).toEqual({ outcome: 'committed', sleeps: 0, commits: 1 });
  });

  test('that was reset waits until the one before has ended', async () => {
    const output = await committedBy(['second'], async () => undefined);
    expect(output).toEqual({ outcome: 'committed', sleeps: 1, commits: 1 });
  });

  test('and finds what that one had still under way', async () => {
    let isFirst = true;
    const output = await committedBy(['second'], async (log) => {
      if (isFirst)
        await log.commitGroupOffsets(GROUP, doneOffsets({ identity, runs: ['first'], ranges: [range('t', 0, 5, 7)] }));
      isFirst = false;
    });
    expect(output).toEqual({ outcome: 'POSITION_PASSED', sleeps: 2, commits: 0 });
  });
});

test('without two-phase commit the fence stands before the load', async () => {
  const { log, deps, driver, lease, prepareInput } = bench();
  driver.twoPhase = false;
  log.produce('t', 0, '{}', '{}');
  await log.commitGroupOffsets(GROUP, doneOffsets({ identity, ranges: [range('t', 0, 0, 1)] }));
  const error = await failureOf(prepareBatch(deps, prepareInput([range('t', 0, 0, 2)]), lease));
  expect(error.code).toBe('POSITION_PASSED');
  expect(driver.events).toEqual([]);
  expect(log.groupWrites).toHaveLength(1);
});
