/** How much is measured. */

export interface Sizes {
  readonly rows: number;
  readonly partitions: number;
  /** Counted runs; one before them warms up. */
  readonly samples: number;
  /** How long each steady load lasts. */
  readonly steadyMs: number;
}

const FULL = { rows: 1_000_000, samples: 3, steadyMs: 20_000 };
const QUICK = { rows: 200_000, samples: 1, steadyMs: 6_000 };

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
