/** What has happened on a stage: counts by kind, and lines with their time for the report. */
import type { Progress } from '../world/index.js';

const KEPT_LINES = 2_000;

export class Tally {
  readonly counts = new Map<string, number>();
  readonly lines: string[] = [];
  private readonly startedMs = Date.now();
  private last = '';

  constructor(private readonly progress: Progress) {}

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  /** The same line again is told once. */
  note(line: string): void {
    if (line === this.last) return;
    this.last = line;
    if (this.lines.length < KEPT_LINES)
      this.lines.push(`${((Date.now() - this.startedMs) / 1000).toFixed(1)} s ${line}`);
    this.progress.report(line);
  }
}
