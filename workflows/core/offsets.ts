/** Arithmetic on offsets, which are decimal strings in state and bigint only while something is computed. */
import type { Offset, PartitionState, Range, TopicPartition } from './model.js';

export function samePartition(a: TopicPartition, b: TopicPartition): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}

export function partitionName(partition: TopicPartition): string {
  return `${partition.topic}[${partition.partition}]`;
}

/** `orders[3] 1200..2400`: a range for people, its end exclusive. */
export function rangeName(range: Range): string {
  return `${partitionName(range)} ${range.start}..${range.end}`;
}

export function recordsIn(ranges: readonly Range[]): bigint {
  return ranges.reduce((sum, range) => sum + (BigInt(range.end) - BigInt(range.start)), 0n);
}

/** Records above `offset` and below `end`; never negative. */
export function lagOf(offset: Offset, end: Offset | undefined): bigint | undefined {
  if (end === undefined) return undefined;
  const lag = BigInt(end) - BigInt(offset);
  return lag > 0n ? lag : 0n;
}

/** The lag of several partitions together; absent until every one of them was looked at. */
export function totalLag(partitions: readonly PartitionState[]): bigint | undefined {
  let total = 0n;
  for (const partition of partitions) {
    const lag = lagOf(partition.committed, partition.end);
    if (lag === undefined) return undefined;
    total += lag;
  }
  return total;
}

/** Sorted by topic name, then by partition number: the order in which partitions are dealt out and shown. */
export function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

/** `orders[0..3], users[1]`: partitions for people. */
export function summarizePartitions(partitions: readonly TopicPartition[]): string {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of [...partitions].sort(byTopicAndPartition)) {
    const numbers = byTopic.get(topic);
    if (numbers === undefined) byTopic.set(topic, [partition]);
    else numbers.push(partition);
  }
  const names = [...byTopic].map(([topic, numbers]) => `${topic}[${numberRuns(numbers)}]`);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more topics` : names.join(', ');
}

/** `0..3,7` for 0,1,2,3,7. */
function numberRuns(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(',');
}

/** `1,234,567`: a count for people. */
export function grouped(count: bigint | number): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
