/** Transactions as dead letters need them: exact records, offsets along with them, and nobody else at the same time. */
import { decodeHeaders, readRanges } from '../../kafka/index.js';
import { record, TestKafka, uniqueName } from './support/kafka.js';

let kafka: TestKafka;
beforeAll(() => {
  kafka = new TestKafka();
});
afterAll(() => kafka.close());

/** Kafka ends a transaction a moment after it has said so. */
async function ended(topic: string) {
  for (;;) {
    const ranges = await kafka.wholeTopic(topic);
    const marks = await kafka.cluster.highWatermarks(ranges);
    if (ranges.every(({ end }, index) => end === marks[index])) return ranges;
  }
}

test('a record arrives as it is: null keys and values, headers that are null or come twice, in their order', async () => {
  const topic = await kafka.topic();
  const header = (key: string, value: string | null) => ({ key, value: value === null ? null : Buffer.from(value) });
  const headers = [header('b', 'one'), header('1', null), header('a', ''), header('b', 'two')];
  await kafka.transaction(uniqueName('exact'), (transaction) =>
    transaction.send(topic, [
      record('value', { key: Buffer.from('k'), headers, timestamp: 1_700_000_000_123n }),
      record(null, { key: Buffer.alloc(0), timestamp: 1_600_000_000_000n }),
    ]),
  );
  const seen: unknown[] = [];
  await readRanges(kafka.cluster, await ended(topic), (_index, cursor) => {
    const slice = (start: number, end: number) => (end < 0 ? null : cursor.buffer.toString('utf8', start, end));
    seen.push([
      slice(cursor.keyStart, cursor.keyEnd),
      slice(cursor.valueStart, cursor.valueEnd),
      decodeHeaders(cursor).map(({ key, value }) => [key, value?.toString() ?? null]),
      cursor.timestamp,
    ]);
  });
  expect(seen).toEqual([
    [
      'k',
      'value',
      [
        ['b', 'one'],
        ['1', null],
        ['a', ''],
        ['b', 'two'],
      ],
      1_700_000_000_123n,
    ],
    ['', null, [], 1_600_000_000_000n],
  ]);
});

test('one transaction after the other, of many records over several partitions: each key where Java puts it', async () => {
  const topic = await kafka.topic(3);
  const id = uniqueName('many');
  for (let round = 0; round < 3; round++) {
    const records = Array.from({ length: 2_000 }, (_, index) => ({
      key: Buffer.from(`key ${index % 50}`),
      value: Buffer.alloc(400, `${round}`),
    }));
    await kafka.transaction(id, (transaction) => transaction.send(topic, records));
  }
  const { values } = await kafka.read(await ended(topic));
  expect(values.flat()).toHaveLength(6_000);
  expect(values.every((partition) => partition.length > 0)).toBe(true);
});

test('an aborted transaction leaves nothing, neither records nor offsets', async () => {
  const topic = await kafka.topic();
  const groupId = uniqueName('group');
  const failing = kafka.transaction(uniqueName('fails'), async (transaction) => {
    await transaction.send(topic, [record('no')]);
    await transaction.sendOffsets(groupId, [{ topic, partition: 0, offset: 7n, metadata: '' }]);
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await kafka.cluster.groupOffsets(groupId, [{ topic, partition: 0 }])).toEqual([]);
  expect((await kafka.read(await ended(topic))).values).toEqual([[]]);
});

test('a second one with the same id shuts the first one out, with all that it has begun', async () => {
  const topic = await kafka.topic();
  const id = uniqueName('fenced');
  const first = kafka.transaction(id, async (transaction) => {
    await transaction.send(topic, [record('of the first')]);
    await kafka.transaction(id, (second) => second.send(topic, [record('of the second')]));
    await transaction.send(topic, [record('of the first, too late')]);
  });
  await expect(first).rejects.toThrow(/INVALID_PRODUCER_EPOCH|PRODUCER_FENCED/);
  expect((await kafka.read(await ended(topic))).values).toEqual([['of the second']]);
});

test('an empty transaction asks for nothing', async () => {
  await kafka.transaction(uniqueName('empty'), async () => {});
});

test('a topic that does not exist is named', async () => {
  const topic = uniqueName('missing');
  const sending = kafka.transaction(uniqueName('nowhere'), (transaction) => transaction.send(topic, [record('lost')]));
  await expect(sending).rejects.toMatchObject({ code: 'KAFKA_TOPIC_UNKNOWN', retryable: true });
}, 30_000);
