/** One run on the world: a database, topics, tables, connectors on worker processes, a producer and an operator. */
import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { handleOf } from '../../client/connectors.js';
import { startConnector } from '../../client/start.js';
import type { TemporalSession } from '../../client/temporal.js';
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { type DorisDouble, startDorisDouble } from '../doris/double.js';
import type { Fault } from '../olap/faults.js';
import { DEFAULT_TRANSACTION_SETTINGS, type TransactionSettings } from '../olap/transactions.js';
import type { Progress } from '../world/index.js';
import { checkTable, OrderWatch, type TableVerdict } from './checker.js';
import { deadLetterConfig, readDeadLetters } from './dead-letters.js';
import { Gate } from './gate.js';
import { createTopics } from './kafka-admin.js';
import { Operator } from './operator.js';
import { ChaosProducer } from './producer.js';
import { Slowness } from './slowness.js';
import { Tally } from './tally.js';
import { type ConnectorSpec, configOf, DATABASE, ddlOf, type Feed, feedsOf } from './topics.js';
import { Truth } from './truth.js';
import { until } from './until.js';
import { WorkerClock } from './worker-clock.js';
import { Workers } from './workers.js';
import type { World } from './world.js';

export interface StageOptions {
  readonly seed: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  readonly workers?: number;
  /** Partitions of the first topic. */
  readonly partitions?: number;
  readonly tasksMax?: number;
  /** True when some rows of the second topic are bad, and belong into the dead letter queue. */
  readonly badRows?: boolean;
  /** Settings of the connectors beside the usual ones. */
  readonly config?: ConnectorConfig;
  readonly transactions?: Partial<TransactionSettings>;
}

const SETTLED_LOOKS = 3;
const FRONTENDS = 2;

export class Stage {
  readonly truth = new Truth();
  readonly operator: Operator;
  readonly producer: ChaosProducer;
  readonly order: OrderWatch;
  /** Calls may still be under way on the earlier ones: all are closed at the end. */
  private readonly sessions: TemporalSession[] = [];
  private currentTally: Tally;

  private constructor(
    readonly world: World,
    readonly feeds: { readonly events: Feed; readonly audit: Feed; readonly accounts: Feed },
    readonly connectors: readonly [ConnectorSpec, ConnectorSpec],
    readonly doris: DorisDouble,
    readonly gates: readonly [Gate, Gate],
    private readonly temporalGate: Gate,
    /** Of what the workers and Temporal say to each other. */
    readonly slowness: Slowness,
    /** Of the workers' machine. */
    readonly clock: WorkerClock,
    readonly sql: mysql.Connection,
    readonly workers: Workers,
    private readonly first: TemporalSession,
    private readonly options: StageOptions,
  ) {
    this.currentTally = new Tally(options.progress);
    this.operator = new Operator({
      connectors,
      sql,
      truth: this.truth,
      tally: () => this.tally,
      session: () => this.session,
      begin: (connector) => this.begin(connector),
    });
    this.producer = new ChaosProducer(world.kafka, Object.values(feeds), this.truth, options.seed);
    this.order = new OrderWatch(sql, feeds.accounts);
  }

  /** Everything is there and the connectors run when it resolves. The caller closes the stage. */
  static async open(world: World, options: StageOptions): Promise<Stage> {
    const run = `c${randomUUID().slice(0, 8)}`;
    const feeds = feedsOf(run, options.partitions, options.badRows);
    const { tasksMax = 3, config = {} } = options;
    const { deadLetters } = feeds.audit;
    const rows = deadLetters === undefined ? config : { ...deadLetterConfig(deadLetters), ...config };
    const connectors: [ConnectorSpec, ConnectorSpec] = [
      { name: `${run}-rows`, feeds: [feeds.events, feeds.audit], tasksMax, more: rows },
      { name: `${run}-accounts`, feeds: [feeds.accounts], tasksMax: 2, more: config },
    ];
    const doris = await startDorisDouble({
      frontends: FRONTENDS,
      cleanIntervalMs: 500,
      transactions: options.transactions ?? {},
    });
    const gates: [Gate, Gate] = [await Gate.open(doris.fePorts[0] ?? 0), await Gate.open(doris.fePorts[1] ?? 0)];
    const sql = await mysql.createConnection({
      host: '127.0.0.1',
      port: doris.mysqlPort,
      user: 'root',
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    const slowness = new Slowness();
    const temporalGate = await Gate.open(portOf(world.temporalAddress), slowness.tap);
    const clock = WorkerClock.open();
    const properties = workerProperties(world, run, `127.0.0.1:${temporalGate.port}`);
    const workers = new Workers(properties, clock.env);
    const stage = new Stage(
      world,
      feeds,
      connectors,
      doris,
      gates,
      temporalGate,
      slowness,
      clock,
      sql,
      workers,
      await world.connect(run),
      options,
    );
    try {
      await stage.setUp(options.workers ?? 2);
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  get seed(): string {
    return this.options.seed;
  }

  get tally(): Tally {
    return this.currentTally;
  }

  /** Counts from nothing: another story begins. */
  beginTally(): Tally {
    this.currentTally = new Tally(this.options.progress);
    this.operator.bringsToRest = false;
    return this.currentTally;
  }

  get session(): TemporalSession {
    return this.sessions.at(-1) ?? this.first;
  }

  /** One connector, as the workers and the operator know it. */
  connectorOf(feed: Feed): ConnectorSpec {
    return this.connectors[0].feeds.includes(feed) ? this.connectors[0] : this.connectors[1];
  }

  /** Starts a connector, or does nothing where it runs. */
  async begin(connector: ConnectorSpec): Promise<void> {
    const config = this.configOf(connector);
    await startConnector(this.session, {
      name: connector.name,
      config,
      shownConfig: config,
      connectorClass: config['connector.class'] ?? '',
      topics: connector.feeds.map(({ topic }) => topic),
    });
  }

  configOf(connector: ConnectorSpec, more: ConnectorConfig = {}): ConnectorConfig {
    const frontendPorts = this.gates.map(({ port }) => port);
    return { ...configOf(connector, { frontendPorts, mysqlPort: this.doris.mysqlPort }), ...more };
  }

  /** Ends the workflow at once, as a user of Temporal can; nothing in it is told. */
  async terminate({ name }: ConnectorSpec): Promise<void> {
    await handleOf(this.session, name).terminate('chaos');
  }

  /** The machine with Temporal is lost, and the workers with it: nothing of the connectors is left but the group. */
  async loseTemporal(): Promise<void> {
    await this.workers.killAll();
    await this.world.loseTemporal();
    await this.workers.killAll();
    await this.reconnect();
  }

  /** A new connection to a server that was started again: the old one waits for longer and longer between attempts. */
  async reconnect(): Promise<void> {
    this.sessions.push(await this.world.connect(this.session.settings.taskQueue));
  }

  /** Arms a fault; what is returned resolves once it has fired. */
  strike(fault: Fault, timeoutMs = 30_000): { id: number; fired: Promise<void> } {
    const id = this.doris.faults.arm({ times: 1, ...fault });
    const fired = until(`${fault.point} ${fault.effect.kind}`, () => this.firings(id) > 0, { timeoutMs, everyMs: 5 });
    return { id, fired: fired.then(() => undefined) };
  }

  /** How often an armed fault has fired. */
  firings(id: number): number {
    return this.doris.faults.list().find((armed) => armed.id === id)?.fired ?? 0;
  }

  /** The transaction cleaner of the database, now: time-outs and retention are applied. */
  async clean(): Promise<void> {
    const response = await fetch(`${this.doris.feUrl}/_sandbox/clean`, {
      method: 'POST',
      signal: AbortSignal.timeout(5_000),
    });
    await response.body?.cancel();
  }

  /** No more records, no more faults; resolves when everything is loaded. */
  async comeToRest(timeoutMs: number): Promise<void> {
    await this.producer.stop();
    this.doris.faults.disarm();
    Object.assign(this.doris.transactions.settings, DEFAULT_TRANSACTION_SETTINGS);
    for (const { name } of this.doris.nodes.list()) await this.doris.nodes.start(name);
    for (const gate of this.gates) await gate.start();
    this.slowness.delayMs = 0;
    this.clock.set(0);
    this.operator.bringsToRest = true;
    await this.settle(timeoutMs);
  }

  /** @throws what the signal of this stage was aborted with */
  failIfInterrupted(): void {
    this.options.signal?.throwIfAborted();
  }

  async check(): Promise<TableVerdict[]> {
    const verdicts: TableVerdict[] = [];
    for (const feed of Object.values(this.feeds)) {
      const queue = feed.deadLetters;
      const letters = queue === undefined ? undefined : await readDeadLetters(this.world.kafkaAddress, queue);
      verdicts.push(await checkTable(this.sql, feed, this.truth, letters));
    }
    return verdicts;
  }

  /** Where a group is not at the end of the log, and what is committed and not visible; empty when all is done. */
  async unfinished(): Promise<string[]> {
    const publishing = this.doris.transactions.list(DATABASE).filter(({ state }) => state === 'COMMITTED');
    const left = publishing.map(({ label }) => `${label} is not visible`);
    const admin = this.world.kafka.admin();
    await admin.connect();
    try {
      for (const { name, feeds } of this.connectors) {
        for (const { topic } of feeds) {
          const ends = await admin.fetchTopicOffsets(topic);
          const [group] = await admin.fetchOffsets({ groupId: `connect-${name}`, topics: [topic] });
          for (const { partition, high } of ends) {
            const offset = group?.partitions.find((one) => one.partition === partition)?.offset ?? '-1';
            if (offset !== high && !(high === '0' && offset === '-1')) {
              left.push(`${topic}[${partition}]: the group is at ${offset}, the log ends at ${high}`);
            }
          }
        }
      }
    } finally {
      await admin.disconnect();
    }
    return left;
  }

  async close(): Promise<void> {
    await this.producer.stop();
    await this.operator.stop();
    await this.order.stop();
    for (const connector of this.connectors) await this.terminate(connector).catch(() => undefined);
    await this.workers.close();
    for (const session of [this.first, ...this.sessions]) await session.close();
    await this.sql.end();
    for (const gate of [...this.gates, this.temporalGate]) await gate.stop();
    this.clock.close();
    await this.doris.close();
  }

  /** Waits until every record is committed: the group stands at the log ends, and all commits are visible. */
  private async settle(timeoutMs: number): Promise<void> {
    const { signal } = this.options;
    let settled = 0;
    let left: string[] = [];
    const isSettled = async () => {
      left = await this.unfinished();
      settled = left.length === 0 ? settled + 1 : 0;
      return settled >= SETTLED_LOOKS;
    };
    const waiting = { timeoutMs, everyMs: 100, ...(signal === undefined ? {} : { signal }) };
    await until('everything is loaded', isSettled, waiting).catch((error: unknown) => {
      throw new Error(`${String(error)}; left: ${left.join('; ')}`);
    });
  }

  private async setUp(workers: number): Promise<void> {
    const topics = Object.values(this.feeds).map(({ topic, partitions }) => ({ topic, numPartitions: partitions }));
    await createTopics(this.world.kafka, topics);
    await this.sql.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
    for (const feed of Object.values(this.feeds)) await this.sql.query(ddlOf(feed));
    for (let index = 0; index < workers; index++) this.workers.add();
    for (const connector of this.connectors) await this.begin(connector);
    // The first records find a connector at work, not one that is starting.
    for (const feed of Object.values(this.feeds)) {
      await until(`${feed.topic} takes records`, async () => this.producer.send(feed, 20).then(() => true), {
        timeoutMs: 30_000,
      });
    }
    await this.settle(60_000);
    this.operator.start();
    this.order.start();
  }
}

/** Of the worker processes: the run's name is their task queue. */
function workerProperties({ kafkaAddress }: World, run: string, temporalAddress: string): Record<string, string> {
  return {
    'bootstrap.servers': kafkaAddress,
    'temporal.address': temporalAddress,
    'temporal.task.queue': run,
    'metrics.port': '0',
    'log.level': process.env.SLUICE_CHAOS_LOG ?? 'warn',
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
