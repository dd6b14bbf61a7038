/** A topic made, described in the registry and filled, ready to be measured on. */
import { randomUUID } from 'node:crypto';
import { type KindName, recordKind } from './records/index.js';
import { type FullTopic, fillTopic } from './topic.js';
import type { World } from './world.js';

export interface WantedTopic {
  /** A new name by default. */
  readonly topic?: string;
  readonly kind: KindName;
  readonly partitions: number;
  readonly rows: number;
}

/** Makes the topic and fills it; returns when the broker has all of it. */
export async function fullTopic(
  { kafka, registry, progress }: Pick<World, 'kafka' | 'registry' | 'progress'>,
  { topic = newTopicName(), kind: name, partitions, rows }: WantedTopic,
): Promise<FullTopic> {
  const kind = recordKind(name);
  progress.report(`Producing ${rows} rows to ${topic}: ${kind.title}`);
  const schemaId = kind.valueSchema === undefined ? 0 : await registry.register(topic, kind.valueSchema);
  await fillTopic(kafka, { topic, partitions, rows, kind, schemaId });
  return { topic, partitions, rows, kind: name };
}

function newTopicName(): string {
  return `bench-${randomUUID().slice(0, 8)}`;
}
