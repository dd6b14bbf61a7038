/**
 * A worker process: it can stand still and go on later, and it can die. Whatever reaches its code, replies, timers and
 * signals, comes through `deliver`: a dead process never goes on, one that stands still does so when it wakes.
 */
import type { Clock } from '../../connect/clock.js';
import type { Scheduler } from './scheduler.js';

export class SimulatedProcess implements Clock {
  private state: 'up' | 'frozen' | 'dead' = 'up';
  private readonly held: (() => void)[] = [];
  private frozenSinceMs = 0;
  /** The moment at which the last standstill of `lengthMs` ended. */
  private readonly standstills: { readonly endMs: number; readonly lengthMs: number }[] = [];

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {}

  get isDead(): boolean {
    return this.state === 'dead';
  }

  get isUp(): boolean {
    return this.state === 'up';
  }

  deliver(action: () => void): void {
    if (this.state === 'up') action();
    else if (this.state === 'frozen') this.held.push(action);
  }

  freeze(): void {
    if (this.state !== 'up') return;
    this.state = 'frozen';
    this.frozenSinceMs = this.scheduler.nowMs();
  }

  /** Goes on where it stood; what has come in meanwhile is taken up in order. */
  thaw(): void {
    if (this.state !== 'frozen') return;
    const nowMs = this.scheduler.nowMs();
    this.state = 'up';
    this.standstills.push({ endMs: nowMs, lengthMs: nowMs - this.frozenSinceMs });
    for (const action of this.held.splice(0)) this.scheduler.after(0, () => this.deliver(action));
  }

  kill(): void {
    this.state = 'dead';
    this.held.length = 0;
  }

  /** The longest standstill since a moment, in ms. */
  standstillSinceMs(sinceMs: number): number {
    return this.standstills.reduce(
      (longest, { endMs, lengthMs }) => (endMs > sinceMs ? Math.max(longest, lengthMs) : longest),
      0,
    );
  }

  nowMs(): number {
    return this.scheduler.nowMs();
  }

  sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        event.cancelled = true;
        reject(signal.reason);
      };
      const event = this.scheduler.after(durationMs, () =>
        this.deliver(() => {
          signal.removeEventListener('abort', stop);
          resolve();
        }),
      );
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}
