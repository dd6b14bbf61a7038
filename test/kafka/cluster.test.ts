import { KafkaCluster } from '../../kafka/cluster.js';
import { kafkaSettings } from '../../kafka/settings.js';
import { record, TestKafka, uniqueName } from './support/kafka.js';

let kafka: TestKafka;
beforeAll(() => {
  kafka = new TestKafka();
});
afterAll(() => kafka.close());

describe('topics', () => {
  test('by name, with ids and leaders', async () => {
    const topic = await kafka.topic(2);
    const [info] = await kafka.cluster.topics({ names: [topic] });

    expect(info).toMatchObject({ topic, isInternal: false, partitions: [{ partition: 0 }, { partition: 1 }] });
    expect(info?.topicId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('by a pattern that must match the whole name', async () => {
    const topic = await kafka.topic();
    const names = async (pattern: RegExp) => (await kafka.cluster.topics({ pattern })).map((info) => info.topic);

    expect(await names(new RegExp(`nothing|${topic}`))).toEqual([topic]);
    expect(await names(new RegExp(topic.slice(0, -1)))).toEqual([]);
    expect(await names(/.*offsets/)).toEqual([]);
  });

  test('that do not exist are an error, or left out', async () => {
    const names = [uniqueName('missing')];
    const soon = AbortSignal.timeout(500);

    expect(await kafka.cluster.topics({ names, missing: 'skip' })).toEqual([]);
    await expect(kafka.cluster.topics({ names }, soon)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('a new id shows that a topic was created again', async () => {
    const topic = await kafka.topic();
    const idOf = async () => (await kafka.cluster.topics({ names: [topic] }))[0]?.topicId;
    const before = await idOf();
    await kafka.admin.deleteTopics([topic]);
    await kafka.admin.createTopics([{ topic, partitions: 1 }]);

    expect(await idOf()).not.toBe(before);
  });
});

describe('offsets', () => {
  test('tell by the leader epoch whether a log still holds what it held', async () => {
    const topic = await kafka.topic(2);
    await kafka
      .producer()
      .send(topic, [record('one'), record('two', { partition: 1 }), record('three', { partition: 1 })]);
    const ends = await kafka.cluster.endOffsets([0, 1].map((partition) => ({ topic, partition })));

    expect(ends).toEqual([1n, 2n].map((offset, partition) => ({ topic, partition, offset, leaderEpoch: 0 })));
    expect(await kafka.cluster.divergences(ends)).toEqual([undefined, undefined]);
    expect(await kafka.cluster.divergences(ends.map((end) => ({ ...end, offset: 5n })))).toEqual([1n, 2n]);
    // Of an epoch that the log knows nothing of, nothing is there.
    expect(await kafka.cluster.divergences(ends.map((end) => ({ ...end, leaderEpoch: 7 })))).toEqual([0n, 0n]);
  });

  test('end at the last stable offset, before what an open transaction has written', async () => {
    const topic = await kafka.topic(2);
    const at = [0, 1].map((partition) => ({ topic, partition }));
    await kafka.producer().send(topic, [record('one'), record('two')]);

    expect(await kafka.cluster.startOffsets(at)).toEqual(at.map((place) => ({ ...place, offset: 0n, leaderEpoch: 0 })));
    await kafka.transaction(uniqueName('open'), async (transaction) => {
      await transaction.send(topic, [record('not yet'), record('not yet', { partition: 1 })]);

      expect((await kafka.cluster.endOffsets(at)).map(({ offset }) => offset)).toEqual([2n, 0n]);
      expect(await kafka.cluster.highWatermarks(at)).toEqual([3n, 1n]);
    });
    const ends = async () => (await kafka.cluster.endOffsets(at)).map(({ offset }) => offset);
    while ((await ends())[0] === 2n) await new Promise(setImmediate);

    expect(await ends()).toEqual([4n, 2n]);
  });

  test('by time', async () => {
    const topic = await kafka.topic();
    const times = [1_000n, 2_000n, 3_000n];
    await kafka.producer().send(
      topic,
      times.map((timestamp) => record('at', { timestamp })),
    );
    const offsetAt = async (timestamp: bigint) =>
      (await kafka.cluster.offsetsForTimes([{ topic, partition: 0, timestamp }]))[0]?.offset;

    expect(await offsetAt(1_500n)).toBe(1n);
    expect(await offsetAt(9_000n)).toBeUndefined();
  });
});

describe('consumer groups', () => {
  test('offsets are committed with metadata, read back and deleted, without joining', async () => {
    const topic = await kafka.topic(2);
    const groupId = uniqueName('group');
    const offsets = [0, 1].map((partition) => ({
      topic,
      partition,
      offset: 2n ** 53n + 1n,
      metadata: `intent ${partition}`,
    }));

    expect(await kafka.cluster.groupOffsets(groupId)).toEqual([]);
    await kafka.cluster.commitGroupOffsets(groupId, offsets);
    const read = await kafka.cluster.groupOffsets(groupId);
    expect(read.sort((a, b) => a.partition - b.partition)).toEqual(offsets);
    expect(await kafka.cluster.groupOffsets(groupId, [{ topic, partition: 1 }])).toEqual(offsets.slice(1));

    await kafka.cluster.deleteGroupOffsets(groupId, [{ topic, partition: 0 }]);
    expect(await kafka.cluster.groupOffsets(groupId)).toEqual(offsets.slice(1));
  });

  test('deleting offsets of a group that is not there is no error', async () => {
    await kafka.cluster.deleteGroupOffsets(uniqueName('nobody'), [{ topic: await kafka.topic(), partition: 0 }]);
  });

  test('metadata beyond the broker’s limit is refused at once', async () => {
    const offset = { topic: await kafka.topic(), partition: 0, offset: 1n, metadata: 'x'.repeat(5_000) };

    await expect(kafka.cluster.commitGroupOffsets(uniqueName('group'), [offset])).rejects.toMatchObject({
      code: 'KAFKA_PROTOCOL',
      retryable: false,
      message: expect.stringMatching(/OFFSET_METADATA_TOO_LARGE/),
    });
  });

  test('offsets that a transaction carries are there when it commits', async () => {
    const topic = await kafka.topic();
    const groupId = uniqueName('group');
    const carrier = uniqueName('carrier');
    const carry = (offset: bigint, fails: boolean) =>
      kafka.transaction(carrier, async (transaction) => {
        await transaction.send(topic, [record('dead letter')]);
        await transaction.sendOffsets(groupId, [{ topic, partition: 0, offset, metadata: `at ${offset}` }]);
        if (fails) throw new Error('changed my mind');
      });
    await carry(5n, false);
    await expect(carry(6n, true)).rejects.toThrow('changed my mind');

    expect(await kafka.cluster.groupOffsets(groupId)).toMatchObject([{ offset: 5n, metadata: 'at 5' }]);
  });
});

test('an unreachable broker is a retryable error, and waiting ends with the signal', async () => {
  const cluster = new KafkaCluster(kafkaSettings({ 'bootstrap.servers': '127.0.0.1:1', 'retry.backoff.ms': '1' }));
  const reason = new Error('no longer wanted');
  const controller = new AbortController();
  const call = cluster.topics({ names: ['t'] }, controller.signal);
  controller.abort(reason);

  await expect(call).rejects.toBe(reason);
  await expect(cluster.core.metadata.refresh(['t'])).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    retryable: true,
    context: { host: '127.0.0.1:1' },
  });
  await cluster.close();
});

test('the cluster has an id, and a closed client says so', async () => {
  const { cluster } = new TestKafka();
  expect(await cluster.clusterId()).toMatch(/./);
  await cluster.close();

  await expect(cluster.topics({ names: ['t'] })).rejects.toMatchObject({ code: 'CANCELLED' });
});
