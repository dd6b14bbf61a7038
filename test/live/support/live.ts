/** The same changes of one database, followed by Debezium, Kafka and Sluice in several ways at once. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Capture, type ConnectorProperties } from '../../../sandbox/capture/index.js';
import { asAdmin } from '../../../sandbox/chaos/kafka-admin.js';
import type { DatabaseName } from '../../../sandbox/world/install/databases.js';
import { kafkaAddress, Rig, randomName } from '../../integration/rig.js';
import {
  DATABASE,
  type Difference,
  differences,
  type FollowedTable,
  followerDdl,
  followerOf,
} from './followed-table.js';
import type { Variant } from './variant.js';

export interface LiveOptions {
  readonly database: DatabaseName;
  readonly tables: readonly FollowedTable[];
  readonly variants: readonly Variant[];
  /** The tables with the rows that Debezium's snapshot has to find. */
  readonly snapshot: string;
  /** How often Kafka Connect writes down how far it has come. */
  readonly offsetFlushMs?: number;
  /** In this process unless given. */
  readonly startWorker?: (rig: Rig) => Promise<void>;
}

/** The first that is waited for waits for all the others, on a machine that may be busy. */
const ARRIVAL_TIMEOUT_MS = 180_000;
const POLL_INTERVAL_MS = 250;
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const FLATTEN: ConnectorProperties = {
  transforms: 'unwrap',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
  'transforms.unwrap.replace.null.with.default': 'false',
};

export class Live {
  private constructor(
    private readonly options: LiveOptions,
    readonly capture: Capture,
    readonly rig: Rig,
    private readonly prefix: string,
  ) {}

  /** Everything runs, and the log of the database is followed, when it resolves. */
  static async start(options: LiveOptions): Promise<Live> {
    const { database, variants, snapshot, offsetFlushMs, startWorker = (rig) => rig.startWorker() } = options;
    const prefix = randomName(database === 'postgres' ? 'pg' : 'my').replaceAll('-', '_');
    const rig = await Rig.start();
    const capture = await Capture.start({
      sandbox: `test-${process.pid}-${prefix}`,
      database,
      kafka: kafkaAddress(),
      ...(offsetFlushMs === undefined ? {} : { offsetFlushMs }),
    });
    const live = new Live(options, capture, rig, prefix);
    await capture.source.execute(snapshot);
    await capture.follow(...variants.map((variant) => live.debeziumConfig(variant)));
    await startWorker(rig);
    for (const variant of variants) await live.startSink(variant);
    return live;
  }

  /** The configuration of the Debezium connector of a variant. */
  debeziumConfig(variant: Variant): ConnectorProperties {
    return this.capture.source.connector(this.nameOf(variant), {
      'time.precision.mode': variant.time,
      'column.propagate.source.type': '.*',
      // Truncates are left out unless nothing is.
      'skipped.operations': 'none',
      'topic.creation.default.replication.factor': '1',
      'topic.creation.default.partitions': '1',
      ...converters(variant),
      ...(variant.flattenedBy === 'source' ? FLATTEN : {}),
      ...variant.source,
    });
  }

  /** The configuration of the connector of Sluice. */
  sinkConfig(variant: Variant): Record<string, string> {
    const tables = this.tablesOf(variant);
    const topics = tables.map((table) => this.topicOf(table, variant));
    const routes = tables.map(
      (table, index) => `${topics[index]}:${followerOf(table, variant, this.prefix).slice(DATABASE.length + 1)}`,
    );
    return this.rig.config(this.nameOf(variant), {
      topics: topics.join(','),
      'doris.database': DATABASE,
      'doris.topic2table.map': routes.join(','),
      'converter.mode': 'debezium_ingestion',
      'enable.delete': 'true',
      'debezium.schema.evolution': variant.schemas ? 'basic' : 'none',
      ...(variant.schemas ? {} : this.modesOf(variant)),
      ...converters(variant),
      ...(variant.flattenedBy === 'sink' ? FLATTEN : {}),
      ...variant.sink,
    });
  }

  /**
   * Waits until the table of a variant has what the source has. What is different after a while, or when the connector
   * has failed, is an error that shows it.
   */
  async arrives(table: FollowedTable, variant: Variant): Promise<void> {
    const follower = followerOf(table, variant, this.prefix);
    const endMs = Date.now() + ARRIVAL_TIMEOUT_MS;
    for (;;) {
      // A column that has yet to be added is an error of the query.
      const different = await differences(table, follower, variant, this.capture.source, this.rig).catch(String);
      if (different.length === 0) return;
      // Nobody can be asked while no worker runs.
      const { state, tasks } = await this.rig.status(this.nameOf(variant)).catch(() => UNKNOWN);
      if (state === 'FAILED' || Date.now() > endMs) expect({ state, tasks, ...summaryOf(different) }).toEqual({});
      await sleep(POLL_INTERVAL_MS);
    }
  }

  /** Waits until the connector of a variant has failed; what it says. */
  async failure(variant: Variant): Promise<string> {
    const { tasks } = await this.rig.reaches(this.nameOf(variant), 'FAILED');
    return tasks.map(({ failure }) => failure?.message ?? '').join('\n');
  }

  /** How many records the topic of a table holds. */
  async recordsIn(topic: string): Promise<number> {
    const offsets = await asAdmin(this.rig.kafka, (admin) => admin.fetchTopicOffsets(topic));
    return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  }

  async close(): Promise<void> {
    await this.rig.close();
    await this.capture.close();
  }

  nameOf(variant: Variant): string {
    return `${this.prefix}_${variant.name}`;
  }

  topicOf(table: FollowedTable, variant: Variant): string {
    return `${this.nameOf(variant)}.${this.options.database === 'postgres' ? 'public' : 'shop'}.${table.name}`;
  }

  private tablesOf({ tables = this.options.tables }: Variant): readonly FollowedTable[] {
    return tables;
  }

  /** What an event without a schema does not say. */
  private modesOf({ time, source }: Variant): ConnectorProperties {
    return {
      'debezium.time.precision.mode': time,
      'debezium.decimal.handling.mode': source?.['decimal.handling.mode'] ?? 'precise',
    };
  }

  private async startSink(variant: Variant): Promise<void> {
    for (const table of this.tablesOf(variant)) {
      const follower = followerOf(table, variant, this.prefix);
      await this.rig.createTable(DATABASE, followerDdl(table, follower, variant));
    }
    await this.rig.startConnector(this.sinkConfig(variant));
  }
}

const UNKNOWN = { state: 'unknown', tasks: [] } as const;

/** Enough of many differences. */
function summaryOf(different: readonly Difference[] | string) {
  return { count: different.length, first: different.slice(0, 30) };
}

function converters({ schemas }: Variant): ConnectorProperties {
  return {
    'key.converter': JSON_CONVERTER,
    'key.converter.schemas.enable': String(schemas),
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': String(schemas),
    // Null in a column with a default is null, not its default.
    'value.converter.replace.null.with.default': 'false',
  };
}
