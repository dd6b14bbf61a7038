/** Changing structs: the new schema and what goes where are worked out once per schema, not per record. */
import { defaultValue } from '../data/json-form.js';
import type { Field, PrimitiveSchema, PrimitiveType, Schema, StructSchema } from '../data/schema.js';
import type { Struct, Value } from '../data/value.js';
import { dataError } from './record-part.js';

/**
 * What `make` makes of a schema, kept as long as the schema lives. Converters hand out the same schema object for
 * records of the same schema, so that identity is the right key and costs nothing.
 */
export function perSchema<S extends Schema, Plan>(make: (schema: S) => Plan): (schema: S) => Plan {
  const plans = new WeakMap<S, { readonly plan: Plan }>();
  let last: { readonly schema: S; readonly plan: Plan } | undefined;
  return (schema) => {
    if (last?.schema === schema) return last.plan;
    const known = plans.get(schema) ?? { plan: make(schema) };
    plans.set(schema, known);
    last = { schema, plan: known.plan };
    return known.plan;
  };
}

/** Name, version, documentation and parameters; neither the default nor whether null is allowed, as in Connect. */
export function schemaBasics(schema: Schema): Pick<Schema, 'name' | 'version' | 'doc' | 'parameters'> {
  return {
    ...(schema.name === undefined ? {} : { name: schema.name }),
    ...(schema.version === undefined ? {} : { version: schema.version }),
    ...(schema.doc === undefined ? {} : { doc: schema.doc }),
    ...(schema.parameters === undefined ? {} : { parameters: schema.parameters }),
  };
}

/** A struct with the basics of another and new fields. */
export function structLike(source: Schema, fields: readonly Field[], optional = false): StructSchema {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw dataError(`Cannot create field because of field name duplication ${name}`);
    names.add(name);
  }
  return { type: 'STRUCT', optional, ...schemaBasics(source), fields };
}

export function primitive(type: PrimitiveType, optional: boolean): PrimitiveSchema {
  return { type, optional };
}

/** Connect's Date, Time and Timestamp. */
export function logical(name: 'Date' | 'Time' | 'Timestamp', optional: boolean): PrimitiveSchema {
  const type = name === 'Timestamp' ? 'INT64' : 'INT32';
  return { type, optional, name: `org.apache.kafka.connect.data.${name}`, version: 1 };
}

/** The struct schema of a value that is one. @throws SluiceError RECORD_INVALID */
export function fieldsOf(schema: Schema): readonly Field[] {
  if (schema.type === 'STRUCT') return schema.fields;
  throw dataError('Cannot look up fields on non-struct type');
}

/** What `Struct.put` of Connect checks. @throws SluiceError RECORD_INVALID */
export function requireAllowed(field: Field, value: Value): void {
  if (value !== null || field.schema.optional) return;
  throw dataError(
    `Invalid value: null used for required field: "${field.name}", schema type: ${field.schema.type}`,
    'Correct the producer, or make the field optional.',
  );
}

/** Reads one field of a struct; null becomes the default of the field if that is wanted. */
export type FieldReader = (struct: Struct) => Value;

export function fieldReader(schema: StructSchema, index: number, nullToDefault: boolean): FieldReader {
  const field = schema.fields[index];
  const whenNull = nullToDefault && field !== undefined ? defaultValue(field.schema) : null;
  if (whenNull === null) return (struct) => struct.values[index] ?? null;
  return (struct) => struct.values[index] ?? whenNull;
}

/** Copies chosen fields of structs of one schema. */
export class FieldCopier {
  readonly #indexes: readonly number[];
  readonly #whenNull: readonly Value[];
  readonly #required: readonly (Field | undefined)[];

  constructor(schema: StructSchema, indexes: readonly number[], nullToDefault: boolean) {
    const fields = indexes.map((index) => schema.fields[index] as Field);
    this.#indexes = indexes;
    this.#whenNull = fields.map((field) => (nullToDefault ? defaultValue(field.schema) : null));
    this.#required = fields.map((field) => (field.schema.optional ? undefined : field));
  }

  /**
   * The values, in the order of the indexes, in a new array.
   * @throws SluiceError RECORD_INVALID for null in a required field
   */
  copy(struct: Struct): Value[] {
    const { values } = struct;
    const copied: Value[] = new Array<Value>(this.#indexes.length);
    for (let at = 0; at < copied.length; at++) {
      let value = values[this.#indexes[at] ?? 0] ?? null;
      if (value === null) {
        value = this.#whenNull[at] ?? null;
        const field = this.#required[at];
        if (value === null && field !== undefined) requireAllowed(field, value);
      }
      copied[at] = value;
    }
    return copied;
  }
}

/** The indexes of all fields. */
export function allIndexes(schema: StructSchema): number[] {
  return schema.fields.map((_, index) => index);
}

export function indexOf(schema: StructSchema, name: string): number {
  return schema.fields.findIndex((field) => field.name === name);
}
