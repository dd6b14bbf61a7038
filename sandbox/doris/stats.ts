/** What was loaded since the double started or was last asked to forget: read by benchmarks. */

export interface LoadTotals {
  readonly loads: number;
  readonly rows: number;
  readonly filteredRows: number;
  /** Bytes of request bodies, as they were sent. */
  readonly bytes: number;
  /** Epoch milliseconds: the first load began, the last one ended. Absent before the first load. */
  readonly firstLoadMs?: number;
  readonly lastLoadMs?: number;
}

const NOTHING: LoadTotals = { loads: 0, rows: 0, filteredRows: 0, bytes: 0 };

export class LoadStats {
  private current: LoadTotals = NOTHING;

  get totals(): LoadTotals {
    return this.current;
  }

  add(load: { rows: number; filteredRows: number; bytes: number; startedMs: number; endedMs: number }): void {
    const { loads, rows, filteredRows, bytes, firstLoadMs } = this.current;
    this.current = {
      loads: loads + 1,
      rows: rows + load.rows,
      filteredRows: filteredRows + load.filteredRows,
      bytes: bytes + load.bytes,
      firstLoadMs: Math.min(firstLoadMs ?? load.startedMs, load.startedMs),
      lastLoadMs: load.endedMs,
    };
  }

  reset(): void {
    this.current = NOTHING;
  }
}
