/**
 * Converters whose values name their schemas in a registry: Avro, Protobuf and JSON Schema, under the class names and
 * with the settings of Confluent's.
 */

export {
  createRegistryClient,
  createRegistryConverter,
  isRegistryConverterClass,
  REGISTRY_CONVERTERS,
  type RegistryConverterClass,
} from './create.js';
export { type EncodedValue, RegistryConverter } from './registry-converter.js';
