/** Memory for fetch responses, used again and again: fresh pages for every response cost a third of the reading time. */

/** So much is kept for readers to come; the process shares it, as most of its connectors rest at any time. */
const MAX_IDLE_BYTES = 32 << 20;
const GRANULE_BYTES = 1 << 20;
const NONE = Buffer.alloc(0);

const idle: Buffer[] = [];
let idleBytes = 0;

/**
 * Two buffers in turn: one response can be scanned while the next arrives. A response is valid until the next but one
 * is taken in.
 */
export class ResponseBuffers {
  readonly #buffers: [Buffer, Buffer] = [NONE, NONE];
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

  /** Lets other readers have the memory: no response is valid any more. */
  rest(): void {
    for (const turn of [0, 1] as const) {
      give(this.#buffers[turn]);
      this.#buffers[turn] = NONE;
    }
  }

  #atLeast(turn: 0 | 1, sizeBytes: number): Buffer {
    if (this.#buffers[turn].length < sizeBytes) {
      give(this.#buffers[turn]);
      this.#buffers[turn] = take(sizeBytes);
    }
    return this.#buffers[turn];
  }
}

function give(buffer: Buffer): void {
  if (buffer.length === 0 || idleBytes + buffer.length > MAX_IDLE_BYTES) return;
  idle.push(buffer);
  idleBytes += buffer.length;
}

function take(sizeBytes: number): Buffer {
  const index = idle.findIndex(({ length }) => length >= sizeBytes);
  const [known] = index < 0 ? [] : idle.splice(index, 1);
  if (known === undefined) return Buffer.allocUnsafeSlow(Math.ceil(sizeBytes / GRANULE_BYTES) * GRANULE_BYTES);
  idleBytes -= known.length;
  return known;
}
