/** The ledger: the last committed batches, so that "is anything missing?" has an answer by offset range. */
import type { LedgerEntry } from './model.js';

/** Entries kept in the workflow; older ones are in its history. */
export const LEDGER_ENTRIES = 50;
const RATE_WINDOW_MS = 60_000;

export function remember(ledger: readonly LedgerEntry[], entry: LedgerEntry): readonly LedgerEntry[] {
  return [...ledger.slice(-(LEDGER_ENTRIES - 1)), entry];
}

/** Rows per second over the commits of the last minute (or of the ledger, where that is shorter); 0 when idle. */
export function rowsPerSecond(ledger: readonly LedgerEntry[], nowMs: number): number {
  const recent = ledger.filter((entry) => nowMs - entry.committedAtMs <= RATE_WINDOW_MS);
  const first = recent[0];
  if (first === undefined) return 0;
  const rows = recent.reduce((sum, entry) => sum + entry.rowsLoaded, 0);
  const spanMs = Math.max(1_000, nowMs - Math.min(...recent.map((entry) => entry.plannedAtMs)));
  return Math.round((rows * 1_000) / spanMs);
}
