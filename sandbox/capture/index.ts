/**
 * Live change capture for tests and for trying out: a real PostgreSQL or MariaDB of the system's packages, and a real
 * Kafka Connect with Debezium's connectors, which sends every change of the tables to Kafka.
 */
export { Capture, type CaptureOptions, whatIsMissing } from './capture.js';
export type { ConnectorProperties, Source, TextRow } from './source.js';
