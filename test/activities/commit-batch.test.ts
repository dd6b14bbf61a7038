import { abortBatch, commitBatch } from '../../activities/commit-batch.js';
import { readGroup } from '../../activities/group-record.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import { SluiceError } from '../../connect/errors.js';
import type { LoadReference } from '../../workflows/core/model.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { startTestDouble, type TestDouble } from '../sandbox/doris/support/client.js';
import { type Bench, type BenchOptions, createBench, GROUP, identity, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function bench(options: BenchOptions = {}): Bench {
  const made = createBench(options);
  closing.push(made.close);
  return made;
}

function load(table: string, state: LoadReference['state'] = 'PRECOMMITTED'): LoadReference {
  const counts = { rows: 1, filteredRows: 0, sizeBytes: 9 };
  return { database: 'db', table, label: `label_${table}`, transactionId: `1${table.length}`, state, ...counts };
}

const ranges = [range('t', 0, 5, 9), range('t', 1, 2n ** 62n, 2n ** 62n + 3n)];

function withTopic(made: Bench): Bench {
  made.log.createTopic('t', 2);
  return made;
}

describe('the order of a commit', () => {
  test('the intent, every transaction, then the offsets', async () => {
    const { log, driver, deps, lease, commitInput } = withTopic(bench());
    log.onGroupWrite = (offsets) => driver.events.push(`group ${offsets.map(({ offset }) => offset).join(' ')}`);
    const output = await commitBatch(deps, commitInput(ranges, [load('a'), load('b')]), lease);
    expect(driver.events).toEqual([`group 5 ${2n ** 62n}`, 'commit a', 'commit b', `group 9 ${2n ** 62n + 3n}`]);
    expect(output).toEqual({
      outcome: 'committed',
      loads: [
        { ...load('a'), state: 'COMMITTED' },
        { ...load('b'), state: 'COMMITTED' },
      ],
      visible: true,
    });
  });

  test('the intent tells of the whole batch; afterwards the group tells only whose it is', async () => {
    const { log, driver, deps, lease, commitInput } = withTopic(bench());
    const group = async () => readGroup(await log.groupOffsets(GROUP, ranges), 0);
    let during: Awaited<ReturnType<typeof group>>;
    const told = new Promise<void>((resolve, reject) => {
      driver.onCommit = () => {
        group().then((found) => {
          during = found;
          resolve();
        }, reject);
        return 'committed';
      };
    });
    await commitBatch(deps, commitInput(ranges, [load('a')], { sequence: 7 }), lease);
    await told;
    expect(log.groupWrites[0]?.offsets.every(({ metadata }) => metadata.includes('"sequence":7'))).toBe(true);
    expect(during).toMatchObject({ identity, batches: [{ sequence: 7, labelPrefix: 'test', ranges }] });
    const positions = ranges.map(({ topic, partition, end }) => ({ topic, partition, offset: end }));
    expect(await group()).toEqual({ identity, batches: [], positions });
  });

  test('loads that are committed already need no intent and no second commit', async () => {
    const { log, driver, deps, lease, commitInput } = withTopic(bench());
    const output = await commitBatch(deps, commitInput(ranges, [load('a', 'COMMITTED')]), lease);
    expect(output).toMatchObject({ outcome: 'committed', loads: [{ state: 'COMMITTED' }] });
    expect(driver.events).toEqual([]);
    expect(log.groupWrites.map(({ offsets }) => offsets.map(({ offset }) => offset))).toEqual([[9n, 2n ** 62n + 3n]]);
  });

  test('a batch without rows moves the offsets all the same', async () => {
    const { log, deps, lease, commitInput } = withTopic(bench());
    expect(await commitBatch(deps, commitInput(ranges, []), lease)).toMatchObject({
      outcome: 'committed',
      visible: true,
    });
    expect(log.groupWrites).toHaveLength(1);
  });

  test('an intent that cannot be written down stops the commit', async () => {
    const { log, driver, deps, lease, commitInput } = withTopic(bench());
    const down = new SluiceError('KAFKA_UNREACHABLE', 'gone', { retryable: true });
    log.onGroupWrite = () => {
      throw down;
    };
    await expect(commitBatch(deps, commitInput(ranges, [load('a')]), lease)).rejects.toBe(down);
    expect(driver.events).toEqual([]);
  });

  test('an attempt that has lost its lease commits nothing', async () => {
    const { driver, deps, lease, commitInput } = withTopic(bench());
    const check = () => {
      throw new SluiceError('LEASE_LOST', 'stood still', { retryable: true });
    };
    const error = await failureOf(commitBatch(deps, commitInput(ranges, [load('a')]), { ...lease, check }));
    expect(error.code).toBe('LEASE_LOST');
    expect(driver.events).toEqual([]);
  });
});

describe('outcomes that the workflow acts upon', () => {
  test('aborted: what is committed is told from what is not, and the offsets stay', async () => {
    const { log, driver, deps, lease, commitInput } = withTopic(bench());
    driver.onCommit = ({ table }) => (table === 'b' ? 'aborted' : 'committed');
    const output = await commitBatch(deps, commitInput(ranges, [load('a'), load('b'), load('c')]), lease);
    expect(output).toEqual({
      outcome: 'aborted',
      loads: [{ ...load('a'), state: 'COMMITTED' }, load('b'), { ...load('c'), state: 'COMMITTED' }],
      reason: expect.stringContaining('label_b'),
    });
    expect(log.groupWrites).toHaveLength(1);
  });

  test('in doubt: it says which label, and outweighs an abort', async () => {
    const { log, driver, deps, lease, commitInput } = withTopic(bench());
    driver.onCommit = ({ table }) => (table === 'a' ? 'aborted' : 'unknown');
    const output = await commitBatch(deps, commitInput(ranges, [load('a'), load('b')]), lease);
    expect(output).toMatchObject({ outcome: 'inDoubt', loads: [load('b')] });
    expect(output).toHaveProperty('message', expect.stringMatching(/label_b into db\.b.*resolve/));
    expect(log.groupWrites).toHaveLength(1);
  });

  test('committed but not visible in time is reported, not waited for', async () => {
    const { driver, deps, lease, commitInput } = withTopic(bench());
    driver.onLookup = () => 'COMMITTED';
    const output = await commitBatch(deps, commitInput(ranges, [load('a')]), lease);
    expect(output).toMatchObject({ outcome: 'committed', visible: false });
  });

  test('a look that fails does not undo a commit', async () => {
    const { driver, deps, lease, commitInput } = withTopic(bench());
    driver.onLookup = () => {
      throw new SluiceError('SINK_UNREACHABLE', 'gone', { retryable: true });
    };
    const output = await commitBatch(deps, commitInput(ranges, [load('a')]), lease);
    expect(output).toMatchObject({ outcome: 'committed', visible: false });
  });
});

describe('giving a batch up', () => {
  test('every load is aborted', async () => {
    const { driver, deps, lease, commitInput } = withTopic(bench());
    expect(await abortBatch(deps, commitInput(ranges, [load('a'), load('b')]), lease)).toEqual({ outcome: 'aborted' });
    expect(driver.events).toEqual(['abort a', 'abort b']);
  });

  test('rows that are in the database are told instead, and nothing is aborted', async () => {
    const { driver, deps, lease, commitInput } = withTopic(bench());
    const output = await abortBatch(deps, commitInput(ranges, [load('a'), load('b', 'COMMITTED')]), lease);
    expect(output).toEqual({ outcome: 'committed', loads: [load('b', 'COMMITTED')] });
    expect(driver.events).toEqual([]);
  });

  test('a load that turns out to be committed is told', async () => {
    const { driver, deps, lease, commitInput } = withTopic(bench());
    driver.onAbort = ({ table }) => (table === 'a' ? 'committed' : 'aborted');
    const output = await abortBatch(deps, commitInput(ranges, [load('a'), load('b')]), lease);
    expect(output).toEqual({ outcome: 'committed', loads: [{ ...load('a'), state: 'COMMITTED' }] });
  });
});

describe('on Doris', () => {
  let doris: TestDouble;
  beforeEach(async () => {
    doris = await startTestDouble();
    closing.push(() => doris.double.close());
  });

  /** A batch of two rows in topic t, prepared. */
  async function preparedBatch() {
    const made = bench({ fePort: doris.double.fePort });
    const { log, deps, lease, prepareInput } = made;
    log.createTopic('t');
    log.produce('t', 0, '{"id":1,"name":"a"}', '{"id":2,"name":"b"}');
    const both = [range('t', 0, 0, 2)];
    const output = await prepareBatch(deps, prepareInput(both), lease);
    if (output.outcome !== 'prepared') throw new Error(output.outcome);
    return { ...made, ranges: both, loads: output.loads };
  }

  const inTable = [
    ['1', 'a'],
    ['2', 'b'],
  ];

  test('an attempt that is repeated after everything was done says the same', async () => {
    const { deps, lease, commitInput, loads, ranges } = await preparedBatch();
    const first = await commitBatch(deps, commitInput(ranges, loads), lease);
    expect(await commitBatch(deps, commitInput(ranges, loads), lease)).toEqual(first);
    expect(first).toMatchObject({ outcome: 'committed', visible: true });
    expect(await doris.rows()).toEqual(inTable);
  });

  test('precommitted for too long: aborted, and prepared again under the same label', async () => {
    const { deps, lease, commitInput, prepareInput, loads, ranges } = await preparedBatch();
    const { settings } = doris.double.transactions;
    settings.precommitTimeoutMs = 0;
    doris.double.transactions.sweep();
    settings.precommitTimeoutMs = 3_600_000;
    const output = await commitBatch(deps, commitInput(ranges, loads), lease);
    expect(output).toMatchObject({ outcome: 'aborted', reason: expect.stringContaining(loads[0]?.label ?? '?') });
    const again = await prepareBatch(deps, prepareInput(ranges), lease);
    if (again.outcome !== 'prepared') throw new Error(again.outcome);
    expect(again.loads.map(({ label }) => label)).toEqual(loads.map(({ label }) => label));
    await commitBatch(deps, commitInput(ranges, again.loads), lease);
    expect(await doris.rows()).toEqual(inTable);
  });

  test('evicted by count: in doubt, whatever is in the table', async () => {
    const { log, deps, lease, commitInput, loads, ranges } = await preparedBatch();
    await commitBatch(deps, commitInput(ranges, loads), lease);
    // As if the attempt had ended before it could write down that the batch is done.
    await log.commitGroupOffsets(GROUP, log.groupWrites[0]?.offsets ?? []);
    evictAll();
    expect(await commitBatch(deps, commitInput(ranges, loads), lease)).toMatchObject({ outcome: 'inDoubt', loads });
  });

  test('evicted by count, and told by the group: done', async () => {
    const { deps, lease, commitInput, prepareInput, loads, ranges } = await preparedBatch();
    await commitBatch(deps, commitInput(ranges, loads), lease);
    evictAll();
    expect(await commitBatch(deps, commitInput(ranges, loads), lease)).toMatchObject({ outcome: 'committed' });
    // A workflow that was reset has nothing but the ranges: it loads them once more, and does not commit that.
    const again = await prepareBatch(deps, prepareInput(ranges), lease);
    if (again.outcome !== 'prepared') throw new Error(again.outcome);
    expect(await commitBatch(deps, commitInput(ranges, again.loads), lease)).toMatchObject({ outcome: 'committed' });
    expect(await doris.rows()).toEqual(inTable);
    expect(doris.double.transactions.list('db').map(({ state }) => state)).toEqual(['ABORTED']);
  });

  function evictAll(): void {
    doris.double.transactions.settings.labelKeepCount = 0;
    doris.double.transactions.sweep();
  }

  const reset = { kind: 'reset' } as const;
  test.each<[string, (log: Bench['log']) => void]>([
    [
      'before the database had committed',
      () => doris.double.faults.arm({ point: 'be.2pc', phase: 'before', effect: reset, operation: 'commit' }),
    ],
    [
      'after the database had committed',
      (log) => {
        log.onGroupWrite = () => {
          if (log.groupWrites.length === 1) throw new SluiceError('KAFKA_UNREACHABLE', 'gone', { retryable: true });
        };
      },
    ],
  ])('exactly-once survives the loss of all history %s: the group alone tells how to go on', async (_, breakIt) => {
    const { log, deps, lease, commitInput, prepareInput, loads, ranges } = await preparedBatch();
    breakIt(log);
    expect(await failureOf(commitBatch(deps, commitInput(ranges, loads), lease))).toMatchObject({ retryable: true });
    doris.double.faults.disarm();
    log.onGroupWrite = () => undefined;

    const found = readGroup(await log.groupOffsets(GROUP, ranges), Date.now());
    const [batch] = found?.batches ?? [];
    if (found === undefined || batch === undefined) throw new Error('the group tells nothing');
    const { identity } = found;
    const again = await prepareBatch(deps, prepareInput(batch.ranges, { ...batch, identity }), lease);
    if (again.outcome !== 'prepared') throw new Error(again.outcome);
    expect(again.loads.map(({ label }) => label)).toEqual(loads.map(({ label }) => label));
    await commitBatch(deps, commitInput(batch.ranges, again.loads, { identity }), lease);
    expect(await doris.rows()).toEqual(inTable);
    expect((await log.groupOffsets(GROUP, ranges)).map(({ offset }) => offset)).toEqual([2n]);
  });
});
