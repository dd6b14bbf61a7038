/** An attempt's lease: the right to act for its batch, which ends when the attempt is cancelled or was away too long. */
import { Context } from '@temporalio/activity';
import { SluiceError } from '../connect/errors.js';

/** Beats often enough that cancellation arrives soon; Temporal's client sends only some of them. */
const BEAT_INTERVAL_MS = 1_000;

export interface Lease {
  /** Aborted when the attempt is cancelled, has timed out, or the worker shuts down. */
  readonly signal: AbortSignal;
  /** True when no attempt was made before this one. */
  readonly isFirstAttempt: boolean;
  /**
   * Throws LEASE_LOST when this attempt may have been given up by the server: the process stood still for longer than
   * the heartbeat time-out, and another attempt may be at work.
   */
  check(): void;
}

/** Runs an activity's work under a lease: heartbeats go out while it runs. */
export async function underLease<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
  const context = Context.current();
  const limitMs = context.info.heartbeatTimeoutMs ?? Number.POSITIVE_INFINITY;
  let lastBeat = now();
  let longestGapMs = 0;
  const beat = () => {
    longestGapMs = Math.max(longestGapMs, msSince(lastBeat));
    lastBeat = now();
    context.heartbeat();
  };
  const timer = setInterval(beat, BEAT_INTERVAL_MS);
  const check = () => {
    const gapMs = Math.max(longestGapMs, msSince(lastBeat));
    if (context.cancellationSignal.aborted)
      throw new SluiceError('CANCELLED', 'The attempt was cancelled.', { retryable: true });
    if (gapMs < limitMs) return;
    throw new SluiceError(
      'LEASE_LOST',
      `This attempt stood still for ${Math.round(gapMs)} ms: another one may be at work.`,
      {
        retryable: true,
      },
    );
  };
  beat();
  try {
    return await work({ signal: context.cancellationSignal, isFirstAttempt: context.info.attempt === 1, check });
  } finally {
    clearInterval(timer);
  }
}

interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

function now(): Moment {
  return { wallMs: Date.now(), monotonicMs: performance.now() };
}

/**
 * By the clock that says more: the wall clock may have been set back, and the monotonic one stands still while the
 * machine sleeps. A clock set forward costs no more than an attempt.
 */
function msSince({ wallMs, monotonicMs }: Moment): number {
  return Math.max(Date.now() - wallMs, performance.now() - monotonicMs);
}
