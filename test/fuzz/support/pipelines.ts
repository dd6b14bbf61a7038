/** Compiled pipelines, and genuine records for each kind of converter. */
import { readFileSync } from 'node:fs';
import { emptyRanges, releaseAll } from '../../../activities/read-batch.js';
import { SluiceError } from '../../../connect/errors.js';
import {
  type LocatedRecord,
  NotReady,
  type Pipeline,
  Pipelines,
  SchemaChangeNeeded,
} from '../../../connect/pipeline/index.js';
import { isObject, type JsonObject, jsonText, parseJsonTree } from '../../../connect/registry/json-tree.js';
import { ChunkPool } from '../../../connect/rows/index.js';
import { openDorisSink } from '../../../connectors/doris/sink.js';
import type { RegistryDouble } from '../../../sandbox/registry/index.js';
import { readCapture } from '../../connect/debezium/captured.js';
import { rawConfig } from '../../connectors/doris/support/sink.js';

export interface GenuineRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
}

/** The record in the middle of a fetched buffer, as readers show it. */
export function located({ key, value }: GenuineRecord): LocatedRecord {
  const around = Buffer.from([0xff, 0x22, 0x7b]);
  const buffer = Buffer.concat([around, key ?? around.subarray(0, 0), around, value, around]);
  const keyEnd = 3 + (key?.length ?? 0);
  return {
    buffer,
    keyStart: key === null ? -1 : 3,
    keyEnd: key === null ? -1 : keyEnd,
    valueStart: keyEnd + 3,
    valueEnd: keyEnd + 3 + value.length,
    timestamp: 1_700_000_000_000n,
    headerCount: 0,
    headersStart: 0,
    headersEnd: 0,
    offsetDelta: 0,
  };
}

export interface Outcome {
  /** Undefined where rows were written. */
  readonly thrown: unknown;
  readonly rows: number;
  readonly lines: readonly string[];
  readonly sizeBytes: number;
}

export interface FuzzedPipeline {
  write(record: GenuineRecord): Outcome;
}

/** Runs `work` with a pipeline that knows the schemas of the genuine records. */
export async function withPipeline(
  config: Readonly<Record<string, string>>,
  genuine: readonly GenuineRecord[],
  work: (pipeline: FuzzedPipeline) => void,
): Promise<void> {
  const sink = openDorisSink(rawConfig(8030, config));
  // Tables that take everything, and have no columns that events without a schema could be read by.
  const tables = {
    onSchema: () => undefined,
    partialUpdate: () => ({ keys: [], columns: new Set<string>() }),
    fieldsOf: () => ({ type: 'STRUCT', optional: false, fields: [] }) as const,
  };
  const pipelines = new Pipelines({ ...sink, tables });
  try {
    await pipelines.use(async (pipeline) => {
      for (const record of genuine) await learned(pipeline, record);
      work({ write: (record) => written(pipeline, record) });
    });
  } finally {
    await Promise.all([pipelines.close(), sink.driver.close()]);
  }
}

async function learned(pipeline: Pipeline, record: GenuineRecord): Promise<void> {
  for (;;) {
    const { thrown } = written(pipeline, record);
    if (!(thrown instanceof NotReady)) {
      // Among the genuine records are some that no table can hold.
      const isKnown = thrown === undefined || thrown instanceof SchemaChangeNeeded || thrown instanceof SluiceError;
      if (isKnown) return;
      throw thrown;
    }
    await thrown.ready(AbortSignal.timeout(10_000));
  }
}

function written(pipeline: Pipeline, record: GenuineRecord): Outcome {
  const ranges = emptyRanges([{ topic: 't', partition: 0, start: 100n, end: 101n }], new ChunkPool());
  let thrown: unknown;
  try {
    for (const target of ranges) pipeline.write(located(record), target, 100n);
  } catch (error) {
    thrown = error;
  }
  const parts = ranges.flatMap(({ rows, named }) => [rows, ...named.map((part) => part.rows)]);
  const lines = parts.flatMap((part) => Buffer.concat(part.chunks()).toString().split('\n').slice(0, -1));
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  releaseAll(ranges);
  return { thrown, rows, lines, sizeBytes };
}

/** Records of a genuine Debezium connector. */
export function captured(name: string): GenuineRecord[] {
  return readCapture(name).records.flatMap(({ key, value }) =>
    value === null ? [] : [{ key: key === null ? null : Buffer.from(key), value: Buffer.from(value) }],
  );
}

/** What the Java serializers have written, framed by ids of the registry. */
export function registered(registry: RegistryDouble, kind: 'AVRO' | 'PROTOBUF' | 'JSON'): GenuineRecord[] {
  return fixtures(FIXTURES[kind]).flatMap((item, index): GenuineRecord[] => {
    if (item.has('config')) return [];
    const written = item.get('schema') ?? null;
    const schema = kind === 'PROTOBUF' ? String(written) : jsonText(written);
    const { stored } = registry.register(`fuzz-${kind}-${index}`, { schema, schemaType: kind });
    return valuesOf(item, kind).map((value) => ({ key: null, value: framed(stored.id, kind, value) }));
  });
}

const FIXTURES = {
  AVRO: 'avro/fixtures/avro-data.json',
  PROTOBUF: 'protobuf/fixtures/protobuf-data.json',
  JSON: 'json-schema-registry/fixtures/json-schema-data.json',
} as const;

function fixtures(file: string): readonly JsonObject[] {
  const path = new URL(`../../connect/converters/${file}`, import.meta.url);
  return (parseJsonTree(readFileSync(path, 'utf8')) as readonly JsonObject[]).filter(isObject);
}

function valuesOf(item: JsonObject, kind: keyof typeof FIXTURES): Buffer[] {
  if (kind !== 'JSON') return [Buffer.from(String(item.get('hex')), 'hex')];
  const values = item.get('values');
  return (Array.isArray(values) ? values : [])
    .filter(isObject)
    .filter((pair: JsonObject) => pair.has('row'))
    .map((pair: JsonObject) => Buffer.from(String(pair.get('value'))));
}

/** A zero and the schema's id; for Protobuf, that it is the first message of the schema. */
function framed(id: number, kind: keyof typeof FIXTURES, value: Buffer): Buffer {
  const head = Buffer.alloc(kind === 'PROTOBUF' ? 6 : 5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, value]);
}
