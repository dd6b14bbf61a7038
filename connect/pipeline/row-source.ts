import type { SchemaAndValue } from '../data/value.js';
import type { EventSchema } from '../debezium/index.js';
import type { RowBuffer, SourceRecord } from '../rows/index.js';

/** Where the rows of the record at hand go. */
export interface Destination {
  /** Of the record, as it came from Kafka. */
  readonly topic: string;
  readonly partition: number;
  offset: bigint;
  /** Where rows of the topic are written, as JSON objects, one a line, or as texts where the load is of such. */
  open(topic: string): RowBuffer;
  /** The same for lines that are as they are to be loaded. */
  openLines(topic: string): RowBuffer;
  /**
   * Says what schema the rows have that follow.
   *
   * @param key the record's key, where it is at hand
   * @throws NotReady, SchemaChangeNeeded, SluiceError: nothing may be written then
   */
  rowsAre(schema: EventSchema, key?: SchemaAndValue): void;
  /** Says that the row lacks columns, whose values in the table are to stay. */
  lacks(columns: readonly string[]): void;
  /** The source's table of the topic was emptied. @throws SchemaChangeNeeded always */
  truncated(topic: string): never;
}

/** Makes rows of records: one way of it, as the configuration asks for. */
export interface RowSource {
  /**
   * Writes the rows of the record, if it makes any, to where the destination says.
   *
   * @throws NotReady, SchemaChangeNeeded, SluiceError RECORD_INVALID or RECORD_NULL with the stage in its context.
   *   Nothing is written then.
   */
  write(record: SourceRecord, destination: Destination): void;
}
