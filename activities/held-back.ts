/**
 * Notices records that cannot be read because a producer's transaction stays open before them: the last stable offset
 * stands still with the log going on behind it, and every reader waits without an error.
 */
import type { LogPosition, LogView, SourceLog } from './ports.js';

const LOOK_MS = 30_000;

export class HeldBack {
  private lookedAtMs: number;
  /** For each position, since when its end has been the same with more behind it. */
  private since: ({ readonly end: bigint; readonly sinceMs: number } | undefined)[] = [];

  /** @param afterMs how long records may be held back; 0 never looks */
  constructor(
    private readonly log: Pick<SourceLog, 'highWatermarks'>,
    private readonly afterMs: number,
    nowMs: number,
  ) {
    this.lookedAtMs = nowMs;
  }

  /**
   * Asks the brokers now and then.
   *
   * @returns the ends of the logs, open transactions included, once records have been held back for too long
   */
  async look(
    positions: readonly LogPosition[],
    views: readonly LogView[],
    nowMs: number,
    signal: AbortSignal,
  ): Promise<readonly bigint[] | undefined> {
    if (this.afterMs === 0 || nowMs - this.lookedAtMs < Math.min(LOOK_MS, this.afterMs / 2)) return undefined;
    this.lookedAtMs = nowMs;
    const ends = await this.log.highWatermarks(positions, signal);
    this.since = views.map(({ end }, index) => {
      if ((ends[index] ?? 0n) <= end) return undefined;
      const known = this.since[index];
      return known?.end === end ? known : { end, sinceMs: nowMs };
    });
    const isTooLong = this.since.some((held) => held !== undefined && nowMs - held.sinceMs >= this.afterMs);
    return isTooLong ? ends : undefined;
  }
}
