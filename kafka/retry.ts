/** Trying again, for a while, what Kafka says can succeed later. */
import { SluiceError } from '../connect/errors.js';
import { pause } from './connections/abort.js';

export interface RetryPolicy {
  /** How long to go on: the error that is current then is thrown. */
  timeoutMs: number;
  backoffMs: number;
  maxBackoffMs: number;
}

/** Exponential, with a fifth of jitter so that many clients do not come back at once. */
export class Backoff {
  #nextMs: number;

  constructor(private readonly policy: Pick<RetryPolicy, 'backoffMs' | 'maxBackoffMs'>) {
    this.#nextMs = policy.backoffMs;
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    const durationMs = this.#nextMs * (0.8 + Math.random() * 0.4);
    this.#nextMs = Math.min(this.#nextMs * 2, this.policy.maxBackoffMs);
    await pause(durationMs, signal);
  }

  reset(): void {
    this.#nextMs = this.policy.backoffMs;
  }
}

/** Runs `attempt` until it succeeds, fails for good, or the policy's time is over. */
export async function retrying<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const giveUpAtMs = performance.now() + policy.timeoutMs;
  const backoff = new Backoff(policy);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isRetryable(error) || performance.now() >= giveUpAtMs) throw error;
    }
    await backoff.wait(signal);
  }
}

export function isRetryable(error: unknown): boolean {
  return error instanceof SluiceError && error.retryable;
}
