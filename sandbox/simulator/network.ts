/** The network between workers, brokers and the database: it delays, loses requests and loses replies. */
import type { SimulatedProcess } from './process.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';

/** Why a caller has no answer; `refused` alone says that nothing was done. */
export type NoAnswer = 'refused' | 'reset' | 'timeout' | 'cancelled';

export interface Exchange<T> {
  readonly process: SimulatedProcess;
  readonly signal: AbortSignal;
  /** For the log: who is asked what. */
  readonly what: string;
  readonly timeoutMs: number;
  /** How much slower than usual this may be made. */
  readonly slowestMs: number;
  /** True when a request that is still under way is lost with its caller, as it is where connections are cut cleanly. */
  readonly endsWithCaller?: boolean;
  /** Runs at the server when the request arrives; answers at once or later, or cuts the connection. */
  readonly serve: (server: { reply: (answer: T) => void; cut: (why: 'refused' | 'reset') => void }) => void;
  readonly failure: (why: NoAnswer) => unknown;
}

const TYPICAL_LATENCY_MS = 4;
const LOSS = 0.02;
const SLOWNESS = 0.02;

export class Network {
  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    /** Called as a process sends: here it may die or come to stand still. True when it did not live to send. */
    private readonly beforeSending: (process: SimulatedProcess, what: string) => boolean,
  ) {}

  /** Sends a request. What the caller is told says nothing about what the server has done with it. */
  ask<T>(exchange: Exchange<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { process, signal, failure } = exchange;
      let isOver = false;
      const settle = (action: () => void) => {
        if (isOver) return;
        isOver = true;
        timer.cancelled = true;
        signal.removeEventListener('abort', abort);
        action();
      };
      const fail = (why: NoAnswer) => process.deliver(() => settle(() => reject(failure(why))));
      const abort = () => settle(() => reject(failure('cancelled')));
      const timer = this.scheduler.after(exchange.timeoutMs, () => fail('timeout'));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      if (this.beforeSending(process, exchange.what)) return;
      const answer = (reply: T) => process.deliver(() => settle(() => resolve(reply)));
      const isGone = () => exchange.endsWithCaller === true && (isOver || process.isDead);
      this.send(exchange, answer, fail, isGone);
    });
  }

  private send<T>(
    exchange: Exchange<T>,
    answer: (reply: T) => void,
    fail: (why: NoAnswer) => void,
    isGone: () => boolean,
  ): void {
    const { what, serve } = exchange;
    const lose = (fault: 'requestLost' | 'replyLost') => {
      if (!this.trouble.strikes(fault, LOSS, what)) return false;
      // The other half hears nothing at all, until its own time-out.
      if (this.trouble.stream(fault).chance(0.5)) this.scheduler.after(this.latencyMs(exchange), () => fail('reset'));
      return true;
    };
    if (lose('requestLost')) return;
    this.scheduler.after(this.latencyMs(exchange), () => {
      if (isGone()) return;
      serve({
        reply: (reply) => {
          if (lose('replyLost')) return;
          this.scheduler.after(this.latencyMs(exchange), () => answer(reply));
        },
        cut: (why) => {
          this.scheduler.after(this.latencyMs(exchange), () => fail(why));
        },
      });
    });
  }

  private latencyMs({ what, slowestMs }: Pick<Exchange<unknown>, 'what' | 'slowestMs'>): number {
    const slow = this.trouble.strikes('slow', SLOWNESS, what);
    return slow
      ? this.trouble.stream('slow').between(1, slowestMs)
      : this.trouble.stream('latency').delayMs(TYPICAL_LATENCY_MS);
  }
}
