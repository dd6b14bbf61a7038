/** The topics and tables of a stage, and the two connectors that load them. */
import type { ConnectorConfig } from '../../workflows/core/model.js';

export const DATABASE = 'chaos';

export interface Feed {
  readonly topic: string;
  readonly table: string;
  readonly partitions: number;
  /** `rows`: a DUPLICATE KEY table, where a doubled row shows. `accounts`: a UNIQUE KEY table, with deletes. */
  readonly kind: 'rows' | 'accounts';
  /** Set where some rows are bad: they belong into this topic. */
  readonly deadLetters?: string;
}

/** What a connector is made of; the rest of its configuration follows from where the servers are. */
export interface ConnectorSpec {
  readonly name: string;
  readonly feeds: readonly Feed[];
  readonly tasksMax: number;
  readonly more: ConnectorConfig;
}

export function feedsOf(run: string, partitions = 4, badRows = false): { events: Feed; audit: Feed; accounts: Feed } {
  const feed = (name: string, kind: Feed['kind'], count: number): Feed => ({
    topic: `${run}-${name}`,
    table: `${run}_${name}`.replaceAll('-', '_'),
    partitions: count,
    kind,
  });
  return {
    events: feed('events', 'rows', partitions),
    audit: { ...feed('audit', 'rows', 2), ...(badRows ? { deadLetters: `${run}-dead` } : {}) },
    accounts: feed('accounts', 'accounts', 2),
  };
}

export function ddlOf({ table, kind }: Feed): string {
  const name = `${DATABASE}.${table}`;
  return kind === 'rows'
    ? `CREATE TABLE ${name} (id BIGINT NOT NULL, payload VARCHAR(200)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 2`
    : `CREATE TABLE ${name} (k BIGINT NOT NULL, v BIGINT NOT NULL) UNIQUE KEY(k) DISTRIBUTED BY HASH(k) BUCKETS 2`;
}

export interface Addresses {
  readonly frontendPorts: readonly number[];
  readonly mysqlPort: number;
}

/** The configuration of one connector: short waits and small batches, so that much is always under way. */
export function configOf(
  { name, feeds, tasksMax, more }: ConnectorSpec,
  { frontendPorts, mysqlPort }: Addresses,
): ConnectorConfig {
  return {
    name,
    'connector.class': 'org.apache.doris.kafka.connector.DorisSinkConnector',
    topics: feeds.map(({ topic }) => topic).join(','),
    'tasks.max': String(tasksMax),
    'doris.urls': frontendPorts.map((port) => `127.0.0.1:${port}`).join(','),
    'doris.http.port': String(frontendPorts[0] ?? 0),
    'doris.query.port': String(mysqlPort),
    'doris.user': 'root',
    'doris.password': '',
    'doris.database': DATABASE,
    'doris.topic2table.map': feeds.map(({ topic, table }) => `${topic}:${table}`).join(','),
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'buffer.flush.time': '0.2',
    'buffer.count.records': '200',
    'batch.max.records': '2000',
    'retry.interval.ms': '100',
    'metadata.max.age.ms': '500',
    'request.connect.timeout.ms': '1000',
    'request.read.timeout.ms': '2000',
    ...(feeds.some(({ kind }) => kind === 'accounts') ? { 'enable.delete': 'true' } : {}),
    ...more,
  };
}
