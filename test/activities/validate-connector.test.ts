import { doneOffsets, intentOffsets, readGroup } from '../../activities/group-record.js';
import { validateConnector } from '../../activities/validate-connector.js';
import type { Clock } from '../../connect/clock.js';
import type { Checkpoint } from '../../workflows/core/model.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { startTestDouble } from '../sandbox/doris/support/client.js';
import { type Bench, type BenchOptions, createBench, GROUP, identity, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const { signal } = new AbortController();

function bench(config: Readonly<Record<string, string>> = {}, options: BenchOptions = {}): Bench {
  const made = createBench({ config, ...options });
  closing.push(made.close);
  return made;
}

/** Topic t with two partitions that hold the records 5 to 8. */
function withRecords(made: Bench): Bench {
  made.log.createTopic('t', 2, 5n);
  for (const partition of [0, 1]) made.log.produce('t', partition, '{}', '{}', '{}');
  return made;
}

async function startOf({ deps, connector }: Bench, reset?: readonly { topic: string; partition: number }[]) {
  const input = { connector, ...(reset === undefined ? {} : { reset }) };
  const { partitions } = await validateConnector(deps, input, signal);
  return partitions.map(({ offset }) => offset);
}

describe('where a connector begins', () => {
  test.each([
    ['earliest', ['5', '5']],
    ['latest', ['8', '8']],
  ])('auto.offset.reset=%s without a group', async (policy, offsets) => {
    expect(await startOf(withRecords(bench({ 'auto.offset.reset': policy })))).toEqual(offsets);
  });

  test('auto.offset.reset=none without a group is an error that names the partition', async () => {
    const { deps, connector } = withRecords(bench({ 'auto.offset.reset': 'none' }));
    expect(await failureOf(validateConnector(deps, { connector }, signal))).toMatchObject({
      code: 'KAFKA_OFFSET_OUT_OF_RANGE',
      retryable: false,
      message: expect.stringContaining('t[0]'),
      context: { topic: 't', partition: 0, key: 'auto.offset.reset' },
    });
  });

  test.each(['earliest', 'latest', 'none'])(
    'the offsets of the group win over auto.offset.reset=%s',
    async (policy) => {
      const made = withRecords(bench({ 'auto.offset.reset': policy }));
      const both = [0, 1].map((partition) => ({ topic: 't', partition, offset: 6n + BigInt(partition), metadata: '' }));
      await made.log.commitGroupOffsets(GROUP, both);
      expect(await startOf(made)).toEqual(['6', '7']);
    },
  );

  test('a reset partition begins as auto.offset.reset says, whatever the group has', async () => {
    const made = withRecords(bench());
    const both = [0, 1].map((partition) => ({ topic: 't', partition, offset: 7n, metadata: '' }));
    await made.log.commitGroupOffsets(GROUP, both);
    expect(await startOf(made, [{ topic: 't', partition: 1 }])).toEqual(['7', '5']);
  });

  test('partitions come in order, with the id of their topic', async () => {
    const { log, deps, connector } = bench({ topics: 'u,t' });
    const ids = { u: log.createTopic('u', 2), t: log.createTopic('t') };
    const { partitions, settings } = await validateConnector(deps, { connector }, signal);
    expect(partitions).toEqual([
      { topic: 't', topicId: ids.t, partition: 0, offset: '0' },
      { topic: 'u', topicId: ids.u, partition: 0, offset: '0' },
      { topic: 'u', topicId: ids.u, partition: 1, offset: '0' },
    ]);
    expect(settings.topics).toEqual(['t', 'u']);
  });
});

describe('what an earlier life has left', () => {
  const checkpoint: Checkpoint = {
    identity,
    generation: 3,
    desired: 'STOPPED',
    settings: {
      connectorClass: 'DorisSink',
      kind: 'sink',
      labelPrefix: 'test',
      tasksMax: 1,
      pipelineDepth: 2,
      retryIntervalMs: 1,
      guarantee: 'exactly_once',
      guaranteeReason: 'two-phase commit',
      warnings: [],
      topics: ['t'],
    },
    topicIds: {},
    tasks: [],
    totals: {
      batches: 0,
      recordsRead: 0,
      rowsLoaded: 0,
      rowsFiltered: 0,
      sizeBytes: 0,
      stalls: 0,
      schemaChanges: 0,
      deadLetters: 0,
      skipped: 0,
    },
    ledger: [],
    createdAtMs: 1,
  };

  test('the checkpoint of the previous run comes along, beside what the group tells', async () => {
    const { log, deps, connector } = withRecords(bench());
    await log.commitGroupOffsets(GROUP, doneOffsets({ identity, ranges: [range('t', 0, 5, 6)] }));
    const asked: string[] = [];
    const previousCheckpoint = async (name: string, runId: string) => {
      asked.push(`${name} ${runId}`);
      return checkpoint;
    };
    const output = await validateConnector(
      { ...deps, previousCheckpoint },
      { connector, previousRunId: 'run-1' },
      signal,
    );
    expect(output.checkpoint).toEqual(checkpoint);
    expect(output.recovered).toEqual({ identity, batches: [], positions: [{ topic: 't', partition: 0, offset: '6' }] });
    expect(asked).toEqual(['test run-1']);
  });

  test('without a previous run nobody is asked for a checkpoint', async () => {
    const { deps, connector } = withRecords(bench());
    const previousCheckpoint = () => Promise.reject(new Error('asked'));
    const output = await validateConnector({ ...deps, previousCheckpoint }, { connector }, signal);
    expect(output).not.toHaveProperty('checkpoint');
    expect(output).not.toHaveProperty('recovered');
  });

  test('a checkpoint that can no longer be had leaves the group', async () => {
    const { deps, connector } = withRecords(bench());
    const output = await validateConnector(deps, { connector, previousRunId: 'run-1' }, signal);
    expect(output).not.toHaveProperty('checkpoint');
  });

  test('a batch whose commit had been begun is recovered from the group alone', async () => {
    const { log, deps, connector } = withRecords(bench());
    const ranges = [range('t', 0, 5, 8), range('t', 1, 5, 7)];
    await log.commitGroupOffsets(GROUP, intentOffsets({ identity, sequence: 4, labelPrefix: 'old', ranges }));
    const output = await validateConnector(deps, { connector }, signal);
    expect(output.partitions.map(({ offset }) => offset)).toEqual(['5', '5']);
    expect(output.recovered).toMatchObject({
      identity,
      batches: [{ sequence: 4, epoch: 1, labelPrefix: 'old', ranges, recovered: true }],
    });
  });
});

describe('the group becomes the connector’s own', () => {
  const begins = { id: 'new', epoch: 0 };
  /** Time passes at once; `onSleep` is what happens meanwhile. */
  const clockWith = (onSleep: () => Promise<void> = async () => undefined): Clock => ({
    nowMs: () => 0,
    sleep: onSleep,
  });

  test('where it begins is written down, so that a start at the end is not forgotten', async () => {
    const { log, deps, connector } = withRecords(bench({ 'auto.offset.reset': 'latest' }));
    const { partitions } = await validateConnector(deps, { connector, begins }, signal);
    expect(partitions.map(({ offset }) => offset)).toEqual(['8', '8']);
    for (const partition of [0, 1]) log.produce('t', partition, '{}');
    const again = await validateConnector({ ...deps, clock: clockWith() }, { connector, begins }, signal);
    expect(again.partitions.map(({ offset }) => offset)).toEqual(['8', '8']);
    expect(again.recovered?.identity).toEqual({ id: 'new', epoch: 1 });
  });

  test('how far the log reaches is told with it, so that the first batch waits for no look of its own', async () => {
    const { deps, connector } = withRecords(bench());
    const { partitions } = await validateConnector(deps, { connector, begins }, signal);
    expect(partitions[0]).toMatchObject({ offset: '5', end: '8', leaderEpoch: 0 });
    const { partitions: later } = await validateConnector(deps, { connector }, signal);
    expect(later[0]).not.toHaveProperty('end');
  });

  test('nothing is told of a partition whose records were deleted unread: the first look fails over them', async () => {
    const { log, deps, connector } = withRecords(bench());
    const both = [0, 1].map((partition) => ({ topic: 't', partition, offset: 5n, metadata: '' }));
    await log.commitGroupOffsets(GROUP, both);
    log.deleteBefore('t', 0, 7n);
    const { partitions } = await validateConnector(deps, { connector, begins }, signal);
    expect(partitions[0]).not.toHaveProperty('end');
    expect(partitions[1]).toMatchObject({ offset: '5', end: '8' });
  });

  test('a partition that a topic has grown since begins at its start, also with latest', async () => {
    const { log, deps, connector } = withRecords(bench({ 'auto.offset.reset': 'latest' }));
    await validateConnector(deps, { connector, begins }, signal);
    log.addPartitions('t', 1);
    log.produce('t', 2, '{}');
    const { partitions } = await validateConnector(deps, { connector }, signal);
    expect(partitions.map(({ offset }) => offset)).toEqual(['8', '8', '0']);
  });

  test('a commit that is under way elsewhere stays told, under the epoch that its labels hold', async () => {
    const { log, deps, connector } = withRecords(bench());
    const ranges = [range('t', 0, 5, 8)];
    await log.commitGroupOffsets(GROUP, intentOffsets({ identity, sequence: 4, labelPrefix: 'old', ranges }));
    const output = await validateConnector({ ...deps, clock: clockWith() }, { connector, begins }, signal);
    expect(output.recovered).toMatchObject({ identity: { ...identity, epoch: 2 }, batches: [{ epoch: 1, ranges }] });
    const after = readGroup(await log.groupOffsets(GROUP, output.partitions), 0);
    expect(after).toMatchObject({ identity: { ...identity, epoch: 2 }, batches: [{ epoch: 1, ranges }] });
  });

  test('an offset that another one commits meanwhile is taken up, and claimed', async () => {
    const { log, deps, connector } = withRecords(bench());
    const done = (end: number) => doneOffsets({ identity, ranges: [range('t', 0, 5, end), range('t', 1, 5, end)] });
    await log.commitGroupOffsets(GROUP, done(6));
    let isFirst = true;
    const clock = clockWith(async () => {
      if (isFirst) await log.commitGroupOffsets(GROUP, done(7));
      isFirst = false;
    });
    const output = await validateConnector({ ...deps, clock }, { connector, begins }, signal);
    expect(output.partitions.map(({ offset }) => offset)).toEqual(['7', '7']);
    expect(output.recovered?.identity).toEqual({ ...identity, epoch: 2 });
  });

  test('one that never stops is not raced', async () => {
    const { log, deps, connector } = withRecords(bench());
    const busy = () => log.commitGroupOffsets(GROUP, doneOffsets({ identity, ranges: [range('t', 0, 5, 6)] }));
    await busy();
    const start = validateConnector({ ...deps, clock: clockWith(busy) }, { connector, begins }, signal);
    expect(await failureOf(start)).toMatchObject({ code: 'CONNECTOR_SUPERSEDED', retryable: false });
  });
});

describe('topics and tables that are missing', () => {
  test('a topic that does not exist', async () => {
    const { log, deps, connector } = bench({ topics: 't,nowhere' });
    log.createTopic('t');
    expect(await failureOf(validateConnector(deps, { connector }, signal))).toMatchObject({
      code: 'KAFKA_TOPIC_UNKNOWN',
      message: 'Kafka has no topic nowhere.',
      context: { topic: 'nowhere', key: 'topics' },
      hint: expect.any(String),
    });
  });

  test('topics.regex may match nothing yet', async () => {
    const { deps, connector } = bench({ topics: '', 'topics.regex': 'later_.*' });
    expect((await validateConnector(deps, { connector }, signal)).partitions).toEqual([]);
  });

  test('some tables: a warning, and the others are loaded; all of them: no use in beginning', async () => {
    const { double } = await startTestDouble();
    closing.push(() => double.close());
    const some = bench({ topics: 't,u' }, { fePort: double.fePort });
    for (const topic of ['t', 'u']) some.log.createTopic(topic);
    const { settings } = await validateConnector(some.deps, { connector: some.connector }, signal);
    expect(settings.warnings).toContainEqual(expect.stringMatching(/^db\.u: .*unknown table, tableName=u/));

    const all = bench({ topics: 'u' }, { fePort: double.fePort });
    all.log.createTopic('u');
    expect(await failureOf(validateConnector(all.deps, { connector: all.connector }, signal))).toMatchObject({
      code: 'SINK_TABLE_UNKNOWN',
      retryable: false,
      message: expect.stringContaining('db.u'),
      context: { table: 'db.u' },
    });
  });

  test('transforms may give records another topic: the table of their own need not be there', async () => {
    const { double } = await startTestDouble();
    closing.push(() => double.close());
    const transforms = {
      transforms: 'route',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': 'u',
      'transforms.route.replacement': 't',
    };
    const routed = bench({ topics: 'u', ...transforms }, { fePort: double.fePort });
    routed.log.createTopic('u');
    const { settings } = await validateConnector(routed.deps, { connector: routed.connector }, signal);
    expect(settings.warnings).not.toContainEqual(expect.stringContaining('unknown table'));
  });
});

test('the settings of the core', async () => {
  const { log, deps, connector } = bench({
    'tasks.max': '3',
    'pipeline.depth': '4',
    'max.retries': '2',
    'retry.interval.ms': '1500',
    'max.retrys': '2',
  });
  log.createTopic('t');
  const { settings } = await validateConnector(deps, { connector }, signal);
  expect(settings).toMatchObject({
    connectorClass: 'org.apache.doris.kafka.connector.DorisSinkConnector',
    labelPrefix: 'test',
    tasksMax: 3,
    pipelineDepth: 4,
    maxAttempts: 3,
    retryIntervalMs: 1_500,
    guarantee: 'exactly_once',
    guaranteeReason: 'by the script',
    topics: ['t'],
  });
  expect(settings.warnings).toContainEqual(expect.stringContaining('max.retrys'));
});
