import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import avsc from 'avsc';
import protobuf from 'protobufjs';
import { SluiceError } from '../../connect/errors.js';
import type { SchemaDefinition } from './store.js';

/** A value as JSON in, the same in the form of its schema out. */
type Encode = (json: string) => Buffer;

interface SchemaFile extends SchemaDefinition {
  readonly encode: Encode;
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * What a producer with a registry does: registers the schema of the file (`.avsc`, or the first message of a `.proto`)
 * for the values of the topic, and writes values with the schema's id before them (Confluent's wire format).
 *
 * @returns the serializer of one value, given as JSON
 * @throws SluiceError CONFIG_INVALID for a file that holds no schema, or a schema that the registry refuses
 */
export async function createSerializer(registryUrl: string, topic: string, path: string): Promise<Encode> {
  const { encode, ...definition } = await readSchema(path);
  const response = await fetch(`${registryUrl}/subjects/${encodeURIComponent(`${topic}-value`)}/versions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(definition),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const answer = (await response.json()) as { id?: number; message?: string };
  if (answer.id === undefined) throw invalid(path, answer.message ?? `HTTP ${response.status}`);
  // A magic byte and the id; of Protobuf also which message it is: a single 0 for the first.
  const head = Buffer.alloc(definition.schemaType === 'PROTOBUF' ? 6 : 5);
  head.writeInt32BE(answer.id, 1);
  return (json) => Buffer.concat([head, encode(json)]);
}

async function readSchema(path: string): Promise<SchemaFile> {
  const schema = await readFile(path, 'utf8');
  try {
    if (path.endsWith('.proto')) return { schema, schemaType: 'PROTOBUF', encode: protobufEncoder(schema) };
    const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema);
    return { schema, schemaType: 'AVRO', encode: (json) => type.toBuffer(type.fromString(json)) };
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error));
  }
}

function protobufEncoder(schema: string): Encode {
  const { root, package: name } = protobuf.parse(schema, { keepCase: true });
  const scope = name === undefined ? root : root.lookup(name);
  const first = scope instanceof protobuf.Namespace ? scope.nestedArray.find(isMessage) : undefined;
  if (first === undefined) throw new Error('it holds no message');
  return (json) => Buffer.from(first.encode(first.fromObject(JSON.parse(json) as Record<string, unknown>)).finish());
}

function isMessage(object: protobuf.ReflectionObject): object is protobuf.Type {
  return object instanceof protobuf.Type;
}

function invalid(path: string, reason: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', `${basename(path)} cannot be used as a schema: ${reason}`, {
    hint: 'Give an Avro schema (.avsc) or a Protobuf file (.proto).',
  });
}
