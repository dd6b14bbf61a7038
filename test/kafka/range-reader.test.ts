import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeHeaders } from '../../kafka/protocol/record-cursor.js';
import { readRanges } from '../../kafka/range-reader.js';
import { record, TestKafka, uniqueName } from './support/kafka.js';

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `value ${from + index}`);

let kafka: TestKafka;
beforeAll(() => {
  kafka = new TestKafka();
});
afterAll(() => kafka.close());

/** A topic of one partition with these values, one batch per inner list. */
async function filled(batches: readonly string[][], configs: Readonly<Record<string, string>> = {}): Promise<string> {
  const topic = await kafka.topic(1, configs);
  const producer = kafka.producer();
  for (const values of batches) {
    await producer.send(
      topic,
      values.map((value) => record(value)),
    );
  }
  return topic;
}

test('a range is read exactly, wherever in a batch it starts and ends', async () => {
  const topic = await filled([numbered(10), numbered(10, 10), numbered(10, 20)]);
  for (const [start, end] of [
    [0n, 30n],
    [5n, 6n],
    [9n, 21n],
    [13n, 13n],
    [29n, 30n],
  ] as const) {
    const { values, summaries } = await kafka.read([{ topic, partition: 0, start, end }]);

    expect(values[0]).toEqual(numbered(Number(end - start), Number(start)));
    expect(summaries[0]).toMatchObject({ topic, partition: 0, start, end, records: Number(end - start), aborted: 0 });
  }
});

test('many partitions at once, however small the fetches', async () => {
  const topic = await kafka.topic(5);
  const producer = kafka.producer();
  for (let partition = 0; partition < 5; partition++) {
    for (let batch = 0; batch < 4; batch++) {
      await producer.send(
        topic,
        numbered(50, batch * 50).map((value) => record(`${partition}: ${value}`, { partition })),
      );
    }
  }
  for (const limits of [{}, { maxBytes: 100, maxPartitionBytes: 100 }]) {
    const { values } = await kafka.read(await kafka.wholeTopic(topic), limits);

    expect(values).toEqual([0, 1, 2, 3, 4].map((partition) => numbered(200).map((value) => `${partition}: ${value}`)));
  }
});

test('keys, nulls, headers and timestamps', async () => {
  const topic = await kafka.topic();
  await kafka.producer().send(topic, [
    record('{}', {
      key: Buffer.from('k'),
      headers: [{ key: 'h', value: Buffer.from('v') }],
      timestamp: 1_700_000_000_123n,
    }),
    record(null, { key: Buffer.from('tombstone'), timestamp: 1_700_000_000_456n }),
  ]);
  const seen: unknown[] = [];
  await readRanges(kafka.cluster, await kafka.wholeTopic(topic), (_index, cursor) => {
    const { buffer, offsetDelta, keyStart, keyEnd, valueEnd, timestamp } = cursor;
    const headers = decodeHeaders(cursor).map(({ key, value }) => `${key}=${value}`);
    seen.push({
      offsetDelta,
      key: buffer.toString('utf8', keyStart, keyEnd),
      isNull: valueEnd < 0,
      headers,
      timestamp,
    });
  });

  expect(seen).toEqual([
    { offsetDelta: 0, key: 'k', isNull: false, headers: ['h=v'], timestamp: 1_700_000_000_123n },
    { offsetDelta: 1, key: 'tombstone', isNull: true, headers: [], timestamp: 1_700_000_000_456n },
  ]);
});

test('what the Java producer writes: all codecs, and interleaved transactions of which half are aborted', async () => {
  const topic = await kafka.topic();
  const source = fileURLToPath(new URL('./support/JavaProducer.java', import.meta.url));
  const bootstrap = kafka.settings.bootstrapServers.map(({ host, port }) => `${host}:${port}`).join(',');
  await promisify(execFile)('java', ['-cp', `${process.env.SLUICE_KAFKA_LIB}/*`, source, bootstrap, topic]);
  const compressed = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) =>
    Array.from({ length: 2_000 }, (_, index) => `${codec} ${index}`),
  );
  const committed = Array.from({ length: 20 }, (_, round) => round).flatMap((round) =>
    [0, 1, 2, 3, 4].map((index) => `${round % 2 === 0 ? 'second' : 'first'} ${round}.${index}`),
  );
  const [range] = await kafka.wholeTopic(topic);
  if (range === undefined) throw new Error('The topic has no partition.');
  const { values, summaries } = await kafka.read([range]);

  expect(values[0]).toEqual([...compressed, ...committed]);
  expect(summaries[0]).toMatchObject({ records: 10_100, aborted: 100, control: 40 });

  // The same in pieces: every piece starts in the middle of something.
  const pieces: string[] = [];
  for (let start = 9_990n; start < range.end; start += 7n) {
    const end = start + 7n < range.end ? start + 7n : range.end;
    pieces.push(...(await kafka.read([{ ...range, start, end }])).values.flat());
  }
  expect(pieces).toEqual([...compressed.slice(9_990), ...committed]);
}, 120_000);

test('holes that compaction left are stepped over', async () => {
  const configs = {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.001',
    'segment.bytes': '1048576',
    'segment.ms': '100',
    'max.compaction.lag.ms': '100',
    'delete.retention.ms': '0',
  };
  const topic = await kafka.topic(1, configs);
  const producer = kafka.producer();
  for (let round = 0; round < 20; round++) {
    await producer.send(
      topic,
      Array.from({ length: 10 }, (_, index) => record(`${round}`, { key: Buffer.from(`key ${index}`) })),
    );
  }
  // A new segment makes the older ones cleanable; the cleaner looks every 15 seconds.
  const deadline = Date.now() + 50_000;
  let count = 200;
  while (count > 100 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await producer.send(topic, [record('tick', { key: Buffer.from('tick') })]);
    const { values } = await kafka.read([{ topic, partition: 0, start: 0n, end: 200n }]);
    count = values[0]?.length ?? 0;
  }

  expect(count).toBeLessThanOrEqual(100);
  const { values, summaries } = await kafka.read([{ topic, partition: 0, start: 5n, end: 195n }]);
  expect(values[0]?.every((value) => value !== 'tick')).toBe(true);
  expect(summaries[0]?.nextOffset).toBeGreaterThanOrEqual(195n);
}, 90_000);

describe('ranges that cannot be read', () => {
  test('one that begins below the log start says what the log holds', async () => {
    const topic = await filled([numbered(10)], { 'retention.ms': '-1' });
    await expect(kafka.read([{ topic, partition: 0, start: 11n, end: 12n }])).rejects.toMatchObject({
      code: 'KAFKA_OFFSET_OUT_OF_RANGE',
      retryable: false,
      message: expect.stringMatching(/0 to 10/),
      context: { topic, partition: 0, offset: '11' },
    });
  });

  test('one that ends beyond the last stable offset is incomplete, for now', async () => {
    const topic = await filled([numbered(3)]);
    await kafka.transaction(uniqueName('open'), async (transaction) => {
      await transaction.send(topic, [record('open')]);

      await expect(
        kafka.read([{ topic, partition: 0, start: 0n, end: 4n }], { incompleteTimeoutMs: 300 }),
      ).rejects.toMatchObject({
        code: 'KAFKA_RANGE_INCOMPLETE',
        retryable: true,
        message: expect.stringMatching(/last stable offset 3, high watermark 4/),
      });
    });
  });

  test('one that ends beyond it is read as soon as the transaction ends', async () => {
    const topic = await filled([numbered(3)]);
    let reading: ReturnType<TestKafka['read']> | undefined;
    await kafka.transaction(uniqueName('open'), async (transaction) => {
      await transaction.send(topic, [record('value 3')]);
      reading = kafka.read([{ topic, partition: 0, start: 0n, end: 4n }]);
    });

    expect((await reading)?.values[0]).toEqual(numbered(4));
  });

  test('one of a topic that was created again is refused', async () => {
    const topic = await filled([numbered(3)]);
    const [range] = await kafka.wholeTopic(topic);
    if (range === undefined) throw new Error('The topic has no partition.');
    await kafka.admin.deleteTopics([topic]);
    await kafka.admin.createTopics([{ topic, partitions: 1 }]);
    await kafka.producer().send(
      topic,
      numbered(9).map((value) => record(value)),
    );

    await expect(kafka.read([range])).rejects.toMatchObject({ code: 'KAFKA_TOPIC_RECREATED', retryable: false });
  });

  test('one of a topic that is not there fails after a while', async () => {
    const topic = uniqueName('missing');
    await expect(
      kafka.read([{ topic, partition: 0, start: 0n, end: 1n }], { stallTimeoutMs: 200 }),
    ).rejects.toMatchObject({ code: 'KAFKA_TOPIC_UNKNOWN', retryable: true, context: { topic } });
  });

  test('two ranges of one partition are a mistake of the caller', async () => {
    const range = { topic: 't', partition: 0, start: 0n, end: 1n };
    await expect(kafka.read([range, range])).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

test('the visitor’s error ends the reading and is thrown on', async () => {
  const topic = await filled([numbered(10)]);
  const stop = new Error('enough');
  const reading = readRanges(kafka.cluster, await kafka.wholeTopic(topic), () => {
    throw stop;
  });

  await expect(reading).rejects.toBe(stop);
});

test('an aborted signal ends waiting, with its reason', async () => {
  const topic = await filled([numbered(1)]);
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const reading = kafka.read([{ topic, partition: 0, start: 0n, end: 5n }], { signal: controller.signal });
  controller.abort(reason);

  await expect(reading).rejects.toBe(reason);
});
