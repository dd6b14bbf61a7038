/**
 * What an encoder needs to see of a Kafka record: its value, as a span of the buffer it was fetched in.
 *
 * The reader passes one and the same object for every record and moves it on: a view is valid only during the call
 * that receives it, and its bytes have to be copied by whoever wants to keep them.
 */
export interface RecordView {
  readonly buffer: Buffer;
  /** First byte of the value in `buffer`; -1 when the value is null. */
  readonly valueStart: number;
  /** Just past the last byte of the value; -1 when the value is null (a tombstone). */
  readonly valueEnd: number;
}

/** All of a Kafka record, in the same way. */
export interface SourceRecord extends RecordView {
  readonly keyStart: number;
  /** -1 when the key is null. */
  readonly keyEnd: number;
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: bigint;
  readonly headerCount: number;
  readonly headersStart: number;
  readonly headersEnd: number;
}
