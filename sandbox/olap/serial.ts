/** One piece of asynchronous work after the other. */
export class Serial {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything that was handed in before it, whether that failed or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work, work);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Settles when nothing is waiting any more. */
  async idle(): Promise<void> {
    await this.last;
  }
}
