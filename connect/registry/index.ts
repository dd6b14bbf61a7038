/**
 * The schema registry: where producers keep the schemas that their records name by number.
 *
 * `RegistryClient` asks a registry that speaks Confluent's REST interface (Confluent, Karapace, Apicurio, Redpanda);
 * `readRegistrySettings` reads how to reach it from the settings of a converter.
 */

export { RegistryClient } from './client.js';
export { type FramedValue, Framing, type SchemaKey } from './framing.js';
export type { RegisteredSchema, ResolvedSchema, SchemaReference, SchemaType } from './schemas.js';
export { type RegistryAuthentication, type RegistrySettings, readRegistrySettings } from './settings.js';
