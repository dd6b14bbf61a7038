/**
 * JSON Schema: values that are JSON, read with the schema that the registry keeps for them.
 *
 * A JSON schema becomes a Connect schema (`connect-schema.ts`) and codecs that write the JSON of rows from the JSON of
 * values (`codec.ts`), with the same parts as JSON with a schema beside it.
 */

export { compileJsonSchema } from './compile.js';
export { JSON_SCHEMA_DEFAULTS, type JsonSchemaOptions } from './options.js';
export type { JsonSchemaSource } from './schema-documents.js';
