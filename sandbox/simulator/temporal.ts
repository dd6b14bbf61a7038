/**
 * The simulated Temporal: the runtime that the core runs on. What it promises is what Temporal promises: an activity
 * that was scheduled is tried until it is done, a result that was taken stands, a workflow survives its workers.
 *
 * Replay is not simulated: what the core holds in its variables is taken to be durable.
 */
import { withoutItself } from '../../workers/checkpoints.js';
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
  StallReport,
} from '../../workflows/core/runtime.js';
import { stallWords } from '../../workflows/core/stall.js';
import { copy, Execution, wordsOf } from './execution.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';
import { HEARTBEAT_TIMEOUT_MS, type SimulatedWorker, type WorkerPool } from './workers.js';

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
    if (run === undefined) return undefined;
    const checkpoint = copy(run.core.checkpoint());
    return run.state === 'completed' ? checkpoint : withoutItself(checkpoint);
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

  runId(): string {
    return this.id;
  }

  run<K extends ActivityName>(activity: K, input: ActivityInput<K>, options: CallOptions): Running<ActivityOutput<K>> {
    const execution = new Execution(this.temporal, this.id, activity, copy(input), options);
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

  reportStall({ task, stall }: StallReport): void {
    this.temporal.trouble.note(`task ${task} makes no progress: ${stallWords(stall)}`);
  }

  historyIsLong(): boolean {
    return this.long;
  }
}
