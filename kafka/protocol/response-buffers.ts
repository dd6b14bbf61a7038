/** Memory for fetch responses, used again and again: fresh pages for every response cost a third of the reading time. */

/** More than this is given back when a reader is done. */
const MAX_KEPT_BYTES = 32 << 20;
const GRANULE_BYTES = 1 << 20;

/**
 * Two buffers in turn: one response can be scanned while the next arrives. A response is valid until the next but one
 * is taken in.
 */
export class ResponseBuffers {
  readonly #buffers: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  #turn: 0 | 1 = 0;

  /** Joins the chunks a response came in. */
  join(chunks: readonly Buffer[], sizeBytes: number): Buffer {
    this.#turn = this.#turn === 0 ? 1 : 0;
    const target = this.#atLeast(this.#turn, sizeBytes);
    let at = 0;
    for (const chunk of chunks) {
      target.set(chunk, at);
      at += chunk.length;
    }
    return target.subarray(0, sizeBytes);
  }

  /** Gives large buffers back. */
  trim(): void {
    if (this.#buffers[0].length + this.#buffers[1].length <= MAX_KEPT_BYTES) return;
    this.#buffers[0] = Buffer.alloc(0);
    this.#buffers[1] = Buffer.alloc(0);
  }

  #atLeast(turn: 0 | 1, sizeBytes: number): Buffer {
    if (this.#buffers[turn].length < sizeBytes) {
      this.#buffers[turn] = Buffer.allocUnsafeSlow(Math.ceil(sizeBytes / GRANULE_BYTES) * GRANULE_BYTES);
    }
    return this.#buffers[turn];
  }
}
