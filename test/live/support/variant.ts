/** The ways in which the same changes come to Sluice, and what each of them makes of a column. */
import type { ConnectorProperties } from '../../../sandbox/capture/index.js';
import type { FollowedTable } from './followed-table.js';

/** `adaptive` is PostgreSQL's default, `adaptive_time_microseconds` that of MariaDB. */
export type TimePrecision =
  | 'adaptive'
  | 'adaptive_time_microseconds'
  | 'connect'
  | 'microseconds'
  | 'nanoseconds'
  | 'isostring';

export interface Variant {
  /** A word; names of topics, tables and connectors are made of it. */
  readonly name: string;
  /** What a reader of the test's output sees. */
  readonly title: string;
  readonly time: TimePrecision;
  /** `schemas.enable` of the converters on both sides. */
  readonly schemas: boolean;
  /** Who flattens the events by ExtractNewRecordState, if anybody. */
  readonly flattenedBy?: 'source' | 'sink';
  /** Of the tables that are followed, these alone. */
  readonly tables?: readonly FollowedTable[];
  /** More of the Debezium connector's configuration, and of the sink's. */
  readonly source?: ConnectorProperties;
  readonly sink?: ConnectorProperties;
}

/** A column of a table with all types. */
export interface CapturedColumn {
  readonly name: string;
  /** With its default and comment, as in DDL. */
  readonly type: string;
  readonly doris: string;
  /** Two values as the source writes them in SQL: a usual one, and one from the ends of the range. */
  readonly values: readonly [usual: string, extreme: string];
  /**
   * What Doris has to show, as an expression over the row in the source, in its own SQL. Undefined where a variant
   * loses the value on its way to Kafka: the column is not compared then.
   */
  readonly shown: (variant: Variant) => string | undefined;
}

/** The same in every variant. */
export function always(expression: string): CapturedColumn['shown'] {
  return () => expression;
}

/** Only where the event says what type the value has. */
export function withSchemas(expression: string): CapturedColumn['shown'] {
  return ({ schemas }) => (schemas ? expression : undefined);
}
