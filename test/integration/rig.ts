/**
 * A whole Sluice for one test file: the run's Temporal server and Kafka broker, a Doris double and a worker of its own,
 * and the client library that the command is made of.
 */
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import mysql from 'mysql2/promise';
import type { ObservedStatus } from '../../client/connectors.js';
import { connectorStatus } from '../../client/connectors.js';
import { startConnector } from '../../client/start.js';
import { connectTemporal, resolveTemporalSettings, type TemporalSession } from '../../client/temporal.js';
import { parseWorkerConfig } from '../../connect/config/index.js';
import { maskByName } from '../../connect/config/secret-names.js';
import { createTopics } from '../../sandbox/chaos/kafka-admin.js';
import { type DorisDouble, type DorisDoubleOptions, startDorisDouble } from '../../sandbox/doris/double.js';
import { createLogger } from '../../workers/logging.js';
import { runWorker } from '../../workers/worker.js';
import { quietRuntime, randomName, temporalAddress, until } from '../support/temporal.js';

export { randomName, until };

export function kafkaAddress(): string {
  const address = process.env.SLUICE_TEST_KAFKA;
  if (address === undefined) throw new Error('SLUICE_TEST_KAFKA is not set: run the tests with npm test');
  return address;
}

export class Rig {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private workerStop: (() => Promise<void>) | undefined;

  private constructor(
    readonly taskQueue: string,
    readonly session: TemporalSession,
    readonly kafka: Kafka,
    readonly producer: Producer,
    readonly doris: DorisDouble,
    readonly sql: mysql.Connection,
  ) {}

  static async start(options: DorisDoubleOptions = {}): Promise<Rig> {
    const taskQueue = randomName('queue');
    const session = await connectTemporal(resolveTemporalSettings({ address: temporalAddress(), taskQueue }, {}, {}));
    const kafka = new Kafka({ brokers: [kafkaAddress()], clientId: 'test', logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const doris = await startDorisDouble(options);
    const sql = await mysql.createConnection({
      host: '127.0.0.1',
      port: doris.mysqlPort,
      user: 'root',
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    const rig = new Rig(taskQueue, session, kafka, producer, doris, sql);
    rig.closers.push(
      () => sql.end(),
      () => producer.disconnect(),
      () => session.close(),
      () => doris.close(),
    );
    return rig;
  }

  /** The worker's own configuration, as a worker.properties would give it. */
  workerProperties(): Record<string, string> {
    return {
      'bootstrap.servers': kafkaAddress(),
      'temporal.address': temporalAddress(),
      'temporal.task.queue': this.taskQueue,
      'metrics.port': '0',
      'log.level': process.env.SLUICE_TEST_LOG ?? 'fatal',
    };
  }

  /** A worker in this process. */
  async startWorker(properties: Record<string, string> = {}): Promise<void> {
    quietRuntime();
    const stopping = new AbortController();
    const config = parseWorkerConfig({ ...this.workerProperties(), ...properties });
    const logger = createLogger(config.values['log.level']);
    let ready = () => {};
    const polling = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const running = runWorker({ config, logger, signal: stopping.signal, onReady: () => ready() });
    await Promise.race([polling, running]);
    this.workerStop = async () => {
      stopping.abort();
      await running;
      this.workerStop = undefined;
    };
  }

  async stopWorker(): Promise<void> {
    await this.workerStop?.();
  }

  async close(): Promise<void> {
    await this.stopWorker();
    for (const close of this.closers) await close();
  }

  async createTopic(topic: string, partitions = 1): Promise<void> {
    await createTopics(this.kafka, [{ topic, numPartitions: partitions }]);
  }

  async produce(topic: string, values: readonly (string | Buffer | null)[], partition = 0): Promise<void> {
    for (let from = 0; from < values.length; from += 5_000) {
      const messages = values.slice(from, from + 5_000).map((value) => ({ value, partition }));
      await this.producer.send({ topic, messages });
    }
  }

  /** Creates the database where needed, and a table of the given columns. */
  async createTable(database: string, ddl: string): Promise<void> {
    await this.sql.query(`CREATE DATABASE IF NOT EXISTS \`${database}\``);
    await this.sql.query(ddl);
  }

  async query<T = Record<string, unknown>>(text: string): Promise<T[]> {
    const [rows] = await this.sql.query(text);
    return rows as T[];
  }

  /** A result as the texts that the server sends. */
  async texts(query: string): Promise<(string | null)[][]> {
    const [rows] = await this.sql.query({ sql: query, rowsAsArray: true, typeCast: (field) => field.string() });
    return rows as unknown as (string | null)[][];
  }

  async count(table: string): Promise<number> {
    const [row] = await this.query<{ n: string }>(`SELECT COUNT(*) AS n FROM ${table}`);
    return Number(row?.n ?? 0);
  }

  /** A connector's configuration: the usual keys, with the double's address. */
  config(name: string, more: Record<string, string>): Record<string, string> {
    return {
      name,
      'connector.class': 'org.apache.doris.kafka.connector.DorisSinkConnector',
      'tasks.max': '1',
      'doris.urls': '127.0.0.1',
      'doris.http.port': String(this.doris.fePort),
      'doris.query.port': String(this.doris.mysqlPort),
      'doris.user': 'root',
      'doris.password': '',
      'buffer.flush.time': '0.2',
      'retry.interval.ms': '200',
      'metadata.max.age.ms': '500',
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      ...more,
    };
  }

  async startConnector(config: Record<string, string>): Promise<string> {
    const { name } = await startConnector(this.session, {
      name: config.name ?? '',
      config,
      shownConfig: maskByName(config),
      connectorClass: config['connector.class'] ?? '',
      topics: (config.topics ?? '').split(','),
    });
    this.closers.unshift(() =>
      this.session.client.workflow
        .getHandle(`connector/${name}`)
        .terminate()
        .catch(() => undefined),
    );
    return name;
  }

  status(name: string): Promise<ObservedStatus> {
    return connectorStatus(this.session, name);
  }

  /** Waits until the connector's state is the wanted one. */
  reaches(name: string, state: ObservedStatus['state'], timeoutMs = 30_000): Promise<ObservedStatus> {
    return until(
      `${name} is ${state}`,
      async () => {
        const status = await this.status(name);
        return status.state === state && status;
      },
      { timeoutMs },
    );
  }

  /** Waits until the table holds exactly so many rows, and a moment longer to see that it stays so. */
  async holds(table: string, rows: number, timeoutMs = 60_000): Promise<void> {
    let last = -1;
    await until(
      `${table} holds ${rows} rows`,
      async () => {
        last = await this.count(table);
        return last >= rows;
      },
      { timeoutMs },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it holds ${last}`);
    });
    expect(last).toBe(rows);
  }
}
