/** Ctrl-C, a closed terminal and a request to end as an AbortSignal. */

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that is aborted by the first SIGINT, SIGTERM or SIGHUP, so that it can clean up. A second
 * one ends this process at once, as it does without us.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => {
    release();
    controller.abort();
  };
  const release = () => {
    for (const name of ENDING) process.off(name, abort);
  };
  for (const name of ENDING) process.on(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
