/** A scheduled activity of the simulated Temporal, with its attempts, time-outs, retries and cancellation. */
import { describeError, SluiceError } from '../../connect/errors.js';
import type {
  ActivityInput,
  ActivityName,
  ActivityOutput,
  CallOptions,
  Outcome,
} from '../../workflows/core/runtime.js';
import type { SimulatedTemporal } from './temporal.js';
import type { Attempt, SimulatedWorker } from './workers.js';

const MAX_RETRY_INTERVAL_MS = 60_000;
const NO_WORKER_MS = 200;

/** A scheduled activity: attempts until it is done, was cancelled, or has failed for good. */
export class Execution<K extends ActivityName> {
  private attempts = 0;
  private current: Attempt | undefined;
  private cancelRequested = false;
  private isOver = false;
  private finish: (outcome: Outcome<ActivityOutput<K>>) => void = () => {};

  constructor(
    private readonly temporal: SimulatedTemporal,
    private readonly owner: string,
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
    return `${this.owner} ${this.activity} #${this.attempts}`;
  }

  private tryAfter(delayMs: number): void {
    this.current = undefined;
    this.temporal.scheduler.after(delayMs, () => {
      if (this.isOver) return;
      const worker = this.temporal.workers.any();
      if (worker === undefined) return this.tryAfter(NO_WORKER_MS);
      this.attempts += 1;
      this.current = worker.run(this.activity, this.input, this.attempts === 1, (attempt, result) =>
        this.follow(attempt, result),
      );
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
export function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
