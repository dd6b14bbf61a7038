/** A sink that is ready to work: its configuration in typed form, its driver, and where each topic's rows go. */
import type { SinkConfig } from '../connect/config/sink-connector.js';
import type { SinkDriver } from './sink-driver.js';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

export interface Sink {
  readonly config: SinkConfig;
  readonly driver: SinkDriver;
  readonly labelPrefix: string;
  /** How rows are written: JSON objects or CSV, one a line. */
  readonly rowFormat: 'json' | 'csv';
  tableOf(topic: string): TableName;
}
