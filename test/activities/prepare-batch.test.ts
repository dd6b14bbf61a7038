import fc from 'fast-check';
import { MemoryBudget } from '../../activities/memory-budget.js';
import { shareOf } from '../../activities/memory-share.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import { SluiceError } from '../../connect/errors.js';
import { labelOf } from '../../connectors/label.js';
import type { PrepareBatchInput, PrepareBatchOutput } from '../../workflows/core/activities.js';
import type { Range } from '../../workflows/core/model.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { column, startTestDouble } from '../sandbox/doris/support/client.js';
import { type Bench, type BenchOptions, createBench, identity, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function bench(config: Readonly<Record<string, string>> = {}, options: BenchOptions = {}): Bench {
  const made = createBench({ config, ...options });
  closing.push(made.close);
  return made;
}

const row = (id: number, name = 'x') => `{"id":${id},"name":"${name}"}`;
const loadsOf = (output: PrepareBatchOutput) => {
  if (output.outcome !== 'prepared') throw new Error(output.outcome);
  return output.loads;
};

describe('what is sent', () => {
  test('exactly the ranges: the rows of each range in order, one range after the other', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t', 2);
    log.produce('t', 0, ...[0, 1, 2, 3, 4].map((id) => row(id)));
    log.produce('t', 1, ...[10, 11, 12].map((id) => row(id)));
    const ranges = [range('t', 0, 1, 4), range('t', 1, 0, 2)];
    const output = await prepareBatch(deps, prepareInput(ranges), lease);
    expect(driver.sent.map(({ lines }) => lines)).toEqual([[1, 2, 3, 10, 11].map((id) => row(id))]);
    expect(output).toMatchObject({ outcome: 'prepared', recordsRead: 5, loads: [{ state: 'PRECOMMITTED', rows: 5 }] });
  });

  test('the same bytes under the same label on every attempt, in whatever order the ranges are given', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t', 3);
    for (const partition of [0, 1, 2]) log.produce('t', partition, row(partition), row(partition + 10));
    const ranges = [0, 1, 2].map((partition) => range('t', partition, 0, 2));
    await prepareBatch(deps, prepareInput(ranges), lease);
    await prepareBatch(deps, prepareInput([...ranges].reverse(), { sequence: 9, task: 4 }), lease);
    const [first, second] = driver.sent;
    expect(second).toEqual(first);
    expect(first?.label).toBe(labelOf({ prefix: 'test', database: 'db', table: 't', ranges, identity }));
  });

  test('a wanted re-load has another label: it belongs to another epoch', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, row(1));
    await prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), lease);
    const reload = { identity: { ...identity, epoch: 2 } };
    await prepareBatch(deps, prepareInput([range('t', 0, 0, 1)], reload), lease);
    expect(new Set(driver.sent.map(({ label }) => label)).size).toBe(2);
  });

  test('one load per table: topics of two tables, and two topics of one table', async () => {
    const { log, driver, deps, lease, prepareInput } = bench({
      topics: 'a,b,c',
      'doris.topic2table.map': 'a:one,b:two,c:one',
    });
    for (const topic of ['a', 'b', 'c']) {
      log.createTopic(topic);
      log.produce(topic, 0, `{"from":"${topic}"}`);
    }
    const ranges = ['a', 'b', 'c'].map((topic) => range(topic, 0, 0, 1));
    const loads = loadsOf(await prepareBatch(deps, prepareInput(ranges), lease));
    expect(driver.sent.map(({ table, lines }) => [table, lines])).toEqual([
      ['one', ['{"from":"a"}', '{"from":"c"}']],
      ['two', ['{"from":"b"}']],
    ]);
    expect(new Set(loads.map(({ label }) => label)).size).toBe(2);
  });

  test('nothing for offsets without records and for tombstones: no load, but everything was read', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.leaveGap('t', 0, 3);
    log.produce('t', 0, null);
    log.leaveGap('t', 0, 1);
    const output = await prepareBatch(deps, prepareInput([range('t', 0, 0, 5)]), lease);
    expect(output).toEqual({ outcome: 'prepared', loads: [], recordsRead: 1 });
    expect(driver.sent).toEqual([]);
  });

  test('nothing to tables that an earlier commit has settled', async () => {
    const { log, driver, deps, lease, prepareInput } = bench({ topics: 'a,b' });
    for (const topic of ['a', 'b']) {
      log.createTopic(topic);
      log.produce(topic, 0, row(1));
    }
    const ranges = [range('a', 0, 0, 1), range('b', 0, 0, 1)];
    const [settled] = loadsOf(await prepareBatch(deps, prepareInput(ranges), lease));
    if (settled === undefined) throw new Error('no load');
    driver.sent.length = 0;
    const again = await prepareBatch(
      deps,
      prepareInput(ranges, { settled: [{ ...settled, state: 'COMMITTED' }] }),
      lease,
    );
    expect(driver.sent.map(({ table }) => table)).toEqual(['b']);
    expect(loadsOf(again)).toHaveLength(1);
  });

  test('offsets beyond 2^53 stay exact', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    const first = 2n ** 62n + 1n;
    log.createTopic('t', 1, first);
    log.produce('t', 0, row(1), row(2));
    await prepareBatch(deps, prepareInput([range('t', 0, first + 1n, first + 2n)]), lease);
    expect(driver.sent[0]?.lines).toEqual([row(2)]);
    expect(driver.sent[0]?.label).toContain(`__${first + 1n}__${first + 2n}__`);
  });
});

describe('batch.max.bytes', () => {
  const config = { 'batch.max.bytes': '1024' };
  const sized = (id: number, sizeBytes: number) => row(id, 'x'.repeat(sizeBytes));

  test('ranges that hold more are given back cut, and nothing is sent', async () => {
    const { log, driver, deps, lease, prepareInput } = bench(config);
    log.createTopic('t', 2);
    log.produce('t', 0, ...[0, 1, 2, 3].map((id) => sized(id, 400)));
    log.produce('t', 1, ...[0, 1].map((id) => sized(id, 400)));
    const output = await prepareBatch(deps, prepareInput([range('t', 0, 0, 4), range('t', 1, 0, 2)]), lease);
    expect(output).toEqual({ outcome: 'tooLarge', ranges: [range('t', 0, 0, 2), range('t', 1, 0, 1)] });
    expect(driver.sent).toEqual([]);
  });

  test('a range of which nothing fits is left for the next batch', async () => {
    const { log, deps, lease, prepareInput } = bench(config);
    log.createTopic('t', 2);
    log.produce('t', 0, sized(0, 2_000));
    log.produce('t', 1, sized(1, 10));
    const output = await prepareBatch(deps, prepareInput([range('t', 0, 0, 1), range('t', 1, 0, 1)]), lease);
    expect(output).toEqual({ outcome: 'tooLarge', ranges: [range('t', 0, 0, 1)] });
  });

  test('a single record that is larger is loaded by itself', async () => {
    const { log, driver, deps, lease, prepareInput } = bench(config);
    log.createTopic('t');
    log.produce('t', 0, sized(0, 10_000));
    expect(await prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), lease)).toMatchObject({ outcome: 'prepared' });
    expect(driver.sent[0]?.lines).toEqual([sized(0, 10_000)]);
  });

  test('mayCut=false: the ranges are loaded as they are', async () => {
    const { log, driver, deps, lease, prepareInput } = bench(config);
    log.createTopic('t');
    log.produce('t', 0, ...[0, 1, 2].map((id) => sized(id, 900)));
    const input = prepareInput([range('t', 0, 0, 3)], { mayCut: false });
    expect(await prepareBatch(deps, input, lease)).toMatchObject({ outcome: 'prepared' });
    expect(driver.sent[0]?.lines).toHaveLength(3);
  });

  test('however often ranges are cut, every record is loaded once, and cutting comes to an end', async () => {
    const item = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant('gap' as const), fc.constant(null));
    const partitions = fc.array(fc.array(item, { maxLength: 12 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(partitions, async (contents) => {
        const { log, driver, deps, lease, prepareInput, close } = createBench({ config });
        log.createTopic('t', contents.length);
        const expected: string[] = [];
        contents.forEach((items, partition) => {
          items.forEach((size, index) => {
            if (size === 'gap') {
              log.leaveGap('t', partition, 2);
              return;
            }
            const value = size === null ? null : sized(partition * 100 + index, size);
            if (value !== null) expected.push(value);
            log.produce('t', partition, value);
          });
        });
        const all = contents.map((_, partition) => ({ topic: 't', partition }));
        const ends = await log.ends(all);
        let left: Range[] = all.map(({ partition }) => range('t', partition, 0, ends[partition] ?? 0n));
        for (left = notEmpty(left); left.length > 0; left = notEmpty(left)) {
          const done = await prepareWithCuts(deps, left, prepareInput, lease);
          left = left.map((rest) => {
            const part = done.find(({ partition }) => partition === rest.partition);
            return part === undefined ? rest : { ...rest, start: part.end };
          });
        }
        await close();
        const sent = driver.sent.flatMap(({ lines }) => lines);
        expect([...sent].sort()).toEqual([...expected].sort());
        for (const { lines } of driver.sent) {
          const allButLast = lines.slice(0, -1).reduce((sum, line) => sum + line.length + 1, 0);
          expect(allButLast).toBeLessThanOrEqual(1_024 + 3_100);
        }
      }),
      { numRuns: 60 },
    );
  });

  const notEmpty = (ranges: readonly Range[]) => ranges.filter(({ start, end }) => start !== end);

  /** Prepares what can be prepared of the ranges and tells what that was. */
  async function prepareWithCuts(
    deps: Bench['deps'],
    ranges: readonly Range[],
    prepareInput: Bench['prepareInput'],
    lease: Bench['lease'],
  ): Promise<readonly Range[]> {
    let current = ranges;
    for (let turn = 0; turn < 3; turn++) {
      const output = await prepareBatch(deps, prepareInput(current), lease);
      if (output.outcome === 'prepared') return current;
      if (output.outcome !== 'tooLarge') throw new Error(output.outcome);
      expect(output.ranges.length).toBeGreaterThan(0);
      current = output.ranges;
    }
    throw new Error('cutting does not come to an end');
  }
});

describe('a batch that only the consumer group tells of', () => {
  test('whose label the database no longer knows is in doubt: nothing is guessed', async () => {
    const { log, driver, deps, lease, prepareInput } = bench({ topics: 'a,b' });
    for (const topic of ['a', 'b']) {
      log.createTopic(topic);
      log.produce(topic, 0, row(1));
    }
    driver.onPrepare = ({ table }) => (table === 'a' ? 'COMMITTED' : 'unknown');
    const ranges = [range('a', 0, 0, 1), range('b', 0, 0, 1)];
    const output = await prepareBatch(deps, prepareInput(ranges, { recovered: true }), lease);
    expect(driver.sent.every(({ mustExist }) => mustExist)).toBe(true);
    expect(output).toMatchObject({
      outcome: 'inDoubt',
      loads: [
        { table: 'a', state: 'COMMITTED' },
        { table: 'b', state: 'PRECOMMITTED', rows: 1 },
      ],
    });
    expect(output).toHaveProperty('message', expect.stringContaining(driver.sent[1]?.label ?? '?'));
    expect(output).toHaveProperty('message', expect.stringContaining('db.b'));
  });

  test('any other batch may be loaded under a label that is not known', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, row(1));
    await prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), lease);
    expect(driver.sent[0]?.mustExist).toBe(false);
  });
});

describe('what stops a batch', () => {
  test('a lost lease: a zombie attempt sends nothing', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, row(1));
    const lost = new SluiceError('LEASE_LOST', 'This attempt stood still.', { retryable: true });
    const check = () => {
      throw lost;
    };
    await expect(prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), { ...lease, check })).rejects.toBe(lost);
    expect(driver.sent).toEqual([]);
  });

  test('a topic that was created again: its offsets mean other records', async () => {
    const { log, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, row(1));
    const input = prepareInput([range('t', 0, 0, 1)]);
    log.createTopic('t');
    log.produce('t', 0, row(2));
    expect(await failureOf(prepareBatch(deps, input, lease))).toMatchObject({ code: 'KAFKA_TOPIC_RECREATED' });
  });

  test('a tombstone with behavior.on.null.values=fail, named by its offset', async () => {
    const { log, driver, deps, lease, prepareInput } = bench({ 'behavior.on.null.values': 'fail' });
    log.createTopic('t', 2);
    log.produce('t', 1, row(1), null);
    expect(await failureOf(prepareBatch(deps, prepareInput([range('t', 1, 0, 2)]), lease))).toMatchObject({
      code: 'RECORD_NULL',
      retryable: false,
      context: { topic: 't', partition: 1, offset: '1' },
    });
    expect(driver.sent).toEqual([]);
  });

  test('an error of the driver passes through as it is', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, row(1));
    const busy = new SluiceError('SINK_TOO_MANY_VERSIONS', 'Doris: E-235', { retryable: true, retryDelayMs: 5_000 });
    driver.onPrepare = () => {
      throw busy;
    };
    await expect(prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), lease)).rejects.toBe(busy);
  });

  test('memory is given back, whether a batch succeeds or fails', async () => {
    const { log, driver, deps, lease, prepareInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, row(1));
    let usedBytes = 0;
    driver.onPrepare = () => {
      usedBytes = deps.memory.usedBytes;
      throw new SluiceError('SINK_UNREACHABLE', 'gone', { retryable: true });
    };
    await failureOf(prepareBatch(deps, prepareInput([range('t', 0, 0, 1)], { bytesPerRecord: 500 }), lease));
    const limits = { budgetBytes: deps.memory.limitBytes, pooledBytes: deps.chunks.chunkSizeBytes };
    expect(usedBytes).toBe(shareOf(500, 1, limits).totalBytes);
    expect(deps.memory.usedBytes).toBe(0);
  });
});

describe('records that take more memory than was thought', () => {
  const KIB = 1 << 10;

  /** Ten records of 8 KiB where those before had 1 KiB each. */
  function large(budgetBytes: number) {
    const made = bench();
    made.log.createTopic('t');
    made.log.produce('t', 0, ...Array.from({ length: 10 }, (_, id) => row(id, 'x'.repeat(8 * KIB))));
    const memory = new MemoryBudget(budgetBytes);
    let mostBytes = 0;
    made.driver.onPrepare = () => {
      mostBytes = Math.max(mostBytes, memory.usedBytes);
      return 'PRECOMMITTED';
    };
    const prepare = (end: number, more: Partial<PrepareBatchInput> = {}) =>
      prepareBatch(
        { ...made.deps, memory },
        made.prepareInput([range('t', 0, 0, end)], { bytesPerRecord: KIB, ...more }),
        made.lease,
      );
    return { ...made, memory, prepare, mostBytes: () => mostBytes };
  }

  test('wait for more of it, and are loaded once, whole', async () => {
    const { driver, memory, prepare, mostBytes } = large(1_024 * KIB);
    expect(await prepare(10)).toMatchObject({ outcome: 'prepared', recordsRead: 10, loads: [{ rows: 10 }] });
    expect(driver.sent).toHaveLength(1);
    expect(mostBytes()).toBeGreaterThanOrEqual(80 * KIB);
    expect(memory.usedBytes).toBe(0);
  });

  test('do not wait for each other', async () => {
    const { driver, memory, prepare } = large(256 * KIB);
    const outputs = await Promise.all(Array.from({ length: 8 }, (_, task) => prepare(10, { task })));
    expect(outputs.map(({ outcome }) => outcome)).toEqual(outputs.map(() => 'prepared'));
    expect(driver.sent).toHaveLength(8);
    expect(memory.usedBytes).toBe(0);
  });

  test('are cut where the whole budget ends; what is left of them fits', async () => {
    const { driver, prepare } = large(64 * KIB);
    const output = await prepare(10);
    if (output.outcome !== 'tooLarge') throw new Error(output.outcome);
    expect(driver.sent).toEqual([]);
    const end = Number(output.ranges[0]?.end);
    expect(end).toBeGreaterThan(2);
    expect(end).toBeLessThan(10);
    expect(await prepare(end)).toMatchObject({ outcome: 'prepared', recordsRead: end });
  });

  test('go beyond the budget, alone, where they cannot be cut', async () => {
    const { prepare, mostBytes } = large(64 * KIB);
    expect(await prepare(10, { mayCut: false })).toMatchObject({ outcome: 'prepared', recordsRead: 10 });
    expect(mostBytes()).toBe(64 * KIB);
    const one = large(4 * KIB);
    expect(await one.prepare(1)).toMatchObject({ outcome: 'prepared', recordsRead: 1 });
  });
});

describe('on Doris', () => {
  test('two topics become two tables, and a repeated attempt adds nothing', async () => {
    const { double, rows } = await startTestDouble();
    closing.push(() => double.close());
    await double.engine.createTable({
      database: 'db',
      name: 'u',
      model: 'DUPLICATE',
      keys: ['id'],
      columns: [column('id', { base: 'BIGINT' }, { key: true })],
      distribution: 'HASH(`id`) BUCKETS 1',
      properties: {},
      comment: '',
    });
    const { log, sink, deps, lease, prepareInput } = bench({ topics: 't,u' }, { fePort: double.fePort });
    log.createTopic('t', 2);
    log.createTopic('u');
    log.produce('t', 0, row(1, 'a'));
    log.produce('t', 1, row(2, 'b'));
    log.produce('u', 0, '{"id":3}');
    const ranges = [range('t', 0, 0, 1), range('t', 1, 0, 1), range('u', 0, 0, 1)];
    await prepareBatch(deps, prepareInput(ranges), lease);
    const loads = loadsOf(await prepareBatch(deps, prepareInput(ranges), lease));
    for (const load of loads) expect(await sink.driver.commit(load, lease.signal)).toBe('committed');
    const again = loadsOf(await prepareBatch(deps, prepareInput(ranges), lease));
    expect(again.map(({ table, state }) => [table, state])).toEqual([
      ['t', 'COMMITTED'],
      ['u', 'COMMITTED'],
    ]);
    for (const { label } of loads) {
      while ((await sink.driver.lookup('db', label, lease.signal)) !== 'VISIBLE');
    }
    expect(await rows('SELECT * FROM db.t ORDER BY ALL')).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
    expect(await rows('SELECT * FROM db.u')).toEqual([['3']]);
  });
});

test('without two-phase commit the intent is in the group before the load is sent', async () => {
  const { log, driver, deps, lease, prepareInput } = bench();
  driver.twoPhase = false;
  log.createTopic('t');
  log.produce('t', 0, row(1));
  let told: string | undefined;
  driver.onPrepare = () => {
    told = log.groupWrites.at(-1)?.offsets[0]?.metadata;
    return 'COMMITTED';
  };
  await prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), lease);
  expect(JSON.parse(told ?? '{}')).toMatchObject({ sluice: 1, id: identity.id, end: '1' });
});
