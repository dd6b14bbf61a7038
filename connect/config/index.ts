/**
 * Configuration: declared once per connector, as a superset of Kafka's ConfigDef. From one declaration come the typed
 * values, all validation messages, the answers of the REST interface and the pages in docs/configuration. Also here:
 * the files that users have, secrets by reference, and what all sinks and workers can be configured with.
 */
export type { ConverterConfig, ConverterKind } from './converters.js';
export { ConfigDefinition, defineConfig, type ParseResult, type Rule, type RuleInput } from './definition.js';
export { Field, type Fields, type Infer } from './field.js';
export {
  type ConnectorSubmission,
  type InitialState,
  parseConnectorJson,
  readConnectorFile,
  readWorkerFile,
} from './files.js';
export { type Finding, Findings, invalidConfiguration } from './findings.js';
export { type KafkaClientRole, kafkaClientProperties } from './kafka-clients.js';
export type { RawConfig } from './keys.js';
export { configurationPage } from './markdown.js';
export { hasPlaceholder, type ResolveOptions, resolvePlaceholders } from './placeholders.js';
export { parseProperties } from './properties.js';
export type { ConfigInfo, ConfigInfos, ConfigKeyInfo, ConfigValueInfo } from './rest.js';
export {
  type BatchConfig,
  type RetryConfig,
  type SinkConfig,
  type SinkConnectorValues,
  sinkConfig,
  sinkConnectorFields,
  sinkConnectorRules,
  type TopicSelection,
  withWorkerDefaults,
} from './sink-connector.js';
export { HIDDEN, Secret } from './values.js';
export { parseWorkerConfig, type WorkerConfig, workerDefinition } from './worker.js';
