/** The tables of a sink as they were last seen. */
export interface KnownTables extends Tables {
  /** True where a table that is missing is made when its first rows come. */
  readonly areCreated: boolean;
  /** The table was changed, or turned out to be another than it was taken for: it is looked at again. */
  forget(table: TableName): void;
}

/** A sink that is ready to work: its configuration in typed form, its driver, and where each topic's rows go. */
import type { SinkConfig } from '../connect/config/sink-connector.js';
import type { CsvLayout } from '../connect/converters/index.js';
import type { ChangeSettings, TableName, Tables } from '../connect/pipeline/index.js';
import type { SinkDriver } from './sink-driver.js';

export type { TableName } from '../connect/pipeline/index.js';

export interface Sink {
  readonly config: SinkConfig;
  readonly driver: SinkDriver;
  /** What it knows of its tables, and what has to be changed of them for rows of a schema. */
  readonly tables: KnownTables;
  readonly labelPrefix: string;
  /** How rows are written: JSON objects or CSV, one a line. */
  readonly rowFormat: 'json' | 'csv';
  /** How change events become rows; absent where values are rows as they are. */
  readonly changes?: ChangeSettings;
  /** The time zone that points in time are written in. */
  readonly timeZone: string;
  /** How lines of CSV are made; absent where the values are lines already, and where rows are JSON. */
  readonly csv?: CsvLayout;
  /** What ends a line of CSV where it is not a newline. */
  readonly lineDelimiter?: Buffer;
  /** The field of a row that names its table. */
  readonly tableField?: string;
  /**
   * The table of a topic's rows; of one that names a table itself, that one.
   *
   * @throws SluiceError RECORD_INVALID when `named` is no name of a table
   */
  tableOf(topic: string, named?: string): TableName;
}
