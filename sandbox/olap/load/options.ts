/**
 * The load side of the doubled databases: bytes of a load in, checked rows and filtered rows out.
 *
 * This file says what a load can ask for, whatever the request headers of a product call it.
 */

export type LoadFormat = 'json' | 'csv';
export type MergeType = 'APPEND' | 'DELETE' | 'MERGE';

export interface LoadOptions {
  readonly format: LoadFormat;
  /** JSON: one document per line. */
  readonly readJsonByLine: boolean;
  /** JSON: the outermost array holds the rows. */
  readonly stripOuterArray: boolean;
  /** JSON: where the rows are in a document, for example `$.data`. */
  readonly jsonRoot?: string;
  /** JSON: where each source column is in a row, for example `$.a.b[0]`. */
  readonly jsonPaths?: readonly string[];
  readonly lineDelimiter: string;
  readonly columnSeparator: string;
  /** CSV: one character that quotes fields, and one that escapes inside of quotes. */
  readonly enclose?: string;
  readonly escape?: string;
  /** CSV: lines before the first row. */
  readonly skipLines: number;
  readonly trimDoubleQuotes: boolean;
  readonly emptyFieldAsNull: boolean;
  /** Source columns and derived ones: `a, b, c = a + 1`. */
  readonly columns?: string;
  /** Columns of the source that the table does not show, such as the delete sign. */
  readonly hiddenColumns: readonly string[];
  readonly strictMode: boolean;
  readonly maxFilterRatio: number;
  readonly mergeType: MergeType;
  /** MERGE: rows that meet it are deletes. */
  readonly deleteCondition?: string;
  /** Rows that do not meet it are counted as unselected. */
  readonly where?: string;
  /** Columns that are not loaded keep their stored values. */
  readonly partialColumns: boolean;
  /** Each row has columns of its own; those that it does not have keep their stored values. */
  readonly flexibleColumns?: boolean;
  /** Of rows with one key that one counts whose value of this source column is the highest. */
  readonly sequenceColumn?: string;
  readonly timeZone: string;
}

export const DEFAULT_LOAD_OPTIONS: LoadOptions = {
  format: 'csv',
  readJsonByLine: true,
  stripOuterArray: false,
  lineDelimiter: '\n',
  columnSeparator: '\t',
  skipLines: 0,
  trimDoubleQuotes: false,
  emptyFieldAsNull: false,
  hiddenColumns: [],
  strictMode: false,
  maxFilterRatio: 0,
  mergeType: 'APPEND',
  partialColumns: false,
  timeZone: 'UTC',
};
