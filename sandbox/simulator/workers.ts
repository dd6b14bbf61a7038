/** The worker processes: each runs the real activities over its own connections, stands still, is cut off, dies. */
import { pino } from 'pino';
import { applySchemaChange } from '../../activities/apply-schema-change.js';
import { awaitBatch } from '../../activities/await-batch.js';
import { abortBatch, commitBatch } from '../../activities/commit-batch.js';
import { type ConnectorFactory, ConnectorPool } from '../../activities/connector-pool.js';
import type { ActivityDeps as WorkerDeps } from '../../activities/deps.js';
import { Discovery } from '../../activities/discovery.js';
import type { Lease } from '../../activities/lease.js';
import { MemoryBudget } from '../../activities/memory-budget.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import { validateConnector } from '../../activities/validate-connector.js';
import { SluiceError } from '../../connect/errors.js';
import { ChunkPool } from '../../connect/rows/index.js';
import type { ActivityInput, ActivityName, ActivityOutput } from '../../workflows/core/runtime.js';
import { SimulatedProcess } from './process.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';

/** As in `workflows/temporal-runtime.ts`. */
export const HEARTBEAT_TIMEOUT_MS = 8_000;
const MEMORY_BYTES = 1 << 20;
const CHUNK_BYTES = 4_096;
/** The activities alone: what counts and reports is around them. */
type ActivityDeps = Omit<WorkerDeps, 'metrics'>;

const logger = pino({ level: 'silent' });

type Activities = {
  readonly [K in ActivityName]: (
    deps: ActivityDeps,
    input: ActivityInput<K>,
    lease: Lease,
  ) => Promise<ActivityOutput<K>>;
};

const ACTIVITIES: Activities = {
  validateConnector: (deps, input, { signal }) => validateConnector(deps, input, signal),
  awaitBatch: (deps, input, { signal }) => awaitBatch(deps, input, signal),
  prepareBatch,
  commitBatch,
  applySchemaChange,
  abortBatch,
};

/** One attempt of an activity, as the worker that runs it sees it. */
export class Attempt {
  private readonly cancelling = new AbortController();
  private readonly startedMs: number;
  /** What `underLease` gives in production, where the process notices its own standstills. */
  readonly lease: Lease;

  constructor(
    readonly worker: SimulatedWorker,
    isFirstAttempt: boolean,
  ) {
    this.startedMs = worker.process.nowMs();
    this.lease = { signal: this.cancelling.signal, isFirstAttempt, check: () => this.check() };
  }

  private check(): void {
    if (this.cancelling.signal.aborted) {
      throw new SluiceError('CANCELLED', 'The attempt was cancelled.', { retryable: true });
    }
    const gapMs = this.worker.process.standstillSinceMs(this.startedMs);
    if (gapMs < HEARTBEAT_TIMEOUT_MS) return;
    throw new SluiceError('LEASE_LOST', `This attempt stood still for ${gapMs} ms.`, { retryable: true });
  }

  get isCancelled(): boolean {
    return this.cancelling.signal.aborted;
  }

  /** Arrives with a heartbeat: not while the worker stands still or cannot reach the server. */
  cancel(): void {
    this.worker.fromServer(() => this.cancelling.abort(new Error('CANCELLED')));
  }
}

export class SimulatedWorker {
  private readonly deps: ActivityDeps;
  /** Since when the server hears nothing of it. */
  silentSinceMs: number | undefined;
  private cutOffUntilMs = 0;

  constructor(
    readonly process: SimulatedProcess,
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    factory: ConnectorFactory,
    previousCheckpoint: ActivityDeps['previousCheckpoint'],
  ) {
    this.deps = {
      connectors: new ConnectorPool(factory),
      discovery: new Discovery(),
      memory: new MemoryBudget(MEMORY_BYTES),
      chunks: new ChunkPool({ chunkSizeBytes: CHUNK_BYTES }),
      logger,
      previousCheckpoint,
      clock: process,
    };
  }

  get polls(): boolean {
    return this.silentSinceMs === undefined;
  }

  run<K extends ActivityName>(
    activity: K,
    input: ActivityInput<K>,
    isFirstAttempt: boolean,
    report: (attempt: Attempt, result: Promise<ActivityOutput<K>>) => void,
  ): Attempt {
    const attempt = new Attempt(this, isFirstAttempt);
    this.process.deliver(() => {
      const result = ACTIVITIES[activity](this.deps, input, attempt.lease);
      report(attempt, result);
    });
    return attempt;
  }

  /** To the server: as soon as it can be reached. */
  toServer(action: () => void): void {
    const delayMs = Math.max(this.trouble.stream('temporal').delayMs(3), this.cutOffUntilMs - this.scheduler.nowMs());
    this.scheduler.after(delayMs, action);
  }

  fromServer(action: () => void): void {
    const delayMs = Math.max(
      this.trouble.stream('temporal').between(0, 1_500),
      this.cutOffUntilMs - this.scheduler.nowMs(),
    );
    this.scheduler.after(delayMs, () => this.process.deliver(action));
  }

  /** The process goes on, but the server hears nothing of it and it hears nothing of the server. */
  cutOff(durationMs: number): void {
    if (!this.polls) return;
    this.silentSinceMs = this.scheduler.nowMs();
    this.cutOffUntilMs = this.scheduler.nowMs() + durationMs;
    this.scheduler.after(durationMs, () => this.isHeardAgain());
  }

  freeze(durationMs: number): void {
    if (!this.polls) return;
    this.silentSinceMs = this.scheduler.nowMs();
    this.process.freeze();
    this.scheduler.after(durationMs, () => {
      this.process.thaw();
      this.isHeardAgain();
    });
  }

  kill(): void {
    this.process.kill();
    this.silentSinceMs ??= this.scheduler.nowMs();
  }

  private isHeardAgain(): void {
    if (!this.process.isDead) this.silentSinceMs = undefined;
  }
}

/** All workers; it keeps as many alive as there should be. */
export class WorkerPool {
  private workers: SimulatedWorker[] = [];
  private born = 0;
  /** Told when the server stops hearing of a worker. */
  onSilence: (worker: SimulatedWorker) => void = () => {};

  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    private readonly make: (process: SimulatedProcess) => SimulatedWorker,
  ) {}

  startAll(): void {
    for (let count = this.workers.length; count < this.trouble.settings.workers; count++) this.start();
  }

  /** One that takes work now; undefined while there is none. */
  any(): SimulatedWorker | undefined {
    const polling = this.workers.filter((worker) => worker.polls);
    return polling.length === 0 ? undefined : this.trouble.stream('dispatch').pick(polling);
  }

  /** Strikes at any worker, at any moment. */
  strike(): void {
    const worker = this.any();
    if (worker === undefined) return;
    const { name } = worker.process;
    if (this.trouble.strikes('crash', 0.1, `${name} dies`)) this.kill(worker);
    else if (this.trouble.strikes('freeze', 0.1, `${name} stands still`)) this.freeze(worker);
    else if (this.trouble.strikes('cutOff', 0.1, `${name} is cut off from Temporal`)) {
      worker.cutOff(this.trouble.stream('cutOff').between(500, 20_000));
      this.onSilence(worker);
    }
  }

  /** Strikes at an await point. True when the process did not live to send. */
  strikeSending(process: SimulatedProcess, what: string): boolean {
    const worker = this.workers.find((candidate) => candidate.process === process);
    if (worker === undefined || !worker.polls) return process.isDead;
    if (this.trouble.strikes('crash', 0.003, `${process.name} dies at ${what}`)) {
      this.kill(worker);
      return this.trouble.stream('crash').chance(0.5);
    }
    if (this.trouble.strikes('freeze', 0.004, `${process.name} stands still after sending ${what}`))
      this.freeze(worker);
    return false;
  }

  killAll(): void {
    for (const worker of [...this.workers]) this.kill(worker);
  }

  private freeze(worker: SimulatedWorker): void {
    worker.freeze(this.trouble.stream('freeze').pick([300, 3_000, 9_000, 12_000, 30_000]));
    this.onSilence(worker);
  }

  private kill(worker: SimulatedWorker): void {
    worker.kill();
    this.workers = this.workers.filter((other) => other !== worker);
    this.onSilence(worker);
    this.scheduler.after(this.trouble.stream('crash').between(100, 4_000), () => this.startAll());
  }

  private start(): void {
    this.workers.push(this.make(new SimulatedProcess(`worker${++this.born}`, this.scheduler)));
  }
}
