/**
 * Conversion alone: records in memory become rows in memory, through all of the record path, in this process and on one
 * core. What is read from Kafka before, and sent to the database after, is not in it.
 */
import { join } from 'node:path';
import { NotReady, Pipelines, type RangeRows } from '../../connect/pipeline/index.js';
import { ChunkPool, RowBuffer } from '../../connect/rows/index.js';
import { openDorisSink } from '../../connectors/doris/sink.js';
import { startDorisDouble } from '../../sandbox/doris/double.js';
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { connectorConfig } from '../connector.js';
import type { MeasureName } from '../measures.js';
import { type KindName, recordKind, SCHEMALESS_JSON, WITH_TRANSFORMS } from '../records/index.js';
import { BenchRegistry } from '../registry.js';
import { createTables } from '../sink.js';
import { type Cost, profiled } from './profile.js';
import { RecordsInMemory } from './records.js';

/** What is converted, and how. */
const CONVERSIONS = {
  convert_string: { kind: 'plain', settings: {} },
  convert_json: { kind: 'plain', settings: SCHEMALESS_JSON },
  convert_json_schema: { kind: 'json_schema', settings: {} },
  convert_debezium: { kind: 'debezium', settings: {} },
  convert_avro: { kind: 'avro', settings: {} },
  convert_protobuf: { kind: 'protobuf', settings: {} },
  convert_transforms: { kind: 'plain', settings: WITH_TRANSFORMS },
} as const satisfies Partial<Record<MeasureName, { kind: KindName; settings: ConnectorConfig }>>;

export type ConversionName = keyof typeof CONVERSIONS;

export const CONVERSION_NAMES = Object.keys(CONVERSIONS) as readonly ConversionName[];

export interface ConvertOptions {
  /** Of each measurement; the profile takes as long again. */
  readonly durationMs: number;
  readonly samples: number;
  /** How many bytes of records there are; by default so many that they do not all lie in the processor's caches. */
  readonly recordBytes?: number;
  /** Gets the processor profile of each conversion. */
  readonly profileDir?: string | undefined;
  readonly signal: AbortSignal;
}

export interface ConversionRun {
  readonly rowsPerCpuSecond: readonly number[];
  readonly bytesPerRow: number;
  /** Most first. */
  readonly costs: readonly Cost[];
}

const TOPIC = 'bench-convert';
const RECORD_BYTES = 8 << 20;

/** Measures one conversion. The tables it asks for are those of a double, in this process. */
export async function measureConversion(name: ConversionName, options: ConvertOptions): Promise<ConversionRun> {
  const { kind, settings } = CONVERSIONS[name];
  const registry = new BenchRegistry(undefined);
  const double = await startDorisDouble({ nullMode: true });
  try {
    await createTables(double.feUrl);
    const servers = { feUrl: double.feUrl, mysqlPort: double.mysqlPort, registry };
    const config = await connectorConfig(servers, name, { topic: TOPIC, kind }, settings);
    const { valueSchema, value } = recordKind(kind);
    const schemaId = valueSchema === undefined ? 0 : await registry.register(TOPIC, valueSchema);
    const { recordBytes = RECORD_BYTES } = options;
    const count = Math.ceil(recordBytes / value(0, schemaId).length);
    return await convert(config, new RecordsInMemory(recordKind(kind), schemaId, count), name, options);
  } finally {
    await Promise.all([registry.close(), double.close()]);
  }
}

async function convert(
  config: ConnectorConfig,
  records: RecordsInMemory,
  name: ConversionName,
  { durationMs, samples, profileDir, signal }: ConvertOptions,
): Promise<ConversionRun> {
  const sink = openDorisSink(config);
  const pipelines = new Pipelines(sink);
  try {
    return await pipelines.use(async (pipeline) => {
      const writeAll = async (target: RangeRows) => {
        for (let at = 0; at < records.count; ) {
          try {
            for (; at < records.count; at++) pipeline.write(records.at(at), target, 0n);
          } catch (error) {
            if (!(error instanceof NotReady)) throw error;
            await error.ready(signal);
          }
        }
      };
      const run = () => repeatedly(writeAll, durationMs, signal);
      const warm = await run();
      const rowsPerCpuSecond: number[] = [];
      for (let sample = 0; sample < samples; sample++) {
        const { rounds, cpuSeconds } = await run();
        rowsPerCpuSecond.push((rounds * records.count) / cpuSeconds);
      }
      const file = profileDir === undefined ? undefined : join(profileDir, `${name}.cpuprofile`);
      const costs = await profiled(async () => void (await run()), file);
      return { rowsPerCpuSecond, bytesPerRow: warm.bytes / warm.rounds / records.count, costs };
    });
  } finally {
    await Promise.all([pipelines.close(), sink.driver.close()]);
  }
}

/**
 * Writes all records into buffers that are given back, as those of a load are, again and again. Counted is processor
 * time, of all threads: what the collector of garbage takes beside us is part of the price, what else the machine does
 * is not.
 */
async function repeatedly(
  writeAll: (target: RangeRows) => Promise<void>,
  durationMs: number,
  signal: AbortSignal,
): Promise<{ rounds: number; cpuSeconds: number; bytes: number }> {
  const chunks = new ChunkPool();
  const before = process.cpuUsage();
  const endMs = performance.now() + durationMs;
  let rounds = 0;
  let bytes = 0;
  do {
    signal.throwIfAborted();
    const target = { range: { topic: TOPIC, partition: 0 }, rows: new RowBuffer(chunks), named: [], chunks };
    await writeAll(target);
    const buffers: RowBuffer[] = [target.rows, ...target.named.map(({ rows }: { rows: RowBuffer }) => rows)];
    for (const rows of buffers) {
      bytes += rows.sizeBytes;
      rows.release();
    }
    rounds++;
  } while (performance.now() < endMs);
  const { user, system } = process.cpuUsage(before);
  return { rounds, cpuSeconds: (user + system) / 1e6, bytes };
}
