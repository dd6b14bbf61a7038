/** What the record path knows of the tables that rows go to, and what it asks of whoever looks after them. */
import type { StructSchema } from '../data/schema.js';
import type { EventSchema } from '../debezium/index.js';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** The schema of the rows of a table, as it is found in records. */
export interface TableSchema extends EventSchema {
  /** The columns that the fields of the record's key become, in its order; empty where it has no such key. */
  readonly keys: readonly string[];
}

/**
 * A change of a table that rows wait for. Plain data: it travels through workflow history, to be applied in a step of
 * its own.
 */
export type TableChange =
  | {
      /** The table is to be created, or to be given columns or types, so that it takes rows of `schema`. */
      readonly kind: 'schema';
      readonly database: string;
      readonly table: string;
      readonly schema: TableSchema;
      /** What it takes as the table was last seen: for people. It is looked at again before anything is changed. */
      readonly statements: readonly string[];
    }
  | {
      /** The source's table was emptied by the event at this place. */
      readonly kind: 'truncate';
      readonly database: string;
      readonly table: string;
      readonly topic: string;
      readonly partition: number;
      /** Decimal digits. */
      readonly offset: string;
    };

/** What a partial update of a table needs to be known of it. Names in lower case. */
export interface PartialUpdate {
  /** The columns by which rows are the same. */
  readonly keys: readonly string[];
  readonly columns: ReadonlySet<string>;
}

/** Looks after the tables of a sink. Synchronous, as the record path is: what has to be asked first is thrown. */
export interface Tables {
  /** True where no schema makes a difference: nobody need say what rows are. */
  readonly ignoresSchemas?: boolean;

  /**
   * Called with every schema of rows that is new to a table, before the first of them is written; again for the next
   * record when it has thrown. The same schema comes as the same object, and may come again.
   *
   * @throws NotReady where the table's columns have to be asked for first
   * @throws SchemaChangeNeeded where the table cannot take such rows yet
   * @throws SluiceError where it cannot be made to
   */
  onSchema(table: TableName, schema: TableSchema): void;

  /**
   * The fields that events without a schema have for the columns of the table.
   *
   * @throws NotReady where the table's columns have to be asked for first
   */
  fieldsOf(table: TableName): StructSchema;

  /**
   * The same object for as long as the table is the same.
   *
   * @throws NotReady where the table has to be asked for first
   * @throws SluiceError RECORD_INVALID where the table takes no partial updates
   */
  partialUpdate(table: TableName): PartialUpdate;
}

/** Whether the schemas of rows have to be told. */
export function areSchemasWatched(tables: Tables | undefined): tables is Tables {
  return tables !== undefined && tables.ignoresSchemas !== true;
}
