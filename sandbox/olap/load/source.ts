/** What the readers of a format hand over: rows as texts by source column, and lines that are no rows. */

/**
 * One row: the text of each source column, null for a null of the source, undefined where the row does not have the
 * column. The array is used again for the next row.
 */
export type SourceRow = (string | null | undefined)[];

export interface RowSink {
  /** The source of the row is `text` from `start` to `end`: cut out only when the row is filtered. */
  row(fields: SourceRow, text: string, start: number, end: number): void;
  /** A line that is no row. */
  reject(reason: string, line: string): void;
}

export interface RowReader {
  /** True when a row can only be found once the whole body is there. */
  readonly wholeBody: boolean;
  /** Reads complete rows: whole lines, or the whole body. */
  read(text: string, sink: RowSink): void;
}
