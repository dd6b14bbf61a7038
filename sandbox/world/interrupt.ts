/** Ctrl-C as an AbortSignal. */

/**
 * Runs `work` with a signal that is aborted by the first SIGINT or SIGTERM, so that it can clean up. A second one ends
 * this process at once, as it does without us.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => {
    release();
    controller.abort();
  };
  const release = () => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
