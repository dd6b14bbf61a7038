/**
 * The rows of a refused load by the records that they came from: any part of them can be sent again, and rows that the
 * database quotes are found among them.
 */
import type { LoadBody } from '../connectors/sink-driver.js';
import type { QuotedRow } from './quoted-rows.js';

/** Where a record's rows are among those that were sent. */
export interface SentRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly sizeBytes: number;
  readonly rows: number;
}

export class SentRows {
  /** Where the rows of each record begin; one more for the end. */
  private readonly starts: number[] = [0];
  private readonly body: readonly Buffer[];
  private readonly chunkStarts: number[] = [];

  /** @param records in the order of their rows in `chunks` */
  constructor(
    readonly records: readonly SentRecord[],
    chunks: readonly Buffer[],
    private readonly delimiter: string,
  ) {
    for (const { sizeBytes } of records) this.starts.push(this.startOf(this.starts.length - 1) + sizeBytes);
    this.body = chunks.filter(({ length }) => length > 0);
    let start = 0;
    for (const { length } of this.body) {
      this.chunkStarts.push(start);
      start += length;
    }
  }

  get sizeBytes(): number {
    return this.startOf(this.records.length);
  }

  /** All records, by their numbers. */
  all(): number[] {
    return this.records.map((_, number) => number);
  }

  rowsOf(numbers: readonly number[]): number {
    return numbers.reduce((sum, number) => sum + (this.records[number]?.rows ?? 0), 0);
  }

  /** The rows of some records, not copied. @param numbers rising */
  bodyOf(numbers: readonly number[]): LoadBody {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for (let index = 0; index < numbers.length; ) {
      let last = index;
      while (numbers[last + 1] === (numbers[last] ?? 0) + 1) last += 1;
      const [from, to] = [this.startOf(numbers[index] ?? 0), this.startOf((numbers[last] ?? 0) + 1)];
      chunks.push(...this.slices(from, to));
      sizeBytes += to - from;
      index = last + 1;
    }
    return { chunks, sizeBytes, rows: this.rowsOf(numbers) };
  }

  /**
   * The records among `numbers` that have a quoted row, with the reason of each, and how many of their rows are quoted.
   */
  quoted(numbers: readonly number[], quotes: readonly QuotedRow[]): { reasons: Map<number, string>; rows: number } {
    const whole = new Map(quotes.filter((quote) => quote.whole).map(({ text, reason }) => [text, reason]));
    const begun = quotes.filter((quote) => !quote.whole);
    const reasons = new Map<number, string>();
    let rows = 0;
    if (quotes.length === 0) return { reasons, rows };
    for (const number of numbers) {
      for (const line of this.linesOf(number)) {
        const reason = whole.get(line) ?? begun.find(({ text }) => line.startsWith(text))?.reason;
        if (reason === undefined) continue;
        rows += 1;
        if (!reasons.has(number)) reasons.set(number, reason);
      }
    }
    return { reasons, rows };
  }

  private linesOf(number: number): string[] {
    const text = Buffer.concat(this.slices(this.startOf(number), this.startOf(number + 1))).toString();
    return text.split(this.delimiter).map((line) => line.trim());
  }

  private startOf(number: number): number {
    return this.starts[number] ?? 0;
  }

  private slices(from: number, to: number): Buffer[] {
    const slices: Buffer[] = [];
    let [index, start] = this.chunkAt(from);
    for (let at = from; at < to; index++) {
      const chunk = this.body[index];
      if (chunk === undefined) throw new RangeError('the rows are fewer than those that were sent');
      const slice = chunk.subarray(at - start, Math.min(chunk.length, to - start));
      if (slice.length > 0) slices.push(slice);
      start += chunk.length;
      at = start;
    }
    return slices;
  }

  private chunkAt(position: number): [index: number, start: number] {
    let [low, high] = [0, this.body.length];
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if ((this.chunkStarts[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return [low, this.chunkStarts[low] ?? 0];
  }
}
