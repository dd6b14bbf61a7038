/**
 * Avro: values in Avro's binary encoding, read with the schema they were written with.
 *
 * A schema becomes a Connect schema (`connect-schema.ts`) and a tree of closures (`compile.ts`) that reads a value from
 * its bytes, either as a value of Connect or straight into the JSON of a row.
 */

export { type AvroFileConverter, createAvroFileConverter } from './avro-files.js';
export { type AvroSource, compileAvro } from './compile.js';
export { AVRO_DEFAULTS, type AvroOptions } from './options.js';
export { parseTopicFiles } from './topic-files.js';
