/** Bad records on their way to the dead letter queue: what is kept of them, and that they are there once. */
import { abortBatch, commitBatch } from '../../activities/commit-batch.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import type { PrepareBatchInput, PrepareBatchOutput } from '../../workflows/core/activities.js';
import { readOffsets } from '../../workflows/core/offset-list.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { type Bench, createBench, GROUP, identity, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const TOLERANT = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' };

function bench(config: Readonly<Record<string, string>> = TOLERANT, partitions = 1): Bench {
  const made = createBench({ config });
  made.log.createTopic('t', partitions);
  closing.push(made.close);
  return made;
}

const row = (id: number, name = 'x') => `{"id":${id},"name":"${name}"}`;

/** As a lane does: what is refused is noted, then it is prepared again. */
async function prepared({ deps, lease }: Bench, input: PrepareBatchInput) {
  let now = input;
  const outcomes: PrepareBatchOutput['outcome'][] = [];
  for (;;) {
    const output = await prepareBatch(deps, now, lease);
    outcomes.push(output.outcome);
    if (output.outcome === 'rejected') {
      const refused = [...(now.refused ?? []), output.refused];
      const settled = [...(now.settled ?? []), ...output.settled];
      now = { ...now, excluded: output.excluded, refused, ...(settled.length === 0 ? {} : { settled }) };
    } else if (output.outcome === 'tooLarge') {
      const refused = [...(now.refused ?? []), ...(output.refused === undefined ? [] : [output.refused])];
      now = { ...now, ranges: output.ranges, refused };
    } else if (output.outcome === 'prepared') return { output, outcomes, input: now };
    else throw new Error(output.outcome);
  }
}

describe('records that no converter takes', () => {
  test('the rows of the others are loaded; key, value and reason go to the queue before anything is committed', async () => {
    const made = bench({
      ...TOLERANT,
      'errors.deadletterqueue.context.headers.enable': 'true',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    });
    made.log.produce('t', 0, row(1), 'no JSON', row(3));
    const { output } = await prepared(made, made.prepareInput([range('t', 0, 0, 3)]));
    expect(made.driver.sent.map(({ lines }) => lines)).toEqual([[row(1), row(3)]]);
    expect(output).toMatchObject({ recordsRead: 3, bad: { deadLetters: 1, skipped: 0 } });
    expect(made.deadLetters.values).toEqual(['no JSON']);
    const headers = made.deadLetters.letters[0]?.headers.map(({ key, value }) => [key, value?.toString()]);
    expect(headers).toEqual([
      ['__connect.errors.topic', 't'],
      ['__connect.errors.partition', '0'],
      ['__connect.errors.offset', '1'],
      ['__connect.errors.connector.name', 'test'],
      ['__connect.errors.task.id', '0'],
      ['__connect.errors.stage', 'VALUE_CONVERTER'],
      ['__connect.errors.class.name', 'org.apache.kafka.connect.json.JsonConverter'],
      ['__connect.errors.exception.class.name', 'org.apache.kafka.connect.errors.DataException'],
      ['__connect.errors.exception.message', expect.stringMatching(/JSON/)],
      ['__connect.errors.exception.stacktrace', expect.stringMatching(/^org.apache.kafka.*DataException: .*JSON/)],
    ]);
  });

  test('one attempt after the other, a batch with other boundaries, another life: each of them is there once', async () => {
    const made = bench();
    made.log.produce('t', 0, row(0), 'bad 1', row(2), 'bad 3', row(4), 'bad 5');
    const whole = made.prepareInput([range('t', 0, 0, 5)]);
    await prepared(made, whole);
    await prepared(made, whole);
    await prepared(made, made.prepareInput([range('t', 0, 0, 2)]));
    await prepared(made, made.prepareInput([range('t', 0, 2, 6)], { identity: { ...identity, epoch: 2 } }));
    expect(made.deadLetters.values).toEqual(['bad 1', 'bad 3', 'bad 5']);
  });

  test('a transaction that fails leaves none of them; the next attempt brings all', async () => {
    const made = bench();
    made.log.produce('t', 0, 'bad 0', row(1), 'bad 2');
    made.deadLetters.onCommit = () => {
      throw new Error('the broker is gone');
    };
    const input = made.prepareInput([range('t', 0, 0, 3)]);
    await expect(prepareBatch(made.deps, input, made.lease)).rejects.toThrow('the broker is gone');
    expect(made.deadLetters.values).toEqual([]);
    made.deadLetters.onCommit = () => undefined;
    await prepared(made, input);
    expect(made.deadLetters.values).toEqual(['bad 0', 'bad 2']);
  });

  test('another connector of the same name begins anew', async () => {
    const made = bench();
    made.log.produce('t', 0, 'bad 0');
    await prepared(made, made.prepareInput([range('t', 0, 0, 1)]));
    await prepared(made, made.prepareInput([range('t', 0, 0, 1)], { identity: { id: 'another', epoch: 0 } }));
    expect(made.deadLetters.values).toEqual(['bad 0', 'bad 0']);
  });

  test('a partition that is read again on purpose brings its letters again; the others do not', async () => {
    const made = bench(TOLERANT, 2);
    made.log.produce('t', 0, 'bad 0');
    made.log.produce('t', 1, 'bad 1');
    const ranges = [range('t', 0, 0, 1), range('t', 1, 0, 1)];
    await prepared(made, made.prepareInput(ranges));
    const moved = made.commitInput([range('t', 0, 0, 0), range('t', 1, 0, 0)], [], {
      moved: [{ topic: 't', partition: 0 }],
    });
    await commitBatch(made.deps, moved, made.lease);
    await prepared(made, made.prepareInput(ranges, { identity: { ...identity, epoch: 2 } }));
    expect(made.deadLetters.values).toEqual(['bad 0', 'bad 1', 'bad 0']);
  });

  test('without a dead letter queue they are left out, and counted', async () => {
    const made = bench({ 'errors.tolerance': 'all' });
    made.log.produce('t', 0, 'bad', row(1));
    const { output } = await prepared(made, made.prepareInput([range('t', 0, 0, 2)]));
    expect(output).toMatchObject({ bad: { deadLetters: 0, skipped: 1 }, loads: [{ rows: 1 }] });
  });

  test('nothing but bad records: no load, and all of them in the queue', async () => {
    const made = bench();
    made.log.produce('t', 0, 'bad 0', 'bad 1');
    const { output } = await prepared(made, made.prepareInput([range('t', 0, 0, 2)]));
    expect(output).toMatchObject({ loads: [], recordsRead: 2, bad: { deadLetters: 2 } });
    expect(made.deadLetters.values).toEqual(['bad 0', 'bad 1']);
  });

  test('they count as bytes of the batch: too many of them, and it is cut', async () => {
    const made = bench({ ...TOLERANT, 'batch.max.bytes': '2048' });
    made.log.produce('t', 0, ...Array.from({ length: 20 }, (_, id) => `bad ${id} ${'.'.repeat(200)}`));
    const output = await prepareBatch(made.deps, made.prepareInput([range('t', 0, 0, 20)]), made.lease);
    expect(output).toMatchObject({ outcome: 'tooLarge', ranges: [{ start: '0' }] });
    expect(made.deadLetters.values).toEqual([]);
  });

  test('with errors.tolerance=none the first of them stops the task, with its place', async () => {
    const made = bench({});
    made.log.produce('t', 0, row(0), 'bad');
    const error = await failureOf(prepareBatch(made.deps, made.prepareInput([range('t', 0, 0, 2)]), made.lease));
    expect(error).toMatchObject({ code: 'RECORD_INVALID', context: { topic: 't', partition: 0, offset: '1' } });
  });

  test('where records name their tables, a batch with bad ones can be given up', async () => {
    const made = bench({ ...TOLERANT, 'record.tablename.field': 'name' });
    made.log.produce('t', 0, row(0, 'one'), 'bad', row(2, 'two'));
    made.driver.onAbort = () => 'unknown';
    const input = made.commitInput([range('t', 0, 0, 3)], []);
    expect(await abortBatch(made.deps, input, made.lease)).toEqual({ outcome: 'aborted' });
    expect(made.driver.events).toEqual(['abort t', 'abort one', 'abort two']);
  });
});

describe('rows that the database refuses', () => {
  const bad = (line: string) => line.includes('bad');
  const excludedOf = (input: PrepareBatchInput) =>
    (input.excluded ?? []).map(({ partition, offsets }) => {
      const start = input.ranges.find((other) => other.partition === partition)?.start ?? '0';
      return [partition, ...readOffsets(BigInt(start), offsets)];
    });

  test('are found, written down, and left out under another label; the rest is loaded once', async () => {
    const made = bench(TOLERANT, 2);
    made.driver.refuses = bad;
    made.log.produce('t', 0, row(0), row(1, 'bad'), row(2), row(3));
    made.log.produce('t', 1, row(10), row(11), row(12, 'bad'));
    const { output, outcomes, input } = await prepared(
      made,
      made.prepareInput([range('t', 0, 0, 4), range('t', 1, 1, 3)]),
    );
    expect(outcomes).toEqual(['rejected', 'prepared']);
    expect(excludedOf(input)).toEqual([
      [0, 1n],
      [1, 2n],
    ]);
    expect(output.loads).toMatchObject([{ rows: 4 }]);
    const [first, last] = [made.driver.sent[0], made.driver.sent.at(-1)];
    expect(last?.lines).toEqual([row(0), row(2), row(3), row(11)]);
    expect(last?.label).not.toBe(first?.label);
    expect(made.deadLetters.values).toEqual([row(1, 'bad'), row(12, 'bad')]);
    const trials = made.driver.sent.slice(1, -1);
    expect(trials.every(({ label }) => /__try\d+$/.test(label))).toBe(true);
    expect(made.driver.events.filter((event) => event === 'abort t')).toHaveLength(
      trials.filter(({ lines }) => !lines.some(bad)).length,
    );
  });

  test('the same rows are left out on every attempt, under the same label', async () => {
    const made = bench();
    made.driver.refuses = bad;
    made.log.produce('t', 0, row(0), row(1, 'bad'), row(2));
    const { input } = await prepared(made, made.prepareInput([range('t', 0, 0, 3)]));
    const before = made.driver.sent.at(-1);
    await prepared(made, input);
    expect(made.driver.sent.at(-1)).toEqual(before);
    expect(made.deadLetters.values).toEqual([row(1, 'bad')]);
  });

  test('the reason is that of the database', async () => {
    const made = bench({ ...TOLERANT, 'errors.deadletterqueue.context.headers.enable': 'true' });
    made.driver.refuses = bad;
    made.driver.errorLog = (lines) => lines.map((line) => `Reason: name is too long. src line [${line}]; `).join('\n');
    made.log.produce('t', 0, row(0), row(1, 'bad'), row(2));
    await prepared(made, made.prepareInput([range('t', 0, 0, 3)]));
    const headers = made.deadLetters.letters[0]?.headers ?? [];
    const told = Object.fromEntries(headers.map(({ key, value }) => [key.slice(17), value?.toString()]));
    expect(told).toMatchObject({
      stage: 'TASK_PUT',
      'class.name': 'org.apache.kafka.connect.sink.SinkTask',
      'exception.message': 'name is too long',
    });
    expect(made.driver.sent).toHaveLength(2);
  });

  test('refused only after the letters of its batch, and of the next one, are in the queue: it comes there, too', async () => {
    const made = bench();
    made.log.produce('t', 0, 'no JSON', row(1, 'worse'), row(2), 'no JSON', row(4));
    const first = made.prepareInput([range('t', 0, 0, 3)]);
    await prepared(made, first);
    await prepared(made, made.prepareInput([range('t', 0, 3, 5)], { sequence: 2 }));
    // The transaction of the first batch has gone, and the table was changed.
    made.driver.refuses = (line) => line.includes('worse');
    const { input } = await prepared(made, first);
    await prepared(made, input);
    expect(made.deadLetters.values).toEqual(['no JSON', 'no JSON', row(1, 'worse')]);
  });

  test('other tables of the batch keep their labels and their rows', async () => {
    const made = bench({ ...TOLERANT, 'record.tablename.field': 'table' });
    made.driver.refuses = bad;
    const named = (id: number, table: string, name = 'x') => `{"id":${id},"name":"${name}","table":"${table}"}`;
    made.log.produce('t', 0, named(0, 'a'), named(1, 'b', 'bad'), named(2, 'b'), named(3, 'a'));
    await prepared(made, made.prepareInput([range('t', 0, 0, 4)]));
    const labels = (table: string) =>
      new Set(
        made.driver.sent
          .filter((load) => load.table === table && !load.label.includes('__try'))
          .map(({ label }) => label),
      );
    expect(labels('a').size).toBe(1);
    expect(labels('b').size).toBe(2);
    expect(made.driver.sent.at(-1)?.lines).toEqual([named(2, 'b')]);
  });

  test('without a second phase and without a quote, smaller batches find them', async () => {
    const made = bench();
    made.driver.twoPhase = false;
    made.driver.refuses = bad;
    made.driver.tellsCounts = false;
    made.driver.onPrepare = () => 'COMMITTED';
    made.log.produce('t', 0, row(0, 'bad'), row(1), row(2), row(3));
    const { outcomes, input, output } = await prepared(made, made.prepareInput([range('t', 0, 0, 4)]));
    expect(outcomes).toEqual(['tooLarge', 'tooLarge', 'rejected', 'prepared']);
    expect(input.ranges).toEqual([range('t', 0, 0, 1)]);
    expect(output.loads).toEqual([]);
    expect(made.driver.sent.some(({ label }) => label.includes('__try'))).toBe(false);
    expect(made.deadLetters.values).toEqual([row(0, 'bad')]);
  });

  test('a batch that is being committed tells the group what it leaves out: by it alone it is found again', async () => {
    const made = bench();
    made.driver.refuses = bad;
    made.log.produce('t', 0, row(0), row(1, 'bad'), row(2));
    const { input, output } = await prepared(made, made.prepareInput([range('t', 0, 0, 3)]));
    const { excluded = [], refused = [] } = input;
    const commit = made.commitInput(input.ranges, output.loads, { excluded, refused });
    made.driver.onCommit = () => 'aborted';
    await commitBatch(made.deps, commit, made.lease);
    const [told] = made.log.groupWrites.at(-1)?.offsets ?? [];
    expect(JSON.parse(told?.metadata ?? '')).toMatchObject({ end: '3', out: [['db', 't', '1']] });
    expect(made.log.groupWrites.at(-1)?.group).toBe(GROUP);
    const label = made.driver.sent.at(-1)?.label;
    const recovered = { excluded: excluded.map((entry) => ({ ...entry, reasons: [] })), recovered: true };
    await prepared(made, made.prepareInput(input.ranges, recovered));
    expect(made.driver.sent.at(-1)).toMatchObject({ label, mustExist: true });
    expect(made.deadLetters.values).toEqual([row(1, 'bad')]);
  });
});
