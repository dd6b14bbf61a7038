import { defaultValue } from '../../../../connect/data/json-form.js';
import type { Schema } from '../../../../connect/data/schema.js';
import { JsonNumber, type Value } from '../../../../connect/data/value.js';
import { isArray, isObject, type JsonTree } from '../../../../connect/registry/json-tree.js';

/** Java writes 1.0E100 for 1e+100, and 2.0 for 2. Longer ones are decimals, of which every digit counts. */
export function comparable(tree: JsonTree): unknown {
  if (tree instanceof JsonNumber)
    return tree.text.replace(/\D/g, '').length > 17 ? tree.text : String(Number(tree.text));
  if (isArray(tree)) return tree.map(comparable);
  if (isObject(tree)) return Object.fromEntries([...tree].map(([name, value]) => [name, comparable(value)]));
  return typeof tree === 'bigint' ? `${tree}` : tree;
}

/** A schema with its defaults as values, whatever way they are written. */
export function withDefaults(schema: Schema): unknown {
  const value: Value = defaultValue(schema);
  const { defaultJson, ...rest } = schema;
  const own = { ...rest, parameters: rest.parameters ?? {}, ...(defaultJson === undefined ? {} : { value }) };
  switch (schema.type) {
    case 'STRUCT':
      return {
        ...own,
        fields: schema.fields.map((field) => ({ name: field.name, schema: withDefaults(field.schema) })),
      };
    case 'ARRAY':
      return { ...own, items: withDefaults(schema.items) };
    case 'MAP':
      return { ...own, keys: withDefaults(schema.keys), values: withDefaults(schema.values) };
    default:
      return own;
  }
}
