/** Time, for code that waits or looks at the clock: the system's own, unless a simulation passes another. */
import { setTimeout as timeout } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Rejects with the signal's reason, or an AbortError, as soon as the signal is aborted. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) => timeout(durationMs, undefined, { signal }),
};
