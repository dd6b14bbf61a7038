import { readRanges } from '../../kafka/range-reader.js';
import { TestKafka } from './support/kafka.js';
import { LogModel } from './support/log-model.js';
import { type FetchAnswer, ScriptedBrokers, TOPIC, TOPIC_ID } from './support/scripted-broker.js';

const NOT_LEADER = 6;
const FENCED_LEADER_EPOCH = 74;
const UNKNOWN_LEADER_EPOCH = 75;
const UNKNOWN_TOPIC_ID = 100;
const OFFSET_OUT_OF_RANGE = 1;
const TOPIC_AUTHORIZATION_FAILED = 29;

let log: LogModel;
let brokers: ScriptedBrokers;
let kafka: TestKafka;

beforeEach(async () => {
  log = new LogModel();
  for (let batch = 0; batch < 5; batch++) log.append([`${batch}a`, `${batch}b`]);
  brokers = await ScriptedBrokers.start(log, 2);
  kafka = connect();
});
afterEach(async () => {
  await kafka.close();
  await brokers.stop();
});

function connect(properties: Readonly<Record<string, string>> = {}): TestKafka {
  return new TestKafka({
    'bootstrap.servers': brokers.bootstrap,
    'retry.backoff.ms': '5',
    'retry.backoff.max.ms': '20',
    'fetch.max.wait.ms': '50',
    ...properties,
  });
}

const everything = { topic: TOPIC, topicId: TOPIC_ID, partition: 0, start: 0n, end: 10n };
/** One batch per fetch, so that faults come in the middle. */
const ONE_BATCH = { maxPartitionBytes: 1, maxBytes: 1 };
const allValues = [0, 1, 2, 3, 4].flatMap((batch) => [`${batch}a`, `${batch}b`]);

async function readAll(options = {}): Promise<string[]> {
  const { values } = await kafka.read([everything], { ...ONE_BATCH, ...options });
  return values.flat();
}

test.each([
  ['NOT_LEADER_OR_FOLLOWER', NOT_LEADER],
  ['FENCED_LEADER_EPOCH', FENCED_LEADER_EPOCH],
  ['UNKNOWN_LEADER_EPOCH', UNKNOWN_LEADER_EPOCH],
])('%s in the middle: the new leader is asked, nothing is lost or doubled', async (_name, errorCode) => {
  brokers.script = [{}, {}, { errorCode, records: Buffer.alloc(0) }];
  const reading = readAll();
  while (brokers.fetches.length < 2) await new Promise(setImmediate);
  brokers.leaders = [2];
  brokers.leaderEpoch = 1;

  expect(await reading).toEqual(allValues);
  expect(brokers.fetches.at(-1)).toMatchObject({ node: 2, leaderEpoch: 1 });
});

test('partitions of several leaders are read at once, and the first failure stops all', async () => {
  brokers.leaders = [1, 2, 1, 2];
  const ranges = brokers.leaders.map((_leader, partition) => ({ ...everything, partition }));
  const { values } = await kafka.read(ranges, ONE_BATCH);
  expect(values).toEqual(ranges.map(() => allValues));
  expect(new Set(brokers.fetches.map(({ node }) => node))).toEqual(new Set([1, 2]));

  brokers.script = [{}, { errorCode: TOPIC_AUTHORIZATION_FAILED, records: Buffer.alloc(0) }];
  await expect(kafka.read(ranges, ONE_BATCH)).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION_FAILED' });
});

test.each<FetchAnswer>(['hang up', 'silence'])('a broker that answers a fetch by %p', async (answer) => {
  await kafka.close();
  kafka = connect({ 'request.timeout.ms': '200' });
  brokers.script = [{}, answer, {}, answer];

  expect(await readAll()).toEqual(allValues);
});

test('a late answer to a fetch that timed out is not taken for another one', async () => {
  await kafka.close();
  kafka = connect({ 'request.timeout.ms': '100' });
  brokers.script = ['late', {}, 'late'];

  expect(await readAll()).toEqual(allValues);
  expect(await readAll()).toEqual(allValues);
});

test('brokers before topic ids are fetched from by name', async () => {
  brokers.newestFetchVersion = 12;

  expect(await readAll()).toEqual(allValues);
  expect(new Set(brokers.fetches.map(({ version }) => version))).toEqual(new Set([12]));
});

test('brokers that speak no known version of Fetch are refused', async () => {
  brokers.newestFetchVersion = 11;

  await expect(readAll()).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', retryable: false });
});

test('a broker that does not know the topic id yet is asked again', async () => {
  brokers.script = [{ errorCode: UNKNOWN_TOPIC_ID, records: Buffer.alloc(0) }];

  expect(await readAll()).toEqual(allValues);
});

test('a topic whose id has changed is a recreated topic', async () => {
  brokers.script = [{}, { errorCode: UNKNOWN_TOPIC_ID, records: Buffer.alloc(0) }];
  const reading = readAll();
  while (brokers.fetches.length < 2) await new Promise(setImmediate);
  brokers.topicId = '99999999-2222-3333-4444-555555555555';

  await expect(reading).rejects.toMatchObject({ code: 'KAFKA_TOPIC_RECREATED', retryable: false });
});

test('an offset that is gone is an error, and is not replaced by another', async () => {
  brokers.script = [{}, { errorCode: OFFSET_OUT_OF_RANGE, records: Buffer.alloc(0) }];

  await expect(readAll()).rejects.toMatchObject({
    code: 'KAFKA_OFFSET_OUT_OF_RANGE',
    context: { topic: TOPIC, partition: 0, offset: '2' },
  });
});

test('a log start that overtakes the position is an error, even when the broker goes on with later records', async () => {
  const later = log.fetch(4n, 1);
  brokers.script = [{}, { ...later, logStartOffset: 4n }];

  await expect(readAll()).rejects.toMatchObject({
    code: 'KAFKA_OFFSET_OUT_OF_RANGE',
    message: expect.stringMatching(/Offset 2 is no longer/),
  });
});

test('a missing right is an error at once', async () => {
  brokers.script = [{ errorCode: TOPIC_AUTHORIZATION_FAILED, records: Buffer.alloc(0) }];

  await expect(readAll()).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION_FAILED', retryable: false });
});

test('a broker that has no records for a range it should have is not asked for ever', async () => {
  brokers.script = Array.from({ length: 10_000 }, () => ({ records: Buffer.alloc(0) }));

  await expect(readAll({ stallTimeoutMs: 200 })).rejects.toMatchObject({
    code: 'KAFKA_RANGE_INCOMPLETE',
    retryable: true,
    message: expect.stringMatching(/no records beyond offset 0/),
  });
});

test('a partition without a leader is waited for, then told', async () => {
  brokers.leaders = [-1];
  await expect(readAll({ stallTimeoutMs: 100 })).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE', retryable: true });

  const reading = readAll();
  setTimeout(() => {
    brokers.leaders = [2];
  }, 50);
  expect(await reading).toEqual(allValues);
});

test('a damaged batch is told with its offset, and what came before it is read', async () => {
  const damaged = log.fetch(4n, 1);
  damaged.records.writeUInt8(0x7f, damaged.records.length - 2);
  brokers.script = [{}, {}, damaged];
  const seen: number[] = [];
  const reading = readRanges(
    kafka.cluster,
    [everything],
    (_index, { offsetDelta }) => seen.push(offsetDelta),
    ONE_BATCH,
  );

  await expect(reading).rejects.toMatchObject({
    code: 'KAFKA_CORRUPT_RECORD',
    retryable: false,
    context: { topic: TOPIC, partition: 0, offset: '4' },
  });
  expect(seen).toEqual([0, 1, 2, 3]);
});

test('all brokers gone is a retryable error', async () => {
  await kafka.cluster.topics({ names: [TOPIC] });
  await brokers.stop();

  await expect(readAll({ stallTimeoutMs: 100 })).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE', retryable: true });
});
