/** The refusal of a load because of its rows, with what the database tells of them. */
import { type ErrorContext, SluiceError } from '../connect/errors.js';

export interface RefusedRows {
  /** Rows of the load; 0 where the database does not say. */
  readonly totalRows: number;
  /** Those that it would have left out; 0 where it does not say. */
  readonly filteredRows: number;
  /** What its error log says, or as much of it as it gives out. */
  readonly errorLog: string;
}

export class RowsRejected extends SluiceError {
  constructor(
    refusal: SluiceError,
    readonly rows: RefusedRows,
  ) {
    const context: ErrorContext = refusal.context;
    super('SINK_ROWS_REJECTED', refusal.message, {
      context,
      cause: refusal,
      ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
    });
  }
}
