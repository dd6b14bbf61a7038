/** Medians and percentiles of samples. */

/** @throws RangeError without samples */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no samples');
  return (lower + upper) / 2;
}

/**
 * The smallest sample that at least `percent` of the samples do not exceed (the nearest-rank method).
 *
 * @throws RangeError without samples
 */
export function percentile(samples: ArrayLike<number>, percent: number): number {
  const sorted = Float64Array.from(samples).sort();
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const found = sorted[rank - 1];
  if (found === undefined) throw new RangeError('no samples');
  return found;
}
