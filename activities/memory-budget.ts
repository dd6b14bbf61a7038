/** One budget for all batch buffers of a worker: a batch waits for its share before it reads. */
import { SluiceError } from '../connect/errors.js';

interface Waiter {
  readonly sizeBytes: number;
  readonly grant: () => void;
}

export class MemoryBudget {
  private freeBytes: number;
  private readonly waiters: Waiter[] = [];

  constructor(readonly limitBytes: number) {
    this.freeBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.limitBytes - this.freeBytes;
  }

  /**
   * Runs `work` with a share of the budget; first come, first served. A share larger than the whole budget is cut to
   * it: such a batch runs alone.
   */
  async within<T>(sizeBytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const share = Math.min(Math.max(1, Math.ceil(sizeBytes)), this.limitBytes);
    await this.take(share, signal);
    try {
      return await work();
    } finally {
      this.freeBytes += share;
      this.serve();
    }
  }

  private take(sizeBytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(cancelled(signal));
    if (this.waiters.length === 0 && this.freeBytes >= sizeBytes) {
      this.freeBytes -= sizeBytes;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        const index = this.waiters.indexOf(waiter);
        if (index >= 0) this.waiters.splice(index, 1);
        reject(cancelled(signal));
        this.serve();
      };
      const waiter: Waiter = {
        sizeBytes,
        grant: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiters.push(waiter);
    });
  }

  private serve(): void {
    for (
      let first = this.waiters[0];
      first !== undefined && first.sizeBytes <= this.freeBytes;
      first = this.waiters[0]
    ) {
      this.waiters.shift();
      this.freeBytes -= first.sizeBytes;
      first.grant();
    }
  }
}

function cancelled(signal: AbortSignal): SluiceError {
  return new SluiceError('CANCELLED', 'Cancelled while waiting for memory.', { retryable: true, cause: signal.reason });
}
