/** How much is measured. */
import { type KindName, recordKind } from './records/index.js';

export interface Sizes {
  /** Plain rows in a topic; of other records there are fewer, by their size. */
  readonly rows: number;
  readonly partitions: number;
  /** Counted runs; one before them warms up. */
  readonly samples: number;
  /** How long each steady load lasts. */
  readonly steadyMs: number;
  /** How long a worker's memory is watched. */
  readonly growthMs: number;
  /** How long an idle connector is watched at least; 0: not at all. Its wait is renewed every ten minutes. */
  readonly idleMs: number;
  /** How long each conversion is measured. */
  readonly convertMs: number;
}

const FULL = { rows: 1_000_000, samples: 3, steadyMs: 15_000, growthMs: 60_000, idleMs: 630_000, convertMs: 2_000 };
const QUICK = { rows: 200_000, samples: 1, steadyMs: 6_000, growthMs: 10_000, idleMs: 0, convertMs: 500 };

export interface SizeOptions {
  readonly quick?: boolean;
  readonly rows?: number;
  readonly samples?: number;
  readonly partitions?: number;
}

export function sizesOf({ quick = false, rows, samples, partitions = 4 }: SizeOptions): Sizes {
  const preset = quick ? QUICK : FULL;
  return { ...preset, partitions, rows: rows ?? preset.rows, samples: samples ?? preset.samples };
}

/** Rows of a topic of such records. */
export function rowsOf(kind: KindName, { rows }: Pick<Sizes, 'rows'>): number {
  return Math.ceil(rows * recordKind(kind).share);
}
