/**
 * The port behind which every sink stands. The batch protocol (activities) speaks to it and to nothing else of a
 * database; a new sink is an implementation of this and a line in the registry.
 */

import type { TableChange, TableName } from '../connect/pipeline/index.js';

/** Rows of one batch for one table, under the label that the batch's ranges determine. */
export interface Load {
  readonly database: string;
  readonly table: string;
  readonly label: string;
  readonly body: LoadBody;
  /** The columns that the rows hold; all others of rows that are there keep their values. */
  readonly columns?: readonly string[];
  /** Committed at once, although loads have two phases: a later one of the same batch reads its rows. */
  readonly isFinal?: boolean;
  /** Made to see whether the database takes every row of it, and then aborted: only where loads have two phases. */
  readonly isTrial?: boolean;
}

/** The same bytes on every attempt. The chunks are owned by the caller and stay unchanged during the call. */
export interface LoadBody {
  readonly chunks: readonly Buffer[];
  readonly sizeBytes: number;
  readonly rows: number;
}

/** A load that the database has taken; it travels through workflow history to its commit. */
export interface PreparedLoad {
  readonly database: string;
  readonly table: string;
  readonly label: string;
  /** The database's transaction id as a decimal string; absent where the load has no transaction of its own. */
  readonly transactionId?: string;
  /** `host:port` of the node that has the load. */
  readonly host?: string;
  /** PRECOMMITTED waits for commit; COMMITTED is final (2PC off, or found to be done by an earlier attempt). */
  readonly state: 'PRECOMMITTED' | 'COMMITTED';
  readonly rows: number;
  readonly filteredRows: number;
  readonly sizeBytes: number;
}

/**
 * A label's state as the database tells it. UNKNOWN is a label that never began, or one that was forgotten: the two
 * cannot be told apart.
 */
export type LabelState = 'PREPARE' | 'PRECOMMITTED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED' | 'UNKNOWN';

export type CommitResult = 'committed' | 'aborted' | 'unknown';
/** `unknown`: nothing is known of the transaction any more, which may have been committed before it was forgotten. */
export type AbortResult = 'aborted' | 'committed' | 'unknown';

/** What a driver promises with the settings it was made with. */
export interface SinkGuarantee {
  readonly guarantee: 'exactly_once' | 'at_least_once';
  readonly reason: string;
}

/** Something found at start that is not a failure: the user sees it in `status`. */
export interface SinkFinding {
  readonly table: string;
  readonly missing: boolean;
  readonly message: string;
}

export interface PrepareOptions {
  readonly mustExist: boolean;
  /** True when nothing can have been sent under the label yet, so that the database need not be asked first. */
  readonly isFirst?: boolean;
  readonly signal: AbortSignal;
}

/** A column of a table that exists, in the words of the database. */
export interface DescribedColumn {
  readonly name: string;
  /** As the catalog names it: `decimal(10,2)`. */
  readonly type: string;
  readonly key: boolean;
  readonly nullable: boolean;
  /** The text of a literal, or of a function; undefined where there is none. */
  readonly defaultValue?: string | undefined;
  readonly comment: string;
}

/** A table as the database describes it. */
export interface TableDescription {
  /** What becomes of rows of the same key: `duplicate` keeps all of them, `unique` the last one. */
  readonly model: 'duplicate' | 'unique' | 'aggregate';
  /** True where rows of unique keys are merged as they are written: what a partial update needs. */
  readonly mergeOnWrite: boolean;
  readonly columns: readonly DescribedColumn[];
}

export interface SinkDriver {
  readonly guarantee: SinkGuarantee;
  /** True when a load stays invisible until it is committed. */
  readonly twoPhase: boolean;

  /** Reaches the database and looks at the tables. Throws when nothing could ever be loaded. */
  validate(
    tables: readonly { database: string; table: string }[],
    signal: AbortSignal,
  ): Promise<readonly SinkFinding[]>;

  /**
   * Loads under the label, or takes over what an earlier attempt under the same label has done: idempotent.
   * `mustExist` refuses to load when the database does not know the label any more (`unknown`).
   */
  prepare(load: Load, options: PrepareOptions): Promise<PreparedLoad | 'unknown'>;

  /** Idempotent: a load that is committed already is `committed`; `unknown` means that nobody can tell. */
  commit(load: PreparedLoad, signal: AbortSignal): Promise<CommitResult>;
  abort(load: PreparedLoad, signal: AbortSignal): Promise<AbortResult>;
  lookup(database: string, label: string, signal: AbortSignal): Promise<LabelState>;

  /** The table as it is now; undefined where there is none. */
  describeTable(table: TableName, signal: AbortSignal): Promise<TableDescription | undefined>;

  /**
   * Brings the table to where it takes the rows that need the change, and waits until it does. Idempotent, also beside
   * others who do the same: what is there already is left alone. A truncate is carried out whenever it is asked for.
   *
   * @param check thrown through right before something is changed: whether this attempt still may
   * @returns the statements that were executed
   */
  applySchemaChange(
    change: TableChange,
    attempt: { readonly check: () => void; readonly signal: AbortSignal },
  ): Promise<readonly string[]>;
  close(): Promise<void>;
}
