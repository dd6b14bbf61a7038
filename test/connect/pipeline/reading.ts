/** Reads records of a log in memory through the pipeline of a configuration. */
import { emptyRanges, type ReadLimits, readBatch, releaseAll } from '../../../activities/read-batch.js';
import { SluiceError } from '../../../connect/errors.js';
import { type PipelineSettings, Pipelines, type TableChange, type TableRows } from '../../../connect/pipeline/index.js';
import { ChunkPool } from '../../../connect/rows/index.js';
import { openDorisSink } from '../../../connectors/doris/sink.js';
import { MemoryLog, type MemoryRecord } from '../../activities/support/memory-log.js';
import { rawConfig } from '../../connectors/doris/support/sink.js';

export const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
export const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';

export interface Read {
  /** The lines of each table, as they are loaded: `db.t` to its rows. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** What has to be changed of tables first. */
  readonly changes?: readonly TableChange[];
}

export interface Reading {
  read(records: readonly (MemoryRecord | string | null)[], more?: Partial<ReadLimits>): Promise<Read>;
  close(): Promise<void>;
}

/** Reads topic `t` by the configuration, from its one partition; what there is no `value.converter` for is JSON. */
export function reading(
  config: Readonly<Record<string, string>> = {},
  hooks: Partial<Pick<PipelineSettings, 'tables'>> = {},
): Reading {
  const sink = openDorisSink(
    rawConfig(8030, { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'false', ...config }),
  );
  const pipelines = new Pipelines({ ...sink, ...hooks });
  return {
    async read(records, more) {
      const log = new MemoryLog();
      log.createTopic('t', 1, 100n);
      const all = records.map((record) => (typeof record === 'object' && record !== null ? record : { value: record }));
      log.produceRecords('t', 0, ...all);
      const range = { topic: 't', partition: 0, start: 100n, end: 100n + BigInt(records.length) };
      const encoded = emptyRanges([range], new ChunkPool({ chunkSizeBytes: 4096 }));
      const limits = { limitBytes: Number.POSITIVE_INFINITY, ...more };
      const { signal } = new AbortController();
      try {
        const { changes } = await pipelines.use((pipeline) => readBatch({ pipeline, log }, encoded, limits, signal));
        const parts = encoded.flatMap((part) => [
          { table: sink.tableOf(part.range.topic), rows: part.rows },
          ...part.named,
        ]);
        const tables = parts
          .filter(({ rows }) => rows.rows > 0)
          .map(({ table, rows, wave }: TableRows) => [
            `${table.database}.${table.table}${wave === undefined ? '' : ` ${wave.index} ${wave.columns?.join() ?? 'all'}`}`,
            Buffer.concat(rows.chunks()).toString().split('\n').slice(0, -1),
          ]);
        return { tables: Object.fromEntries(tables) as Read['tables'], ...(changes === undefined ? {} : { changes }) };
      } finally {
        releaseAll(encoded);
      }
    },
    async close() {
      await Promise.all([pipelines.close(), sink.driver.close()]);
    },
  };
}

/** The rows of topic `t`'s own table. */
export async function rowsOf(
  config: Readonly<Record<string, string>>,
  ...records: (MemoryRecord | string | null)[]
): Promise<readonly string[]> {
  const made = reading(config);
  try {
    return (await made.read(records)).tables['db.t'] ?? [];
  } finally {
    await made.close();
  }
}

/** The error that the first bad one of the records is told by. */
export async function errorOf(
  config: Readonly<Record<string, string>>,
  ...records: (MemoryRecord | string | null)[]
): Promise<SluiceError> {
  const made = reading(config);
  try {
    await made.read(records);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  } finally {
    await made.close();
  }
  throw new Error('nothing was thrown');
}

/** A JSON value with its schema beside it. */
export function withSchema(fields: readonly Record<string, unknown>[], payload: unknown): string {
  return JSON.stringify({ schema: { type: 'struct', optional: false, fields }, payload });
}
