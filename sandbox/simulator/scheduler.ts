/**
 * The simulated clock and the queue of everything that is going to happen. One event is taken at a time, and all code
 * that it sets going has come to rest before the next: the same seed always gives the same schedule.
 */
import { nextTick } from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';

/** Signals and timers of the real process get their turn this often. */
const STEPS_PER_TURN = 1_000;

/** An arbitrary moment: 2026-01-01. */
const BEGINNING_MS = Date.UTC(2026, 0, 1);

export interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
  cancelled: boolean;
}

/**
 * Resolves when no promise has anything left to do: a tick that is asked for by promise code comes after all other
 * promise code, also such as follows from it. Much cheaper than a turn of the event loop.
 */
function atRest(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}

export class Scheduler {
  private readonly heap: Event[] = [];
  private now = BEGINNING_MS;
  private order = 0;
  /** Events that have happened. */
  steps = 0;

  nowMs(): number {
    return this.now;
  }

  get elapsedMs(): number {
    return this.now - BEGINNING_MS;
  }

  after(delayMs: number, action: () => void): Event {
    const event = { atMs: this.now + Math.max(0, delayMs), order: this.order++, action, cancelled: false };
    this.heap.push(event);
    this.siftUp(this.heap.length - 1);
    return event;
  }

  /**
   * Lets events happen until `done`, the time-out, or until nothing is left to happen.
   *
   * @param settled called when an event's code has come to rest; true when that has set other code going
   * @returns whether `done` came true
   */
  async run(done: () => boolean, timeoutMs: number, settled: () => boolean): Promise<boolean> {
    const deadlineMs = this.now + timeoutMs;
    await turn();
    while (!done()) {
      const next = this.heap[0];
      if (next === undefined || next.atMs > deadlineMs) return false;
      const event = this.take();
      if (event === undefined || event.cancelled) continue;
      this.now = event.atMs;
      this.steps += 1;
      event.action();
      do await atRest();
      while (settled());
      if (this.steps % STEPS_PER_TURN === 0) await turn();
    }
    return true;
  }

  private take(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    heap[0] = last;
    this.siftDown();
    return first;
  }

  private siftUp(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  private siftDown(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const earlier = this.isEarlier(right, left) ? right : left;
      if (!this.swapIfEarlier(earlier, index)) return;
      index = earlier;
    }
  }

  private swapIfEarlier(index: number, than: number): boolean {
    if (!this.isEarlier(index, than)) return false;
    const { heap } = this;
    [heap[index], heap[than]] = [heap[than] as Event, heap[index] as Event];
    return true;
  }

  private isEarlier(index: number, than: number): boolean {
    const [one, other] = [this.heap[index], this.heap[than]];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }
}
