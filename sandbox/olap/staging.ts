/** Rows that are loaded but not yet visible, kept column by column outside of the JavaScript heap. */
import { DuckDBDataChunk, type DuckDBType, type DuckDBValue, UTINYINT, VARCHAR } from '@duckdb/node-api';
import { type CellEncoder, cellEncoder } from './cells.js';
import type { Cell, ColumnDefinition, TableDefinition } from './model.js';
import { duckdbType } from './types.js';

/** DuckDB's vector size: the most rows one chunk takes. */
export const CHUNK_ROWS = 2048;

export interface StagingOptions {
  /** The named columns only are in the rows. */
  readonly columns: readonly ColumnDefinition[];
  /** Columns that are not in the rows keep their stored values. */
  readonly partial: boolean;
  /** Each row says whether it removes its key. */
  readonly deletes: boolean;
  /** Each row says which of the columns it has: with `partial`, the others keep their stored values. */
  readonly masked?: boolean;
  /** The column that decides between rows with one key, where the table does not say. */
  readonly sequence?: string;
}

/**
 * The rows of one load. `append` copies; after `seal` the rows can be published any number of schema changes later.
 * With `deletes` a column with the delete sign follows those of the table, with `masked` one with the masks is the last.
 */
export class StagedRows {
  readonly chunks: DuckDBDataChunk[] = [];
  readonly types: readonly DuckDBType[];
  rowCount = 0;
  private readonly encoders: readonly CellEncoder[];
  private readonly open: DuckDBValue[][];

  constructor(
    /** The table as it was when the load was planned. */
    readonly table: TableDefinition,
    readonly options: StagingOptions,
  ) {
    this.encoders = options.columns.map((column) => cellEncoder(column.type));
    const types = options.columns.map((column) => duckdbType(column.type));
    this.types = [...types, ...(options.deletes ? [UTINYINT] : []), ...(options.masked === true ? [VARCHAR] : [])];
    this.open = this.types.map(() => []);
  }

  /** What was sealed in an earlier life. */
  static restored(table: TableDefinition, options: StagingOptions, chunks: readonly DuckDBDataChunk[]): StagedRows {
    const rows = new StagedRows(table, options);
    for (const chunk of chunks) {
      if (chunk.rowCount === 0) continue;
      rows.chunks.push(chunk);
      rows.rowCount += chunk.rowCount;
    }
    return rows;
  }

  /**
   * @param row the cells of `options.columns` in order, checked against their types
   * @param mask `1` for each of them that the row has, else `0`
   */
  append(row: readonly Cell[], deleted = false, mask = ''): void {
    const { encoders, open } = this;
    for (let index = 0; index < encoders.length; index++) {
      const cell = row[index] ?? null;
      open[index]?.push(cell === null ? null : (encoders[index]?.(cell) ?? null));
    }
    if (this.options.deletes) open[encoders.length]?.push(deleted ? 1 : 0);
    if (this.options.masked === true) open.at(-1)?.push(mask);
    this.rowCount++;
    if (this.rowCount % CHUNK_ROWS === 0) this.flush();
  }

  /** No more rows will come. */
  seal(): void {
    if (this.rowCount % CHUNK_ROWS !== 0) this.flush();
  }

  private flush(): void {
    const chunk = DuckDBDataChunk.create(this.types);
    chunk.setColumns(this.open);
    // Setting the count drops the chunk's copies of the values, which would keep every string of the load alive.
    chunk.rowCount = this.open[0]?.length ?? 0;
    this.chunks.push(chunk);
    for (const values of this.open) values.length = 0;
  }
}
