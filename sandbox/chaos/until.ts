/** Waiting for conditions on processes and servers, which announce nothing. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks until `look` gives something; what it throws counts as not yet.
 *
 * @throws Error with what was waited for and the last error, after `timeoutMs`
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs, everyMs = 50, signal }: UntilOptions,
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > endMs) break;
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
  throw new Error(`${what}: not within ${timeoutMs} ms${last === undefined ? '' : `; last error: ${String(last)}`}`);
}
