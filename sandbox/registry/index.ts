/**
 * The registry double: a schema registry in memory, over HTTP, with the paths, answers and error codes of Confluent's
 * REST interface, for tests and for trying things out. Real serializers register their schemas with it.
 */

export { type RegistryCredentials, RegistryDouble, type RegistryDoubleOptions } from './double.js';
export { createSerializer } from './serializer.js';
export type { SchemaDefinition, StoredSchema } from './store.js';
