import { emptyRanges, readBatch, releaseAll } from '../../activities/read-batch.js';
import { Pipelines } from '../../connect/pipeline/index.js';
import { ChunkPool } from '../../connect/rows/index.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { type Bench, createBench } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const { signal } = new AbortController();

function bench(config: Readonly<Record<string, string>> = {}): Bench {
  const made = createBench({ config });
  closing.push(made.close);
  made.log.createTopic('t', 2);
  return made;
}

function read({ log, sink }: Bench, ends: readonly bigint[], limitBytes = Number.POSITIVE_INFINITY) {
  const ranges = ends.map((end, partition) => ({ topic: 't', partition, start: 0n, end }));
  const encoded = emptyRanges(ranges, new ChunkPool({ chunkSizeBytes: 64 }));
  const pipelines = new Pipelines(sink);
  const batch = pipelines.use((pipeline) => readBatch({ pipeline, log }, encoded, { limitBytes }, signal));
  return { encoded, batch };
}

test('the rows of each range are in its order, although the ranges are read together', async () => {
  const made = bench();
  made.log.produce('t', 0, '{"a":1}', '{"a":2}', '{"a":3}');
  made.log.produce('t', 1, '{"b":1}', null, '{"b":3}');
  const { encoded, batch } = read(made, [3n, 3n]);
  expect((await batch).recordsRead).toBe(6);
  expect(encoded.map(({ rows }) => Buffer.concat(rows.chunks()).toString())).toEqual([
    '{"a":1}\n{"a":2}\n{"a":3}\n',
    '{"b":1}\n{"b":3}\n',
  ]);
  expect(encoded.map(({ recordsRead }) => recordsRead)).toEqual([3, 3]);
});

test('the limit cuts after the last record that was taken, gaps before it included', async () => {
  const made = bench();
  made.log.produce('t', 0, '{"a":1}');
  made.log.leaveGap('t', 0, 10);
  made.log.produce('t', 0, '{"a":2}', '{"a":3}');
  made.log.produce('t', 1, '{"b":1}', '{"b":2}');
  const { batch } = read(made, [13n, 2n], 25);
  expect((await batch).cut?.map(({ end }) => end)).toEqual([12n, 2n]);
});

test('records that fill the limit exactly are all taken, and there is no cut', async () => {
  const made = bench();
  made.log.produce('t', 0, '{"a":1}', '{"a":2}');
  const { batch } = read(made, [2n, 0n], 16);
  expect((await batch).cut).toBeUndefined();
});

test('a record that cannot be converted is named by topic, partition and offset', async () => {
  const made = bench({ 'value.converter': 'org.apache.kafka.connect.json.JsonConverter' });
  made.log.leaveGap('t', 1, 7);
  made.log.produce('t', 1, '{"schema"');
  expect(await failureOf(read(made, [0n, 8n]).batch)).toMatchObject({
    code: 'RECORD_INVALID',
    retryable: false,
    context: { topic: 't', partition: 1, offset: '7' },
  });
});

test('an error of the log is not taken for a limit', async () => {
  const made = bench();
  expect(await failureOf(read(made, [1n, 0n]).batch)).toMatchObject({ code: 'KAFKA_OFFSET_OUT_OF_RANGE' });
});

test('released buffers hold nothing', async () => {
  const made = bench();
  made.log.produce('t', 0, '{"a":1}');
  const { encoded, batch } = read(made, [1n, 0n]);
  await batch;
  releaseAll(encoded);
  expect(encoded.map(({ rows }) => rows.sizeBytes)).toEqual([0, 0]);
});
