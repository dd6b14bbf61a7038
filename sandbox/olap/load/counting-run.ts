/** A load that is counted and discarded, for benchmarks of clients: lines are rows. */
import type { LoadCounts } from './run.js';

const NEWLINE = 0x0a;

export class CountingRun {
  readonly counts: LoadCounts = { totalRows: 0, loadedRows: 0, filteredRows: 0, unselectedRows: 0 };
  readonly errorLines: readonly string[] = [];
  readonly isOverFilterRatio = false;
  private endsInLine = false;

  write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    let lines = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
    this.counts.loadedRows += lines;
    this.endsInLine = bytes[bytes.length - 1] !== NEWLINE;
  }

  finish(): LoadCounts {
    if (this.endsInLine) this.counts.loadedRows++;
    this.counts.totalRows = this.counts.loadedRows;
    return this.counts;
  }
}
