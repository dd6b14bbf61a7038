/** A connector on a log in memory: what the activities are given in a worker, without Temporal and Kafka. */
import pino from 'pino';
import { type ConnectorFactory, ConnectorPool } from '../../../activities/connector-pool.js';
import type { ActivityDeps } from '../../../activities/deps.js';
import { Discovery } from '../../../activities/discovery.js';
import type { Lease } from '../../../activities/lease.js';
import { MemoryBudget } from '../../../activities/memory-budget.js';
import { ChunkPool } from '../../../connect/rows/index.js';
import { parseDorisSinkConfig } from '../../../connectors/doris/config.js';
import { DorisTables } from '../../../connectors/doris/ddl/index.js';
import { openDorisSink } from '../../../connectors/doris/sink.js';
import type { Sink } from '../../../connectors/sink.js';
import type { SinkDriver } from '../../../connectors/sink-driver.js';
import type {
  AwaitBatchInput,
  CommitBatchInput,
  ConnectorReference,
  PrepareBatchInput,
} from '../../../workflows/core/activities.js';
import type { LoadReference, Range } from '../../../workflows/core/model.js';
import { rawConfig } from '../../connectors/doris/support/sink.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryLog } from './memory-log.js';
import { ScriptedDriver } from './scripted-driver.js';

export const GROUP = 'connect-test';
export const identity = { id: 'c0ffee', epoch: 1 };

export interface BenchOptions {
  readonly config?: Readonly<Record<string, string>>;
  /** The front end of a Doris; without it the driver is scripted. */
  readonly fePort?: number;
}

export interface Bench {
  readonly log: MemoryLog;
  readonly deadLetters: MemoryDeadLetters;
  readonly sink: Sink;
  /** The driver of the sink; says nothing where the sink is Doris. */
  readonly driver: ScriptedDriver;
  readonly deps: Omit<ActivityDeps, 'metrics'>;
  readonly connector: ConnectorReference;
  readonly lease: Lease;
  prepareInput(ranges: readonly Range[], more?: Partial<PrepareBatchInput>): PrepareBatchInput;
  commitInput(
    ranges: readonly Range[],
    loads: readonly LoadReference[],
    more?: Partial<CommitBatchInput>,
  ): CommitBatchInput;
  awaitInput(positions: Readonly<Record<string, readonly number[]>>, more?: Partial<AwaitBatchInput>): AwaitBatchInput;
  close(): Promise<void>;
}

export function createBench({ config = {}, fePort }: BenchOptions = {}): Bench {
  const raw = rawConfig(fePort ?? 8030, config);
  const log = new MemoryLog();
  const driver = new ScriptedDriver();
  const deadLetters = new MemoryDeadLetters();
  const doris = openDorisSink(raw);
  const { schema } = parseDorisSinkConfig(raw);
  const tables = new DorisTables((table) => driver.describeTable(table), schema, {
    timePrecisionMode: 'adaptive',
    decimalHandlingMode: 'precise',
  });
  const sink = fePort === undefined ? { ...doris, driver: driver as SinkDriver, tables } : doris;
  const factory: ConnectorFactory = {
    resolve: async () => raw,
    open: () => ({ sink, log, group: GROUP, ...(doris.config.deadLetters === undefined ? {} : { deadLetters }) }),
  };
  const connectors = new ConnectorPool(factory);
  const connector = { name: 'test', generation: 1, config: raw };
  const common = { connector, identity, task: 0, sequence: 1, labelPrefix: 'test' };
  return {
    log,
    deadLetters,
    sink,
    driver,
    connector,
    deps: {
      connectors,
      discovery: new Discovery(),
      memory: new MemoryBudget(1 << 20),
      chunks: new ChunkPool({ chunkSizeBytes: 1_024 }),
      logger: pino({ level: 'silent' }),
      previousCheckpoint: async () => undefined,
    },
    lease: { signal: new AbortController().signal, isFirstAttempt: true, check: () => undefined },
    prepareInput: (ranges, more) => ({ ...common, ranges, topicIds: log.topicIds(), mayCut: true, ...more }),
    commitInput: (ranges, loads, more) => ({ ...common, ranges, loads, ...more }),
    awaitInput: (positions, more) => ({
      connector,
      task: 0,
      positions: Object.entries(positions).flatMap(([topic, offsets]) =>
        offsets.map((offset, partition) => ({ topic, partition, offset: String(offset) })),
      ),
      topicIds: log.topicIds(),
      dueAtOnce: false,
      ...more,
    }),
    async close() {
      await connectors.close();
      await doris.driver.close();
    },
  };
}

/** `t[0] 5..9` as a range. */
export function range(topic: string, partition: number, start: number | bigint, end: number | bigint): Range {
  return { topic, partition, start: String(start), end: String(end) };
}
