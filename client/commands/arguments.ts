/**
 * Parsers of option values and arguments; what they cannot read is a usage error of commander's.
 */
import { InvalidArgumentError } from 'commander';
import type { Offset, TopicPartition } from '../../workflows/core/model.js';

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Not a whole number.');
  return Number(text);
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Not a number above 0.');
  return value;
}

/** Collects `--set key=value` options. */
export function keyValue(text: string, collected: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.');
  return { ...collected, [text.slice(0, at).trim()]: text.slice(at + 1) };
}

export type PartitionOffset = TopicPartition & { readonly offset: Offset };

/** `topic:partition=offset`. Offsets stay decimal strings: they may exceed what a JavaScript number holds. */
export function partitionOffset(text: string): PartitionOffset {
  const [, topic, partition, offset] = /^([A-Za-z0-9._-]{1,249}):(\d{1,9})=(\d{1,19})$/.exec(text) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) {
    throw new InvalidArgumentError(`"${text}" is not of the form topic:partition=offset.`);
  }
  return { topic, partition: Number(partition), offset: BigInt(offset).toString() };
}

/** `topic` or `topic:partition`. */
export function partitionSelector(text: string): { topic: string; partition?: number } {
  const [, topic, partition] = /^([A-Za-z0-9._-]{1,249})(?::(\d{1,9}))?$/.exec(text) ?? [];
  if (topic === undefined) throw new InvalidArgumentError(`"${text}" is not of the form topic or topic:partition.`);
  return partition === undefined ? { topic } : { topic, partition: Number(partition) };
}
