/** org.apache.kafka.connect.transforms.Flatten */
import { string } from '../../config/field.js';
import { defaultValue, toJsonForm } from '../../data/json-form.js';
import type { Field, Schema, StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { dataError, partOf, requireMap, requireStruct, withPart } from '../record-part.js';
import { fieldsOf, perSchema, requireAllowed, schemaBasics, structLike } from '../struct-plan.js';
import { defineTransform } from '../transform.js';

const PURPOSE = 'flattening';

/** A field of the flat struct and where its value is in the nested one. */
interface Leaf {
  readonly field: Field;
  /** The indexes from the outermost struct to the value. */
  readonly path: readonly number[];
  /** What the innermost field has when it is null and its struct is not. */
  readonly whenNull: Value;
}

export const flatten = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.Flatten',
  sided: true,
  summary: 'Makes nested structs flat; the names of fields are joined. Arrays stay as they are.',
  fields: { delimiter: string().default('.').doc('What stands between the joined names.') },
  compile: ({ delimiter }, side) => {
    const join = (prefix: string, name: string): string => (prefix === '' ? name : prefix + delimiter + name);
    const planOf = perSchema((schema: Schema) => {
      const leaves = leavesOf(schema, join);
      return {
        leaves,
        schema: structLike(
          schema,
          leaves.map(({ field }) => field),
        ),
      };
    });
    return {
      apply: (record) => {
        const { schema, value } = partOf(record, side);
        if (value === null) return record;
        if (schema === undefined) {
          return withPart(record, side, undefined, flatEntries(requireMap(value, PURPOSE), join));
        }
        const struct = requireStruct(value, PURPOSE);
        const plan = planOf(schema);
        return withPart(record, side, plan.schema, flatStruct(struct, plan));
      },
    };
  },
});

function flatEntries(map: ReadonlyMap<Value, Value>, join: (prefix: string, name: string) => string) {
  const flat = new Map<Value, Value>();
  const add = (entries: ReadonlyMap<Value, Value>, prefix: string): void => {
    for (const [key, value] of entries) {
      const name = join(prefix, String(key));
      if (value instanceof Map) add(value, name);
      else if (value instanceof Struct) {
        throw dataError(
          `Flatten transformation does not support class org.apache.kafka.connect.data.Struct for record without schemas (for field ${name}).`,
        );
      } else flat.set(name, value);
    }
  };
  add(map, '');
  return flat;
}

function leavesOf(schema: Schema, join: (prefix: string, name: string) => string): Leaf[] {
  const leaves: Leaf[] = [];
  const add = (struct: Schema, prefix: string, path: readonly number[], optional: boolean, parent: Value): void => {
    for (const [index, field] of fieldsOf(struct).entries()) {
      const name = join(prefix, field.name);
      const nullable = optional || field.schema.optional;
      const own = defaultValue(field.schema);
      const standard = own ?? (parent instanceof Struct ? (parent.values[index] ?? null) : null);
      if (field.schema.type === 'MAP') {
        throw dataError(`Flatten transformation does not support MAP for record with schemas (for field ${name}).`);
      }
      const reached = [...path, index];
      if (field.schema.type === 'STRUCT') add(field.schema, name, reached, nullable, standard);
      else {
        const flat = { name, schema: leafSchema(field.schema, nullable, standard) };
        leaves.push({ field: flat, path: reached, whenNull: own });
      }
    }
  };
  add(schema, '', [], schema.optional, defaultValue(schema));
  return leaves;
}

/** As the field's own, but optional where a struct above it is, and with the default that a struct above it gives. */
function leafSchema(schema: Schema, optional: boolean, standard: Value): Schema {
  const basics = { optional, ...schemaBasics(schema) };
  const plain: Schema =
    schema.type === 'ARRAY'
      ? { type: 'ARRAY', items: schema.items, ...basics }
      : { type: schema.type as 'STRING', ...basics };
  return standard === null ? plain : { ...plain, defaultJson: toJsonForm(plain, standard) };
}

function flatStruct(struct: Struct, plan: { leaves: readonly Leaf[]; schema: StructSchema }): Struct {
  return new Struct(
    plan.schema,
    plan.leaves.map((leaf) => leafValue(struct, leaf)),
  );
}

function leafValue(struct: Struct, { field, path, whenNull }: Leaf): Value {
  let inner = struct;
  for (let depth = 0; depth < path.length - 1; depth++) {
    const next = inner.values[path[depth] ?? 0];
    // A struct that is null leaves its fields unset.
    if (!(next instanceof Struct)) return null;
    inner = next;
  }
  const value = inner.values[path.at(-1) ?? 0] ?? whenNull;
  requireAllowed(field, value);
  return value;
}
