/**
 * A few offsets out of a range, in as few characters as will do: they stand in workflow history and beside the offsets
 * of a consumer group. Gaps are written in base 36, `+n` says that n more follow at once: `2s.0+4.1xg`.
 */

/** @param offsets rising, none below `start` */
export function writeOffsets(start: bigint, offsets: readonly bigint[]): string {
  const runs: { gap: bigint; more: number }[] = [];
  let next = start;
  for (const offset of offsets) {
    const last = runs.at(-1);
    if (last !== undefined && offset === next) last.more += 1;
    else runs.push({ gap: offset - next, more: 0 });
    next = offset + 1n;
  }
  return runs.map(({ gap, more }) => gap.toString(36) + (more === 0 ? '' : `+${more.toString(36)}`)).join('.');
}

/** What `writeOffsets` has written, rising. */
export function readOffsets(start: bigint, list: string): bigint[] {
  const offsets: bigint[] = [];
  let next = start;
  for (const run of list === '' ? [] : list.split('.')) {
    const [gap = '0', more = '0'] = run.split('+');
    next += BigInt(Number.parseInt(gap, 36));
    for (let left = Number.parseInt(more, 36); left >= 0; left--) offsets.push(next++);
  }
  return offsets;
}
