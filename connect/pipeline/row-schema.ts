/** The schema of rows, by that of the value that they are made of. */
import type { Schema, StructSchema } from '../data/schema.js';
import type { EventSchema } from '../debezium/index.js';

const known = new WeakMap<Schema, EventSchema>();

/**
 * The same object for the same schema; undefined where the names of columns are not in it, as for maps and values
 * without a schema.
 */
export function rowSchemaOf(schema: Schema | null | undefined): EventSchema | undefined {
  const row = schema?.type === 'ARRAY' ? schema.items : schema;
  if (row?.type !== 'STRUCT') return undefined;
  const found = known.get(row) ?? { row, dialect: 'other' as const };
  known.set(row, found);
  return found;
}

/** The fields that a key names; none where it has no fields. */
export function fieldNames(schema: Schema | undefined): readonly string[] {
  return schema?.type === 'STRUCT' ? (schema satisfies StructSchema).fields.map(({ name }) => name) : [];
}
