/**
 * The ledger of a connector as a table: which offsets were loaded under which label. The document of `--json` has all.
 */
import type { LedgerEntry } from '../../workflows/core/model.js';
import { rangeName } from '../../workflows/core/offsets.js';
import { type Column, renderTable } from './table.js';
import { count, duration, instant } from './text.js';

const COLUMNS: readonly Column[] = [
  { title: 'COMMITTED AT' },
  { title: 'TASK', align: 'right' },
  { title: 'BATCH', align: 'right' },
  { title: 'OFFSETS', shrinks: true },
  { title: 'ROWS', align: 'right' },
  { title: 'FILTERED', align: 'right' },
  { title: 'BAD', align: 'right' },
  { title: 'TOOK', align: 'right' },
  { title: 'LABEL', shrinks: true },
];

export function renderHistory(entries: readonly LedgerEntry[], width: number): string[] {
  return renderTable(COLUMNS, entries.map(historyRow), width);
}

function historyRow(entry: LedgerEntry): string[] {
  return [
    instant(entry.committedAtMs),
    String(entry.task),
    String(entry.sequence),
    entry.ranges.map(rangeName).join(' '),
    count(entry.rowsLoaded),
    count(entry.rowsFiltered),
    count((entry.deadLetters ?? 0) + (entry.skipped ?? 0)),
    duration(entry.committedAtMs - entry.plannedAtMs),
    entry.loads.map(({ label }) => label).join(' '),
  ];
}
