import { jest } from '@jest/globals';
import { awaitBatch } from '../../activities/await-batch.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { type Bench, createBench, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0).reverse()) await close();
});

/** A connector on topic `t` that waits for 1,000 records or a very long time, unless told otherwise. */
function bench(config: Readonly<Record<string, string>> = {}): Bench {
  const triggers = { 'buffer.count.records': '1000', 'buffer.flush.time': '3600', 'buffer.size.bytes': '100000' };
  const made = createBench({ config: { ...triggers, ...config } });
  closing.push(made.close);
  return made;
}

const { signal } = new AbortController();
const rows = (count: number) => Array.from({ length: count }, (_, id) => `{"id":${id}}`);

/** Lets the clock be ahead, by a time that the test chooses. */
function movableClock(): { aheadMs: number } {
  const clock = { aheadMs: 0 };
  const now = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + clock.aheadMs);
  return clock;
}

describe('a batch is due', () => {
  test('at once after a start, when anything waits', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t', 2);
    log.produce('t', 1, ...rows(3));
    expect(await awaitBatch(deps, awaitInput({ t: [0, 1] }, { dueAtOnce: true }), signal)).toEqual({
      outcome: 'due',
      reason: 'start',
      ranges: [range('t', 1, 1, 3)],
      ends: ['0', '3'],
      leaderEpochs: [0, 0],
    });
  });

  test('and when nothing waits after a start, the wait ends: there is nothing to catch up with', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t', 2);
    const output = await awaitBatch(deps, awaitInput({ t: [0, 0] }, { dueAtOnce: true }), signal);
    expect(output).toEqual({ outcome: 'idle', ends: ['0', '0'], leaderEpochs: [0, 0] });
  });

  test('at buffer.count.records, which come in while it waits', async () => {
    const { log, deps, awaitInput } = bench({ 'buffer.count.records': '10' });
    log.createTopic('t');
    log.produce('t', 0, ...rows(9));
    let looks = 0;
    log.onEnds = () => {
      looks += 1;
      if (looks === 2) log.produce('t', 0, ...rows(5));
    };
    const output = await awaitBatch(deps, awaitInput({ t: [0] }), signal);
    expect(output).toMatchObject({ outcome: 'due', reason: 'records', ranges: [range('t', 0, 0, 14)] });
    expect(looks).toBe(2);
  });

  test('at buffer.size.bytes, by the measured size of a record', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, ...rows(10));
    const output = await awaitBatch(deps, awaitInput({ t: [0] }, { bytesPerRecord: 10_000 }), signal);
    expect(output).toMatchObject({ outcome: 'due', reason: 'size' });
  });

  test('at buffer.flush.time after the first waiting record, not after the beginning of the wait', async () => {
    const { log, deps, awaitInput } = bench({ 'buffer.flush.time': '60' });
    const clock = movableClock();
    log.createTopic('t');
    const aheadAtLook: number[] = [];
    log.onEnds = () => {
      aheadAtLook.push(clock.aheadMs);
      clock.aheadMs += 50_000;
      if (aheadAtLook.length === 3) log.produce('t', 0, ...rows(1));
    };
    const output = await awaitBatch(deps, awaitInput({ t: [0] }), signal);
    expect(output).toMatchObject({ outcome: 'due', reason: 'time', ranges: [range('t', 0, 0, 1)] });
    // Seen at the third look: 50 s later it is too early, 100 s later it is time.
    expect(aheadAtLook).toEqual([0, 50_000, 100_000, 150_000, 200_000]);
  });
});

describe('waiting', () => {
  test('an idle wait is renewed after ten minutes', async () => {
    const { log, deps, awaitInput } = bench();
    const clock = movableClock();
    log.createTopic('t');
    log.onEnds = () => {
      clock.aheadMs += 6 * 60_000;
    };
    expect(await awaitBatch(deps, awaitInput({ t: [0] }), signal)).toEqual({
      outcome: 'idle',
      ends: ['0'],
      leaderEpochs: [0],
    });
    expect(clock.aheadMs).toBe(12 * 60_000);
  });

  test('ends when an open transaction has held records back for stall.timeout.ms, with their ends', async () => {
    const { log, deps, awaitInput } = bench({ 'stall.timeout.ms': '60000' });
    const clock = movableClock();
    log.createTopic('t');
    log.openTransaction = 7n;
    log.onEnds = () => {
      clock.aheadMs += 10_000;
    };
    expect(await awaitBatch(deps, awaitInput({ t: [0] }), signal)).toEqual({ outcome: 'idle', ends: ['7'] });
    expect(clock.aheadMs).toBeGreaterThanOrEqual(60_000);
    expect(clock.aheadMs).toBeLessThan(150_000);
  });

  test.each([
    ['transactions that end are none of it', '60000', (log: Bench['log']) => log.leaveGap('t', 0, 1)],
    ['nor is anything when stalls are not watched for', '0', () => undefined],
  ])('%s', async (_, timeoutMs, look) => {
    const { log, deps, awaitInput } = bench({ 'stall.timeout.ms': timeoutMs });
    const clock = movableClock();
    log.createTopic('t');
    log.openTransaction = 7n;
    let looks = 0;
    log.onEnds = () => {
      clock.aheadMs += 30_000;
      looks += 1;
      look(log);
    };
    const cancelling = new AbortController();
    const waiting = awaitBatch(deps, awaitInput({ t: [0] }), cancelling.signal);
    const ended = waiting.then(
      ({ outcome }) => outcome,
      () => 'cancelled',
    );
    while (looks < 8) await new Promise(setImmediate);
    cancelling.abort();
    expect(await ended).toBe('cancelled');
  });

  test('ends at once when it is cancelled', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t');
    const cancelling = new AbortController();
    log.onEnds = () => cancelling.abort();
    await expect(awaitBatch(deps, awaitInput({ t: [0] }), cancelling.signal)).rejects.toThrow(/abort/i);
  });

  test('reads nothing', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, ...rows(3));
    const read = jest.spyOn(log, 'read');
    await awaitBatch(deps, awaitInput({ t: [0] }, { dueAtOnce: true }), signal);
    expect(read).not.toHaveBeenCalled();
  });
});

describe('records that are gone are never passed over in silence', () => {
  test('deleted before they were read', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t', 2);
    log.produce('t', 1, ...rows(10));
    log.deleteBefore('t', 1, 7n);
    const error = await failureOf(awaitBatch(deps, awaitInput({ t: [0, 4] }, { dueAtOnce: true }), signal));
    expect(error).toMatchObject({
      code: 'KAFKA_OFFSET_OUT_OF_RANGE',
      retryable: false,
      message: expect.stringContaining('Records 4 to 7 were deleted from Kafka before they were read, up to 3 records'),
      context: { topic: 't', partition: 1, offset: '4' },
      hint: expect.stringContaining('offsets set'),
    });
  });

  test('truncated: an end below the position is waited for, then an error', async () => {
    const { log, deps, awaitInput } = bench();
    const clock = movableClock();
    log.createTopic('t');
    log.produce('t', 0, ...rows(10));
    log.truncateTo('t', 0, 6n);
    let looks = 0;
    log.onEnds = () => {
      looks += 1;
      clock.aheadMs += 16_000;
    };
    expect(await failureOf(awaitBatch(deps, awaitInput({ t: [10] }), signal))).toMatchObject({
      code: 'KAFKA_OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining('The log ends at 6, before the position 10'),
      context: { topic: 't', partition: 0, offset: '10' },
    });
    expect(looks).toBe(3);
  });

  test('truncated by a new leader and filled again: told at once, though the log is longer than before', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, ...rows(10));
    log.truncateTo('t', 0, 6n);
    log.produce('t', 0, ...rows(20));
    const read = { topic: 't', partition: 0, offset: '10', leaderEpoch: 0 };
    const error = await failureOf(awaitBatch(deps, awaitInput({}, { positions: [read], dueAtOnce: true }), signal));
    expect(error).toMatchObject({
      code: 'KAFKA_OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining('The log was truncated to 6, before the position 10: 4 records'),
      context: { topic: 't', partition: 0, offset: '10' },
    });
    // What was not read before the truncation is read as it is now.
    const unread = { ...read, offset: '6' };
    expect(await awaitBatch(deps, awaitInput({}, { positions: [unread], dueAtOnce: true }), signal)).toMatchObject({
      ranges: [range('t', 0, 6, 26)],
      leaderEpochs: [1],
    });
  });

  test('a new leader that catches up is no truncation', async () => {
    const { log, deps, awaitInput } = bench();
    const clock = movableClock();
    log.createTopic('t');
    log.produce('t', 0, ...rows(6));
    let looks = 0;
    log.onEnds = () => {
      looks += 1;
      clock.aheadMs += 20_000;
      if (looks === 2) log.produce('t', 0, ...rows(4));
      if (looks === 5) log.produce('t', 0, ...rows(1_000));
    };
    const output = await awaitBatch(deps, awaitInput({ t: [10] }), signal);
    expect(output).toMatchObject({ outcome: 'due', reason: 'records', ranges: [range('t', 0, 10, 1_010)] });
  });

  test('a topic that was created again is not read from the old position', async () => {
    const { log, deps, awaitInput } = bench();
    log.createTopic('t');
    log.produce('t', 0, ...rows(3));
    const input = awaitInput({ t: [2] }, { watch: { t: 1 }, dueAtOnce: true });
    log.createTopic('t');
    log.produce('t', 0, ...rows(3));
    expect(await failureOf(awaitBatch(deps, input, signal))).toMatchObject({
      code: 'KAFKA_TOPIC_RECREATED',
      retryable: false,
      context: { topic: 't' },
      hint: expect.stringContaining('offsets reset'),
    });
  });
});

describe('new partitions', () => {
  test('begin at their start: what was written to them before they were noticed belongs to the connector', async () => {
    const { log, deps, awaitInput } = bench({ 'auto.offset.reset': 'latest' });
    const topicId = log.createTopic('t');
    log.addPartitions('t', 2, 5n);
    log.produce('t', 2, ...rows(3));
    const output = await awaitBatch(deps, awaitInput({ t: [0] }, { watch: { t: 1 } }), signal);
    expect(output).toEqual({
      outcome: 'partitions',
      found: [
        { topic: 't', topicId, partition: 1, offset: '5' },
        { topic: 't', topicId, partition: 2, offset: '5' },
      ],
    });
  });

  test('of a new topic that matches topics.regex', async () => {
    const { log, deps, awaitInput } = bench({ topics: '', 'topics.regex': 'orders_.*' });
    log.createTopic('orders_eu');
    const topicId = log.createTopic('orders_us');
    log.createTopic('users');
    const output = await awaitBatch(deps, awaitInput({ orders_eu: [0] }, { watch: { orders_eu: 1 } }), signal);
    expect(output).toEqual({
      outcome: 'partitions',
      found: [{ topic: 'orders_us', topicId, partition: 0, offset: '0' }],
    });
  });

  test('are looked for by the one task that is told to, every metadata.max.age.ms', async () => {
    const { log, deps, awaitInput } = bench({ 'metadata.max.age.ms': '60000' });
    const clock = movableClock();
    log.createTopic('t');
    const input = awaitInput({ t: [0] }, { dueAtOnce: true });
    await awaitBatch(deps, input, signal);
    expect(log.partitionLooks).toBe(0);
    const watching = { ...input, watch: { t: 1 } };
    await awaitBatch(deps, watching, signal);
    await awaitBatch(deps, watching, signal);
    expect(log.partitionLooks).toBe(1);
    clock.aheadMs = 60_000;
    await awaitBatch(deps, watching, signal);
    expect(log.partitionLooks).toBe(2);
  });
});
