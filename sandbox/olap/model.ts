/**
 * What the double of an analytical database is made of: column types, tables, and the engine that keeps them.
 * The SQL side (MySQL port) and the load side (Stream Load over HTTP) meet here and nowhere else.
 */

export const BASE_TYPES = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'LARGEINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'DATE',
  'DATETIME',
  'CHAR',
  'VARCHAR',
  'STRING',
  'JSON',
  'VARIANT',
  'ARRAY',
  'MAP',
  'STRUCT',
  'BITMAP',
  'HLL',
  'IPV4',
  'IPV6',
] as const;

export type BaseType = (typeof BASE_TYPES)[number];

export interface ColumnType {
  readonly base: BaseType;
  /** DECIMAL: digits in all; DATETIME: digits of the fraction of a second (0 to 6). */
  readonly precision?: number;
  /** DECIMAL: digits behind the point. */
  readonly scale?: number;
  /** CHAR and VARCHAR: bytes in UTF-8. */
  readonly length?: number;
  /** ARRAY: the element; MAP: key and value; STRUCT: its fields in order. */
  readonly element?: ColumnType;
  readonly key?: ColumnType;
  readonly value?: ColumnType;
  readonly fields?: readonly { readonly name: string; readonly type: ColumnType }[];
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly key: boolean;
  /** AGGREGATE KEY tables: how the values of equal keys are merged. */
  readonly aggregation?: 'SUM' | 'MAX' | 'MIN' | 'REPLACE' | 'REPLACE_IF_NOT_NULL' | 'HLL_UNION' | 'BITMAP_UNION';
  /** The literal of DEFAULT (`CURRENT_TIMESTAMP` as that word); null is DEFAULT NULL; absent is no default. */
  readonly defaultValue?: string | null;
  readonly autoIncrement?: boolean;
  readonly comment: string;
}

/** PRIMARY is StarRocks' primary key model, UNIQUE the one of Doris. */
export type TableModel = 'DUPLICATE' | 'UNIQUE' | 'AGGREGATE' | 'PRIMARY';

export interface TableDefinition {
  readonly database: string;
  readonly name: string;
  readonly model: TableModel;
  readonly keys: readonly string[];
  readonly columns: readonly ColumnDefinition[];
  /** The DISTRIBUTED BY clause as SHOW CREATE TABLE prints it, for example ``HASH(`id`) BUCKETS 12``. */
  readonly distribution: string;
  /** The PARTITION BY clause as it was written; rows are not partitioned. */
  readonly partitioning?: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly comment: string;
}

/** A cell as it is stored: exact decimal and 64-bit values are strings or bigint, never JavaScript numbers. */
export type Cell = string | number | bigint | boolean | null;

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Every cell as the text that the MySQL text protocol sends, or null. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** An error in the database's own words. `errno` is MySQL's number (1105 where the database has none of its own). */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  constructor(
    message: string,
    readonly errno: number = 1105,
    readonly sqlState: string = 'HY000',
  ) {
    super(message);
  }
}

/** Keeps databases, tables and rows. One instance is one database server; several can live in one process. */
export interface OlapEngine {
  databases(): readonly string[];
  tables(database: string): readonly TableDefinition[];
  table(database: string, name: string): TableDefinition | undefined;

  createDatabase(name: string, options?: { ifNotExists?: boolean }): Promise<void>;
  dropDatabase(name: string, options?: { ifExists?: boolean }): Promise<void>;
  createTable(definition: TableDefinition, options?: { ifNotExists?: boolean }): Promise<void>;
  dropTable(database: string, name: string, options?: { ifExists?: boolean }): Promise<void>;
  truncateTable(database: string, name: string): Promise<void>;
  /** Light schema change: ADD COLUMN (several in one statement), DROP COLUMN, MODIFY, RENAME. */
  addColumns(database: string, table: string, columns: readonly ColumnDefinition[]): Promise<void>;
  dropColumn(database: string, table: string, column: string): Promise<void>;
  modifyColumn(database: string, table: string, column: ColumnDefinition): Promise<void>;
  renameColumn(database: string, table: string, from: string, to: string): Promise<void>;

  /**
   * Makes checked rows visible in one step: appended to DUPLICATE tables, merged by key into UNIQUE, PRIMARY and
   * AGGREGATE ones. `columns` names the columns of each row in order; those that are not named keep the stored value
   * where `partial` is set, else they take their default. A row whose `deleted` is true removes its key.
   */
  write(
    database: string,
    table: string,
    change: {
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
      readonly deleted?: readonly boolean[];
      readonly partial?: boolean;
    },
  ): Promise<void>;

  /** The next value of the table's AUTO_INCREMENT column: it rises and is given out once. */
  nextAutoIncrement(database: string, table: string): bigint;

  /** Runs a SELECT in DuckDB's dialect; tables are addressed as `"database"."table"`. */
  query(sql: string, options: { database?: string }): Promise<QueryResult>;
  close(): Promise<void>;
}
