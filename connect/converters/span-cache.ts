interface Entry<T> {
  readonly key: Buffer;
  readonly value: T;
}

/**
 * A few values found by the bytes that a record begins with. The last one found is tried first: consecutive records of a
 * topic mostly begin alike, and then one comparison of memory is all it takes.
 */
export class SpanCache<T> {
  readonly #entries: Entry<T>[] = [];
  #keyBytes = 0;

  /** Keeps at most so many entries, with keys of so many bytes in all. */
  constructor(
    readonly maxEntries: number,
    readonly maxKeyBytes: number,
  ) {}

  /** The entry whose key is what the span begins with. */
  find(source: Buffer, start: number, end: number): Entry<T> | undefined {
    const entries = this.#entries;
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index];
      if (entry === undefined || !beginsWith(source, start, end, entry.key)) continue;
      if (index > 0) {
        entries.splice(index, 1);
        entries.unshift(entry);
      }
      return entry;
    }
    return undefined;
  }

  /** Adds a value under a copy of the span. The entries not used for longest make room for it. */
  add(source: Buffer, start: number, end: number, value: T): void {
    const entries = this.#entries;
    entries.unshift({ key: Buffer.from(source.subarray(start, end)), value });
    this.#keyBytes += end - start;
    while (entries.length > this.maxEntries || (this.#keyBytes > this.maxKeyBytes && entries.length > 1)) {
      this.#keyBytes -= entries.pop()?.key.length ?? 0;
    }
  }
}

function beginsWith(source: Buffer, start: number, end: number, key: Buffer): boolean {
  const keyEnd = start + key.length;
  return keyEnd <= end && source.compare(key, 0, key.length, start, keyEnd) === 0;
}
