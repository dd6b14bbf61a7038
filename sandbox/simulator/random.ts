/**
 * The one random source of a simulation. `fork` gives a stream of its own to each purpose, so that a fault which is
 * taken out of a run leaves the draws of the others as they were: that is what makes shrinking work.
 */

/** A small fast counter generator (sfc32), seeded by a hash of its name. Not for secrets. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(private readonly name: string) {
    let hash = 2166136261;
    for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 16777619);
    this.a = hash;
    this.b = Math.imul(hash, 0x9e3779b1) ^ name.length;
    this.c = Math.imul(hash ^ 0x85ebca6b, 0xc2b2ae35);
    for (let round = 0; round < 12; round++) this.next();
  }

  /** A stream that depends on the seed and the name only, not on what was drawn before. */
  fork(name: string): Random {
    return new Random(`${this.name}/${name}`);
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Mostly short, sometimes long: exponentially distributed around `meanMs`, at most ten times that. */
  delayMs(meanMs: number): number {
    return Math.ceil(Math.min(10, -Math.log(1 - this.next())) * meanMs);
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.between(0, 15).toString(16)).join('');
  }
}
