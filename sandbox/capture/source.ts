/** A database whose changes are captured, as tests and examples use it. */

/** Of a Kafka Connect connector. */
export type ConnectorProperties = Readonly<Record<string, string>>;

/** One row, a text or null for each column. */
export type TextRow = readonly (string | null)[];

export interface Source {
  /** The command of a client for it. */
  readonly client: string;
  /** Runs statements, one after the other; what they select is dropped. */
  execute(statements: string): Promise<void>;
  /** The result of one SELECT, whose columns are all texts. */
  select(query: string): Promise<TextRow[]>;
  /** The configuration of a Debezium connector for this database. `name` is its topics' prefix, too. */
  connector(name: string, more: ConnectorProperties): ConnectorProperties;
  /** How many connectors follow the log of this database now. */
  followers(): Promise<number>;
  close(): Promise<void>;
}
