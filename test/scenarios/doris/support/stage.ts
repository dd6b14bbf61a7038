/**
 * The stage of the scenarios that the Java connector for Doris is tested with: a broker, a worker and the Doris double
 * of the file, in a cluster whose time zone is that of Shanghai, as there.
 */
import { deleteConnector, type ObservedStatus } from '../../../../client/connectors.js';
import type { DorisDoubleOptions } from '../../../../sandbox/doris/double.js';
import { kafkaAddress, Rig, randomName, until } from '../../../integration/rig.js';
import { TestKafka } from '../../../kafka/support/kafka.js';
import { call } from '../../../sandbox/doris/support/client.js';

export { randomName, until };

export const DATABASE = 'e2e';
export const STRING = 'org.apache.kafka.connect.storage.StringConverter';
export const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
export const PLAIN_JSON = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'false' };
export const JSON_WITH_SCHEMA = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'true' };
/** A flush time that no test lives to see. */
export const NEVER = '1200';

type Config = Readonly<Record<string, string>>;
type Value = string | Buffer | null | object;

/** A topic and the connector of the same name. */
export interface Scene {
  readonly topic: string;
  readonly name: string;
  readonly config: Config;
  send(values: readonly Value[], partition?: number): Promise<void>;
}

export class Stage {
  private constructor(readonly rig: Rig) {}

  static async start(options: DorisDoubleOptions = {}): Promise<Stage> {
    const stage = new Stage(await Rig.start(options));
    await stage.rig.startWorker();
    await stage.rig.sql.query("SET GLOBAL time_zone = 'Asia/Shanghai'");
    await stage.rig.sql.query(`CREATE DATABASE ${DATABASE}`);
    return stage;
  }

  close(): Promise<void> {
    return this.rig.close();
  }

  async run(...statements: string[]): Promise<void> {
    for (const statement of statements) await this.rig.sql.query(statement);
  }

  async topic(prefix: string, partitions = 1): Promise<string> {
    const topic = randomName(prefix);
    await this.rig.createTopic(topic, partitions);
    return topic;
  }

  /** A new topic, and a connector that loads it into the table. */
  async scene(table: string, more: Config, { partitions = 1, prefix = 'scene' } = {}): Promise<Scene> {
    const topic = await this.topic(prefix, partitions);
    const started = await this.connect(topic, { 'doris.topic2table.map': `${topic}:${table}`, ...more });
    return { topic, ...started, send: (values, partition) => this.send(topic, values, partition) };
  }

  /** Starts a connector for the topic: under its name, unless the configuration says another one. */
  async connect(topic: string, more: Config): Promise<{ name: string; config: Config }> {
    const config = this.rig.config(more.name ?? topic, {
      topics: topic,
      'doris.database': DATABASE,
      'sink.properties.compress_type': '',
      ...more,
    });
    return { name: await this.rig.startConnector(config), config };
  }

  /** Ends a connector that runs well. */
  async remove(name: string): Promise<void> {
    await this.rig.reaches(name, 'RUNNING');
    await deleteConnector(this.rig.session, name);
  }

  /** Objects are sent as JSON. */
  send(topic: string, values: readonly Value[], partition = 0): Promise<void> {
    const texts = values.map((value) =>
      value === null || typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
    );
    return this.rig.produce(topic, texts, partition);
  }

  /** The values of a topic once there are so many. */
  async records(topic: string, count: number): Promise<string[] | undefined> {
    const kafka = new TestKafka({ 'bootstrap.servers': kafkaAddress() });
    try {
      const { values } = await kafka.read(await kafka.wholeTopic(topic));
      const found = values.flat();
      return found.length < count ? undefined : found;
    } finally {
      await kafka.close();
    }
  }

  /** Every row as the words the database prints, in the order of the table's columns; rows in the order of the first. */
  async rows(table: string, columns = '*'): Promise<string[]> {
    const [rows] = await this.rig.sql.query({
      sql: `SELECT ${columns} FROM ${qualified(table)} ORDER BY 1`,
      rowsAsArray: true,
      typeCast: (field) => field.string('utf8'),
    });
    return (rows as unknown as (string | null)[][]).map((row) => row.map((cell) => cell ?? 'null').join());
  }

  /** Waits until the table holds as many rows as expected, then compares all of them. */
  async expectRows(table: string, expected: readonly string[]): Promise<void> {
    await until(`${table} holds ${expected.length} rows`, async () => {
      return (await this.rig.count(qualified(table))) >= expected.length;
    }).catch(() => undefined);
    expect(await this.rows(table)).toEqual(expected);
  }

  /** Waits until the table holds exactly these rows: for rows that change without becoming more. */
  async becomes(table: string, expected: readonly string[]): Promise<void> {
    await until(`${table} is as expected`, async () => {
      return JSON.stringify(await this.rows(table)) === JSON.stringify(expected);
    }).catch(() => undefined);
    expect(await this.rows(table)).toEqual(expected);
  }

  /** Waits until everything that is in the topics is committed. */
  caughtUp(name: string, committed: Readonly<Record<string, bigint>>): Promise<unknown> {
    return until(`${name} has caught up`, async () => {
      const { tasks } = await this.rig.status(name);
      const offsets = new Map<string, string | undefined>(
        tasks.flatMap(({ partitions }) =>
          partitions.map((at) => [`${at.topic}:${at.partition}`, at.committed] as const),
        ),
      );
      return Object.entries(committed).every(([place, offset]) => offsets.get(place) === String(offset));
    });
  }

  /** The status of a connector that has failed, or whose task has, and the message that its user sees. */
  async failure(name: string): Promise<{ status: ObservedStatus; message: string }> {
    const status = await this.rig.reaches(name, 'FAILED');
    const failure = status.failure ?? status.tasks.find((task) => task.failure !== undefined)?.failure;
    return { status, message: failure?.message ?? '' };
  }

  /** As test suites written for Doris break its back end. */
  async debugPoint(order: string): Promise<void> {
    const { status } = await call(`http://127.0.0.1:${this.rig.doris.bePort}/api/debug_point/${order}`, {
      method: 'POST',
    });
    expect(status).toBe(200);
  }
}

export function qualified(table: string): string {
  return table.includes('.') ? table : `${DATABASE}.${table}`;
}

/** The table of most scenarios: id, name, age. */
export function userTable(name: string, model: 'UNIQUE' | 'DUPLICATE' = 'UNIQUE', properties = ''): string {
  return `CREATE TABLE ${qualified(name)} (id INT NOT NULL, name VARCHAR(100), age INT) ${model} KEY(id)
    DISTRIBUTED BY HASH(id) BUCKETS 1 ${properties}`;
}

export function user(id: number, name: string, age: number) {
  return { id, name, age };
}
