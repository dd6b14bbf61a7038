/**
 * Kafka Connect's data model: the schema of a record, as converters produce it and as rows and tables are made from it.
 *
 * Schemas are plain immutable objects. They say nothing about where they came from: JSON with schema, Avro and Protobuf
 * all become this.
 */

export type PrimitiveType =
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES';

export type SchemaType = PrimitiveType | 'ARRAY' | 'MAP' | 'STRUCT';

interface SchemaBase {
  /** Whether null is a value of it. */
  readonly optional: boolean;
  /** The logical type, such as `org.apache.kafka.connect.data.Decimal`, or the name of a struct. */
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** The default value as JSON text in Connect's JSON form, so that no digit is lost. Never `null`. */
  readonly defaultJson?: string;
}

export interface PrimitiveSchema extends SchemaBase {
  readonly type: PrimitiveType;
}

export interface ArraySchema extends SchemaBase {
  readonly type: 'ARRAY';
  readonly items: Schema;
}

export interface MapSchema extends SchemaBase {
  readonly type: 'MAP';
  readonly keys: Schema;
  readonly values: Schema;
}

export interface StructSchema extends SchemaBase {
  readonly type: 'STRUCT';
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly schema: Schema;
}

export type Schema = PrimitiveSchema | ArraySchema | MapSchema | StructSchema;

/** Names of Connect's own logical types and the physical type that each of them is stored in. */
export const LOGICAL_TYPES = {
  'org.apache.kafka.connect.data.Decimal': 'BYTES',
  'org.apache.kafka.connect.data.Date': 'INT32',
  'org.apache.kafka.connect.data.Time': 'INT32',
  'org.apache.kafka.connect.data.Timestamp': 'INT64',
} as const satisfies Record<string, PrimitiveType>;

export const DECIMAL = 'org.apache.kafka.connect.data.Decimal';

/** The physical type that a logical type of Connect demands; undefined for names that are none. */
export function physicalTypeOf(name: string | undefined): PrimitiveType | undefined {
  return name !== undefined && Object.hasOwn(LOGICAL_TYPES, name)
    ? LOGICAL_TYPES[name as keyof typeof LOGICAL_TYPES]
    : undefined;
}
