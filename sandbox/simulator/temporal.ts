/**
 * The simulated Temporal: the runtime that the core runs on. What it promises is what Temporal promises: an activity
 * that was scheduled is tried until it is done, a result that was taken stands, a workflow survives its workers.
 *
 * Replay is not simulated: what the core holds in its variables is taken to be durable.
 */
import { describeError, SluiceError } from '../../connect/errors.js';
import { Connector } from '../../workflows/core/connector.js';
import type { Checkpoint, ConnectorInput } from '../../workflows/core/model.js';
import { Refusal } from '../../workflows/core/requests.js';
import type {
  ActivityInput,
  ActivityName,
  ActivityOutput,
  CallOptions,
  Outcome,
  Running,
  Runtime,
} from '../../workflows/core/runtime.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';
import { type Attempt, HEARTBEAT_TIMEOUT_MS, type SimulatedWorker, type WorkerPool } from './workers.js';

const MAX_RETRY_INTERVAL_MS = 60_000;
const NO_WORKER_MS = 200;

interface Condition {
  readonly predicate: () => boolean;
  readonly resolve: (held: boolean) => void;
}

export class SimulatedTemporal {
  private readonly runs: SimulatedRun[] = [];

  constructor(
    readonly scheduler: Scheduler,
    readonly trouble: Trouble,
    readonly workers: WorkerPool,
    /** Told of what must never happen. */
    readonly violated: (what: string) => void,
  ) {
    workers.onSilence = (worker) => this.scheduler.after(HEARTBEAT_TIMEOUT_MS, () => this.giveUpOn(worker));
  }

  start(input: ConnectorInput): SimulatedRun {
    const run = new SimulatedRun(`run${this.runs.length + 1}`, this);
    this.runs.push(run);
    run.begin(input);
    return run;
  }

  /** The final checkpoint of a closed run, as a query or its result tells it. */
  checkpointOf(runId: string): Checkpoint | undefined {
    const run = this.runs.find(({ id }) => id === runId);
    return run === undefined ? undefined : copy(run.core.checkpoint());
  }

  /** True when a condition has come true: its code goes on now. */
  settled(): boolean {
    let unblocked = false;
    for (const run of this.runs) unblocked = run.unblock() || unblocked;
    return unblocked;
  }

  private giveUpOn(worker: SimulatedWorker): void {
    const { silentSinceMs } = worker;
    if (silentSinceMs === undefined || this.scheduler.nowMs() - silentSinceMs < HEARTBEAT_TIMEOUT_MS) return;
    for (const run of this.runs) run.timeOut(worker);
  }
}

/** One run of the connector workflow: what `workflows/connector.ts` does on Temporal. */
export class SimulatedRun implements Runtime {
  core: Connector;
  state: 'running' | 'completed' | 'terminated' = 'running';
  /** Set when the history is to be cut. */
  long = false;
  private handlers = 0;
  private conditions = new Set<Condition>();
  private readonly executions = new Set<Execution<ActivityName>>();

  constructor(
    readonly id: string,
    readonly temporal: SimulatedTemporal,
  ) {
    this.core = new Connector(this, { name: '', config: {} });
  }

  begin(input: ConnectorInput): void {
    this.live(copy(input)).catch((error: unknown) => this.temporal.violated(`the workflow failed: ${wordsOf(error)}`));
  }

  /** Handles a request, as an update does. */
  handle(what: string, request: (core: Connector) => void | Promise<void>): void {
    if (this.state !== 'running') return;
    const { trouble } = this.temporal;
    trouble.note(`${what} is asked for`);
    this.handlers += 1;
    const handled = async () => {
      try {
        await request(this.core);
        trouble.note(`${what} is done`);
      } catch (error) {
        if (!(error instanceof Refusal)) this.temporal.violated(`${what} failed: ${wordsOf(error)}`);
        trouble.note(`${what} is refused: ${wordsOf(error)}`);
      }
      this.handlers -= 1;
    };
    void handled();
  }

  /** Ends the run as it stands; its attempts learn of it with their next heartbeat. */
  terminate(): void {
    this.state = 'terminated';
    this.conditions.clear();
    for (const execution of this.executions) execution.abandon();
  }

  unblock(): boolean {
    if (this.state !== 'running') return false;
    let unblocked = false;
    for (const condition of this.conditions) {
      if (!condition.predicate()) continue;
      this.conditions.delete(condition);
      condition.resolve(true);
      unblocked = true;
    }
    return unblocked;
  }

  timeOut(worker: SimulatedWorker): void {
    for (const execution of [...this.executions]) execution.timeOut(worker);
  }

  private async live(first: ConnectorInput): Promise<void> {
    for (let input = first; ; ) {
      this.long = false;
      this.core = new Connector(this, input);
      const next = await this.core.run();
      await this.until(() => this.handlers === 0);
      const left = [...this.executions].filter((execution) => execution.counts).map(({ activity }) => activity);
      if (left.length > 0) this.temporal.violated(`activities are left behind: ${left.join(', ')}`);
      this.conditions.clear();
      if (next === undefined) {
        this.state = 'completed';
        return;
      }
      this.temporal.trouble.note(`${this.id} continues as new`);
      input = copy(this.core.input());
    }
  }

  // --- Runtime

  nowMs(): number {
    return this.temporal.scheduler.nowMs();
  }

  newId(): string {
    return this.temporal.trouble.stream('ids').hex(12);
  }

  run<K extends ActivityName>(activity: K, input: ActivityInput<K>, options: CallOptions): Running<ActivityOutput<K>> {
    const execution = new Execution(this.temporal, this, activity, copy(input), options);
    this.executions.add(execution as unknown as Execution<ActivityName>);
    const outcome = new Promise<Outcome<ActivityOutput<K>>>((resolve) => {
      execution.begin((result) => {
        this.executions.delete(execution as unknown as Execution<ActivityName>);
        if (this.state === 'running') resolve(copy(result));
      });
    });
    return { outcome, cancel: () => execution.cancel() };
  }

  until(predicate: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (predicate()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const condition = { predicate, resolve };
      this.conditions.add(condition);
      if (timeoutMs === undefined) return;
      this.temporal.scheduler.after(timeoutMs, () => {
        if (this.conditions.delete(condition)) resolve(false);
      });
    });
  }

  showDetails(): void {}

  showState(): void {}

  historyIsLong(): boolean {
    return this.long;
  }
}

/** A scheduled activity: attempts until it is done, was cancelled, or has failed for good. */
class Execution<K extends ActivityName> {
  private attempts = 0;
  private current: Attempt | undefined;
  private cancelRequested = false;
  private isOver = false;
  private finish: (outcome: Outcome<ActivityOutput<K>>) => void = () => {};

  constructor(
    private readonly temporal: SimulatedTemporal,
    private readonly owner: SimulatedRun,
    readonly activity: K,
    private readonly input: ActivityInput<K>,
    private readonly options: CallOptions,
  ) {}

  /** False once nobody waits for its outcome any more. */
  get counts(): boolean {
    return !this.isOver;
  }

  begin(finish: (outcome: Outcome<ActivityOutput<K>>) => void): void {
    this.finish = finish;
    this.tryAfter(this.temporal.trouble.stream('temporal').delayMs(3));
  }

  /** Waits for the attempt's own end, but for `awaitBatch`, as `workflows/temporal-runtime.ts` has it. */
  cancel(): void {
    if (this.isOver || this.cancelRequested) return;
    this.cancelRequested = true;
    this.current?.cancel();
    if (this.current === undefined || this.activity === 'awaitBatch') this.end({ kind: 'cancelled' });
  }

  abandon(): void {
    this.isOver = true;
    this.current?.cancel();
  }

  timeOut(worker: SimulatedWorker): void {
    const { current } = this;
    if (this.isOver || current?.worker !== worker) return;
    this.temporal.trouble.note(`${this.name} on ${worker.process.name} has timed out`);
    current.cancel();
    this.failed({ code: 'ACTIVITY_TIMEOUT', message: 'activity Heartbeat timeout', retryable: true });
  }

  private get name(): string {
    return `${this.owner.id} ${this.activity} #${this.attempts}`;
  }

  private tryAfter(delayMs: number): void {
    this.current = undefined;
    this.temporal.scheduler.after(delayMs, () => {
      if (this.isOver) return;
      const worker = this.temporal.workers.any();
      if (worker === undefined) return this.tryAfter(NO_WORKER_MS);
      this.attempts += 1;
      this.current = worker.run(this.activity, this.input, (attempt, result) => this.follow(attempt, result));
    });
  }

  private follow(attempt: Attempt, result: Promise<ActivityOutput<K>>): void {
    const toServer = (action: () => void) => {
      if (attempt.worker.process.isDead) return;
      attempt.worker.toServer(() => {
        if (!this.isOver && this.current === attempt) action();
      });
    };
    result.then(
      (value) =>
        toServer(() => {
          if (this.activity !== 'awaitBatch') this.temporal.trouble.note(`${this.name}: ${JSON.stringify(value)}`);
          this.end({ kind: 'done', value });
        }),
      (error: unknown) => {
        const cancelled = attempt.isCancelled;
        toServer(() => {
          if (cancelled && this.cancelRequested) this.end({ kind: 'cancelled' });
          else this.failed(this.failureOf(error));
        });
      },
    );
  }

  private failureOf(error: unknown) {
    if (error instanceof SluiceError) {
      const { code, retryable, retryDelayMs } = error;
      return { code, message: describeError(error), retryable, retryDelayMs };
    }
    this.temporal.violated(`${this.name} failed in a way nobody has foreseen: ${wordsOf(error)}`);
    return { code: 'INTERNAL', message: wordsOf(error), retryable: true };
  }

  private failed(failure: {
    code: string;
    message: string;
    retryable: boolean;
    retryDelayMs?: number | undefined;
  }): void {
    const { code, message, retryable, retryDelayMs } = failure;
    this.temporal.trouble.note(`${this.name} failed: ${code} ${message}`);
    const { retryIntervalMs, maxAttempts = Number.POSITIVE_INFINITY } = this.options;
    if (this.cancelRequested) this.end({ kind: 'cancelled' });
    else if (!retryable || this.attempts >= maxAttempts) this.end({ kind: 'failed', code, message });
    else this.tryAfter(retryDelayMs ?? Math.min(MAX_RETRY_INTERVAL_MS, retryIntervalMs * 2 ** (this.attempts - 1)));
  }

  private end(outcome: Outcome<ActivityOutput<K>>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.temporal.scheduler.after(this.temporal.trouble.stream('temporal').delayMs(3), () => this.finish(outcome));
  }
}

/** What goes through workflow history comes back as JSON. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
