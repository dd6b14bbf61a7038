/**
 * Lines of text as records of a topic, the way Kafka's console producers read them.
 */
import { createSerializer } from '../../sandbox/registry/index.js';
import { ClientError } from '../errors.js';
import type { ProducedRecord } from './topic.js';

export interface RecordFormat {
  /** A file with a schema: values are JSON and are written in its form. */
  readonly schema?: string;
  /** Where the registry is that schemas are registered with. */
  readonly registry?: string | undefined;
  /** What is before it is the key; where nothing is behind it, the value is null. */
  readonly keySeparator?: string;
}

/** @throws ClientError REQUEST_FAILED for a schema without a registry */
export async function recordsOf(
  topic: string,
  lines: readonly string[],
  { schema, registry, keySeparator }: RecordFormat,
): Promise<ProducedRecord[]> {
  const encode = schema === undefined ? (line: string) => Buffer.from(line) : await serializer(registry, topic, schema);
  return lines.map((line) => {
    if (keySeparator === undefined) return { key: null, value: encode(line) };
    const at = line.indexOf(keySeparator);
    if (at < 0) {
      throw new ClientError('REQUEST_FAILED', `A line has no ${JSON.stringify(keySeparator)}: ${line.slice(0, 80)}`, {
        hint: 'Give each line a key, or leave out --key-separator.',
      });
    }
    const value = line.slice(at + keySeparator.length);
    return { key: Buffer.from(line.slice(0, at)), value: value === '' ? null : encode(value) };
  });
}

function serializer(registry: string | undefined, topic: string, schema: string) {
  if (registry !== undefined) return createSerializer(registry, topic, schema);
  throw new ClientError('REQUEST_FAILED', 'The sandbox runs no registry.', { hint: 'Start it by: sluice sandbox up' });
}
