/** How long a row takes from the producer to its commit, at a steady thousand rows a second. */
import { randomUUID } from 'node:crypto';
import { finish, launch } from '../connector.js';
import type { CommittedBatch } from '../history.js';
import { plainRow } from '../records/json.js';
import { percentile } from '../statistics.js';
import { createTopic, produceSteadily, type SentRows } from '../topic.js';
import type { World } from '../world.js';

const PARTITIONS = 4;
const ROWS_PER_SECOND = 1_000;
/** What is sent while the connector starts does not count. */
const WARM_UP_MS = 3_000;

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `flushSeconds` is `buffer.flush.time`. */
export async function measureLatency(
  world: World,
  { flushSeconds, durationMs }: { flushSeconds: number; durationMs: number },
): Promise<Latency> {
  const topic = `latency-${randomUUID().slice(0, 8)}`;
  await createTopic(world.kafka, topic, PARTITIONS);
  const settings = { 'tasks.max': '1', 'buffer.flush.time': String(flushSeconds) };
  const connector = await launch(world, { topic }, settings);
  const pace = { topic, partitions: PARTITIONS, rowsPerSecond: ROWS_PER_SECOND, row: plainRow };
  const sent = await produceSteadily(world.kafka, { ...pace, durationMs: WARM_UP_MS + durationMs }, world.signal);
  const rows = sent.reduce((sum, { count }) => sum + count, 0);
  const { batches } = await finish(world, connector, rows);
  const warmAtMs = (sent[0]?.sentAtMs ?? 0) + WARM_UP_MS;
  const latenciesMs = rowLatenciesMs(
    sent.filter(({ sentAtMs }) => sentAtMs >= warmAtMs),
    batches,
  );
  return { p50Ms: percentile(latenciesMs, 50), p99Ms: percentile(latenciesMs, 99) };
}

/** One latency per row: from handing it to the producer to the commit of the batch that has its offset. */
export function rowLatenciesMs(sent: readonly SentRows[], batches: readonly CommittedBatch[]): number[] {
  return sent.flatMap(({ partition, firstOffset, count, sentAtMs }) =>
    Array.from({ length: count }, (_, index) => commitOf(batches, partition, firstOffset + BigInt(index)) - sentAtMs),
  );
}

function commitOf(batches: readonly CommittedBatch[], partition: number, offset: bigint): number {
  const batch = batches.find(({ ranges }) =>
    ranges.some(
      (range) => range.partition === partition && BigInt(range.start) <= offset && offset < BigInt(range.end),
    ),
  );
  if (batch === undefined) throw new RangeError(`partition ${partition} offset ${offset} was not committed`);
  return batch.committedAtMs;
}
