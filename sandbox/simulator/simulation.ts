/** One run: the world is put together, has its time of trouble, and must then come to rest with everything delivered. */
import type { ConnectorFactory } from '../../activities/connector-pool.js';
import { openDorisSink } from '../../connectors/doris/sink.js';
import { CONNECTOR, DATABASE, topicName } from './connector-config.js';
import { SimulatedDatabase } from './database.js';
import { SimulatedDeadLetters } from './dead-letters.js';
import { BACKENDS, FRONTENDS, SimulatedDoris } from './doris.js';
import { dorisTransport } from './doris-transport.js';
import { SimulatedLog } from './log.js';
import { Network } from './network.js';
import { Operator } from './operator.js';
import { Oracle } from './oracle.js';
import type { SimulatedProcess } from './process.js';
import { Producer } from './producer.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import type { SimulationSettings } from './settings.js';
import { SimulatedTables } from './tables.js';
import { SimulatedTemporal } from './temporal.js';
import { Trouble } from './trouble.js';
import { SimulatedWorker, WorkerPool } from './workers.js';

/** Simulated time within which everything has to be delivered once the trouble is over. */
const REST_MS = 15 * 60_000;
const STRIKE_MS = 800;
const ACT_MS = 2_500;
const OUTAGE_MS = 4_000;
/** So often is looked whether everything is delivered. */
const LOOK_STEPS = 50;

export interface Result {
  readonly settings: SimulationSettings;
  /** What has gone wrong first; undefined when all went well. */
  readonly violation?: string;
  /** Every decision that was made. */
  readonly log: readonly string[];
  readonly steps: number;
  readonly elapsedMs: number;
  readonly batches: number;
  readonly records: number;
}

export async function simulate(settings: SimulationSettings): Promise<Result> {
  return new Simulation(settings).run();
}

class Simulation {
  private readonly scheduler = new Scheduler();
  private readonly trouble: Trouble;
  private readonly oracle: Oracle;
  private readonly tables: SimulatedTables;
  private readonly doris: SimulatedDoris;
  private readonly log: SimulatedLog;
  private readonly deadLetters: SimulatedDeadLetters;
  private readonly network: Network;
  private readonly workers: WorkerPool;
  private readonly temporal: SimulatedTemporal;
  private readonly operator: Operator;

  constructor(private readonly settings: SimulationSettings) {
    const { scheduler } = this;
    this.trouble = new Trouble(scheduler, new Random(`${settings.seed}`), settings);
    this.oracle = new Oracle(settings);
    this.tables = new SimulatedTables(this.trouble, (what) => this.oracle.violated(what));
    this.doris = new SimulatedDoris(
      scheduler,
      this.trouble,
      new SimulatedDatabase(DATABASE, scheduler, this.trouble, this.oracle),
      this.tables,
    );
    this.network = new Network(scheduler, this.trouble, (process, what) => this.workers.strikeSending(process, what));
    this.log = new SimulatedLog(
      this.network,
      this.trouble,
      () => scheduler.nowMs(),
      (offsets) => this.oracle.groupWritten(offsets, this.operator.run?.core),
    );
    this.oracle.log = this.log;
    this.deadLetters = new SimulatedDeadLetters(
      this.network,
      this.trouble,
      () => scheduler.nowMs(),
      (value) => this.oracle.deadLetter(value),
    );
    this.workers = new WorkerPool(scheduler, this.trouble, (process) => this.workerOn(process));
    this.temporal = new SimulatedTemporal(scheduler, this.trouble, this.workers, (what) => this.oracle.violated(what));
    this.operator = new Operator(scheduler, this.trouble, this.temporal, this.workers, this.oracle);
  }

  async run(): Promise<Result> {
    const { settings, scheduler, trouble, oracle, operator } = this;
    for (let topic = 0; topic < settings.topics; topic++) {
      for (let partition = 0; partition < settings.partitions; partition++) this.log.addPartition(topicName(topic));
    }
    this.workers.startAll();
    operator.start();
    operator.attend();
    new Producer(scheduler, trouble, this.log).produce();
    this.strike();
    this.act();
    const failed = () => oracle.violations.length > 0;
    await scheduler.run(failed, settings.troubleMs, () => this.settled());
    trouble.end();
    const isDone = () => failed() || this.isAtRest();
    const delivered = await scheduler.run(isDone, REST_MS, () => this.settled());
    if (!delivered) {
      oracle.violated(`no rest in time: ${oracle.unfinished(operator.run?.core)}`);
      trouble.note(JSON.stringify(operator.run?.core.checkpoint().tasks));
    }
    return this.result();
  }

  private result(): Result {
    const [violation] = this.oracle.violations;
    const records = this.log.partitions().reduce((sum, partition) => sum + this.log.loadable(partition).length, 0);
    return {
      settings: this.settings,
      ...(violation === undefined ? {} : { violation }),
      log: this.trouble.log,
      steps: this.scheduler.steps,
      elapsedMs: this.scheduler.elapsedMs,
      batches: this.operator.run?.core.totals.batches ?? 0,
      records,
    };
  }

  /** After every event: code that was waiting goes on, and the oracle looks. */
  private settled(): boolean {
    if (this.temporal.settled()) return true;
    const core = this.operator.run?.core;
    if (core !== undefined) this.oracle.look(core);
    return false;
  }

  private isAtRest(): boolean {
    const run = this.operator.run;
    if (run?.state !== 'running' || this.scheduler.steps % LOOK_STEPS !== 0) return false;
    return this.oracle.unfinished(run.core) === undefined;
  }

  /** Something breaks at any moment. */
  private strike(): void {
    if (this.trouble.isOver) return;
    this.workers.strike();
    for (const node of FRONTENDS) if (this.trouble.strikes('frontendDown', 0.03, node)) this.outage(node);
    for (const node of BACKENDS) if (this.trouble.strikes('backendRestart', 0.03, node)) this.outage(node);
    this.scheduler.after(this.trouble.stream('strike').delayMs(STRIKE_MS), () => this.strike());
  }

  private outage(node: string): void {
    this.doris.stop(node);
    this.scheduler.after(this.trouble.stream('strike').delayMs(OUTAGE_MS), () => this.doris.start(node));
  }

  private act(): void {
    if (this.trouble.isOver) return;
    this.scheduler.after(this.trouble.stream('operator').delayMs(ACT_MS), () => {
      this.operator.act();
      this.act();
    });
  }

  private workerOn(process: SimulatedProcess): SimulatedWorker {
    const factory: ConnectorFactory = {
      resolve: async ({ config }) => config,
      open: (resolved) => ({
        sink: openDorisSink(resolved, {
          http: dorisTransport(process, this.network, this.doris, this.settings),
          ...(this.settings.evolving ? { sql: this.tables.openFor(process, this.network) } : {}),
          clock: process,
        }),
        log: this.log.openFor(process),
        group: `connect-${CONNECTOR}`,
        ...(this.settings.badRecords ? { deadLetters: this.deadLetters.openFor(process) } : {}),
      }),
    };
    return new SimulatedWorker(process, this.scheduler, this.trouble, factory, (_, runId) =>
      this.previousCheckpoint(process, runId),
    );
  }

  private previousCheckpoint(process: SimulatedProcess, runId: string) {
    return new Promise<ReturnType<SimulatedTemporal['checkpointOf']>>((resolve) => {
      this.scheduler.after(10, () => process.deliver(() => resolve(this.temporal.checkpointOf(runId))));
    });
  }
}
