/**
 * Tables for terminals: aligned columns that fit the width there is.
 */
import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from './text.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut with an ellipsis when the terminal is narrow. */
  readonly shrinks?: boolean;
}

const GAP = '  ';
const LEAST_WIDTH = 8;

/** Lines of a table without borders: a heading, then one line per row. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const widths = fitWidths(columns, naturalWidths(columns, rows), width);
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => pad(cells[i] ?? '', widths[i] ?? 0, column.align))
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** A table with borders, as the `mysql` command line draws a result. */
export function renderResult(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns = titles.map((title): Column => ({ title }));
  const widths = naturalWidths(columns, rows);
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]) => `|${widths.map((w, i) => ` ${pad(cells[i] ?? '', w)} `).join('|')}|`;
  return [rule, line(titles), rule, ...rows.map(line), rule];
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, i) => Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[i] ?? ''))));
}

/** Takes what is too much from the columns that may shrink, from the right: what matters most stands on the left. */
function fitWidths(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  let excess = natural.reduce((sum, w) => sum + w, 0) + GAP.length * (columns.length - 1) - width;
  const fitted = [...natural.entries()].reverse().map(([i, w]) => {
    const cut = columns[i]?.shrinks ? Math.min(Math.max(excess, 0), Math.max(w - LEAST_WIDTH, 0)) : 0;
    excess -= cut;
    return w - cut;
  });
  return fitted.reverse();
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = displayWidth(text) > width ? truncate(text, width) : text;
  const blank = ' '.repeat(Math.max(0, width - displayWidth(shown)));
  return align === 'right' ? blank + shown : shown + blank;
}

/** Cuts a text to a width; its colour goes with the cut, for a code cut in half would colour the rest of the screen. */
function truncate(text: string, width: number): string {
  let shown = '';
  for (const character of stripVTControlCharacters(text)) {
    if (displayWidth(shown + character) > width - 1) break;
    shown += character;
  }
  return `${shown}…`;
}
