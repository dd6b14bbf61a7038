/** One measured run of a connector: from its start to the commit of the last row of a topic that is full already. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectorStatus, deleteConnector } from '../client/connectors.js';
import { ClientError } from '../client/errors.js';
import { startConnector } from '../client/start.js';
import type { ConnectorConfig } from '../workflows/core/model.js';
import { type HistoryFacts, readHistory } from './history.js';
import { type KindName, recordKind, UNCOMPRESSED } from './records/index.js';
import { DATABASE, rowsSent } from './sink.js';
import type { World } from './world.js';

const DORIS_SINK = 'org.apache.doris.kafka.connector.DorisSinkConnector';

const SINK_POLL_MS = 20;
const STATUS_POLL_MS = 2_000;
/** A run that takes so long has stopped moving. */
const RUN_TIMEOUT_MS = 180_000;

export interface RunningConnector {
  readonly name: string;
  readonly runId: string;
  readonly startedAtMs: number;
  /** Undefined where the sink does not count. */
  readonly sinkRowsBefore: number | undefined;
}

export interface TopicName {
  readonly topic: string;
  /** What its records are; plain rows by default. */
  readonly kind?: KindName;
}

export interface Run extends HistoryFacts {
  readonly rows: number;
  /** From the request to start the connector to the last commit. */
  readonly seconds: number;
}

/**
 * A connector as users configure it for records of this kind, loads uncompressed; `settings` are added or replace what
 * is there.
 */
export async function connectorConfig(
  world: Pick<World, 'feUrl' | 'mysqlPort' | 'registry'>,
  name: string,
  { topic, kind = 'plain' }: TopicName,
  settings: ConnectorConfig,
): Promise<ConnectorConfig> {
  const { hostname, port } = new URL(world.feUrl);
  const { table, valueSchema, settings: settingsOf } = recordKind(kind);
  return {
    name,
    'connector.class': DORIS_SINK,
    'tasks.max': '4',
    topics: topic,
    'doris.topic2table.map': `${topic}:${table}`,
    'doris.urls': hostname,
    'doris.http.port': port,
    'doris.query.port': String(world.mysqlPort),
    'doris.user': 'root',
    'doris.password': '',
    'doris.database': DATABASE,
    ...UNCOMPRESSED,
    ...settingsOf(valueSchema === undefined ? '' : await world.registry.url()),
    ...settings,
  };
}

/** Starts a connector under a name of its own, its clock running. */
export async function launch(world: World, topic: TopicName, settings: ConnectorConfig): Promise<RunningConnector> {
  const session = await world.session();
  const name = newConnectorName();
  const config = await connectorConfig(world, name, topic, settings);
  const sinkRowsBefore = await rowsSent(world.feUrl);
  const startedAtMs = Date.now();
  const { runId } = await startConnector(session, {
    name,
    config,
    shownConfig: config,
    connectorClass: DORIS_SINK,
    topics: [topic.topic],
  });
  return { name, runId, startedAtMs, sinkRowsBefore };
}

export function newConnectorName(): string {
  return `bench_${randomUUID().slice(0, 8)}`;
}

/** Waits until `rows` rows are committed, ends the connector, and reads what its history tells. */
export async function finish(world: World, connector: RunningConnector, rows: number): Promise<Run> {
  const session = await world.session();
  try {
    await untilCommitted(world, connector, rows);
  } catch (error) {
    // Not to be in the way of what is measured next.
    await deleteConnector(session, connector.name).catch(() => undefined);
    throw error;
  }
  const history = await readHistory(session, connector.name, connector.runId);
  await deleteConnector(session, connector.name);
  const lastCommitMs = Math.max(...history.batches.map(({ committedAtMs }) => committedAtMs));
  return { ...history, rows, seconds: (lastCommitMs - connector.startedAtMs) / 1_000 };
}

/** Runs a connector over a full topic. */
export async function runConnector(
  world: World,
  topic: TopicName & { readonly rows: number },
  settings: ConnectorConfig,
): Promise<Run> {
  return finish(world, await launch(world, topic, settings), topic.rows);
}

/** The sink is asked often, for that costs the worker nothing; the connector itself once the sink has every row. */
async function untilCommitted(
  { feUrl, signal, session }: World,
  { name, sinkRowsBefore = 0 }: RunningConnector,
  rows: number,
): Promise<void> {
  const endMs = Date.now() + RUN_TIMEOUT_MS;
  let statusDueMs = Date.now() + STATUS_POLL_MS;
  for (;;) {
    const sent = await rowsSent(feUrl);
    const arrived = sent !== undefined && sent - sinkRowsBefore >= rows;
    if (arrived || Date.now() >= statusDueMs) {
      statusDueMs = Date.now() + STATUS_POLL_MS;
      const { state, totals, failure, tasks } = await connectorStatus(await session(), name);
      if (totals.rowsLoaded >= rows) return;
      const reason = failure ?? tasks.find((task) => task.failure !== undefined)?.failure;
      if (reason !== undefined) throw failed(name, `is ${state}: ${reason.message}`);
      if (Date.now() >= endMs) throw failed(name, `has committed ${totals.rowsLoaded} of ${rows} rows in time`);
    }
    await sleep(SINK_POLL_MS, undefined, { signal });
  }
}

function failed(name: string, what: string): ClientError {
  return new ClientError('CONNECTOR_FAILED', `Connector ${name} ${what}.`, { connector: name });
}
