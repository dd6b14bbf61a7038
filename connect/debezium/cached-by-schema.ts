import type { Schema } from '../data/schema.js';

/** Compiles once per schema, which converters hand out as one and the same object. */
export function cachedBySchema<Compiled>(compile: (schema: Schema) => Compiled): (schema: Schema) => Compiled {
  const known = new WeakMap<Schema, Compiled>();
  return (schema) => {
    const compiled = known.get(schema) ?? compile(schema);
    known.set(schema, compiled);
    return compiled;
  };
}
