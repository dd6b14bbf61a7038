/** What was produced, by the one who produced it: which row stands at which offset, and what each table must hold. */
import type { Range } from '../../workflows/core/model.js';

/** A row of an account: the last version of its key wins, and a deleted one is not there. */
export interface Account {
  readonly key: number;
  readonly version: number;
  readonly deleted: boolean;
}

interface Run {
  readonly start: bigint;
  readonly ids: readonly number[];
}

export class Truth {
  /** Row ids per topic that must be there exactly once. */
  readonly rows = new Map<string, Set<number>>();
  /** Row ids whose producer got no answer: at most once. */
  readonly uncertain = new Set<number>();
  /** Keys with the last write of each. */
  readonly accounts = new Map<number, Account>();
  /** Keys of which a write has an unknown outcome: not judged. */
  readonly uncertainKeys = new Set<number>();
  private readonly runs = new Map<string, Run[]>();
  private nextId = 0;

  takeIds(count: number): number[] {
    return Array.from({ length: count }, () => this.nextId++);
  }

  /** Rows that Kafka has acknowledged, the first of them at `baseOffset`. */
  written(topic: string, partition: number, baseOffset: bigint, ids: readonly number[]): void {
    const rows = this.rows.get(topic) ?? new Set<number>();
    for (const id of ids) rows.add(id);
    this.rows.set(topic, rows);
    const name = `${topic}/${partition}`;
    const runs = this.runs.get(name) ?? [];
    runs.push({ start: baseOffset, ids });
    this.runs.set(name, runs);
  }

  /** The rows of a range, in the order of their offsets. */
  idsIn({ topic, partition, start, end }: Range): number[] {
    const from = BigInt(start);
    const to = BigInt(end);
    return (this.runs.get(`${topic}/${partition}`) ?? []).flatMap((run) =>
      run.ids.filter((_, index) => run.start + BigInt(index) >= from && run.start + BigInt(index) < to),
    );
  }

  /** Kafka does not have these records any more; the ids of their rows, which may have been loaded before. */
  gone(range: Range): number[] {
    const ids = this.idsIn(range);
    const [from, to] = [BigInt(range.start), BigInt(range.end)];
    const name = `${range.topic}/${range.partition}`;
    const left = (this.runs.get(name) ?? []).flatMap(({ start, ids: all }) => {
      const isBefore = (_: number, index: number) => start + BigInt(index) < from;
      const behind = all.filter((_, index) => start + BigInt(index) >= to);
      return [
        { start, ids: all.filter(isBefore) },
        { start: start + BigInt(all.length - behind.length), ids: behind },
      ];
    });
    this.runs.set(
      name,
      left.filter(({ ids: kept }) => kept.length > 0),
    );
    return ids;
  }

  /** As `gone`, and nobody has read them before: their rows must not be in a table. */
  lost(range: Range): void {
    for (const id of this.gone(range)) this.rows.get(range.topic)?.delete(id);
  }

  count(): number {
    return [...this.rows.values()].reduce((sum, ids) => sum + ids.size, 0);
  }
}
