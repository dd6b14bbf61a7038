/**
 * Values of Connect's data model, as converters make them and transforms change them. No digit of a number is lost:
 * 64-bit integers are bigints, decimals are exact, and a number of JSON without a schema keeps its text.
 *
 * | schema                      | value                                                         |
 * |-----------------------------|---------------------------------------------------------------|
 * | INT8, INT16, INT32          | number                                                        |
 * | INT64                       | bigint                                                        |
 * | FLOAT32, FLOAT64            | number                                                        |
 * | BOOLEAN, STRING             | boolean, string                                               |
 * | BYTES                       | Buffer                                                        |
 * | Decimal                     | Decimal                                                       |
 * | Date, Time, Timestamp       | Instant                                                       |
 * | ARRAY, MAP, STRUCT          | array, Map, Struct                                            |
 * | no schema                   | bigint, JsonNumber, string, boolean, Map with strings as keys |
 */
import type { Schema, StructSchema } from './schema.js';

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | Decimal
  | Instant
  | JsonNumber
  | Struct
  | readonly Value[]
  | ReadonlyMap<Value, Value>;

/** An exact decimal: `unscaled` × 10^-`scale`, as java.math.BigDecimal. */
export class Decimal {
  constructor(
    readonly unscaled: bigint,
    readonly scale: number,
  ) {}
}

/** java.util.Date: milliseconds since 1970 in UTC; of a Time since midnight, of a Date at midnight. */
export class Instant {
  constructor(readonly epochMs: bigint) {}
}

/** A number of JSON without a schema that is no 64-bit integer, as it was written. */
export class JsonNumber {
  constructor(readonly text: string) {}

  /** As Java's Double has it. */
  toNumber(): number {
    return Number(this.text);
  }
}

/** The values of a struct in the order of its fields; a field that was not set is null. */
export class Struct {
  constructor(
    readonly schema: StructSchema,
    readonly values: readonly Value[],
  ) {}

  /** Undefined when there is no such field. */
  get(name: string): Value | undefined {
    const index = this.schema.fields.findIndex((field) => field.name === name);
    return index < 0 ? undefined : (this.values[index] ?? null);
  }
}

/** A value and its schema; without one where the converter gives none. */
export interface SchemaAndValue {
  readonly schema: Schema | undefined;
  readonly value: Value;
}

export interface Header extends SchemaAndValue {
  readonly key: string;
}

/** A record between its converter and the sink: what org.apache.kafka.connect.sink.SinkRecord holds. */
export interface ConnectRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970; undefined where the record has none. */
  readonly timestampMs: bigint | undefined;
  readonly key: SchemaAndValue;
  readonly value: SchemaAndValue;
  readonly headers: readonly Header[];
}
