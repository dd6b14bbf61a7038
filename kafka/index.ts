/**
 * Kafka for Sluice: exact offset ranges read at full speed, offsets and groups, admin, producing, security settings.
 *
 * `parseKafkaSettings` reads client properties; `KafkaCluster` and `readRanges` read; `KafkaAdmin` and `KafkaProducer`
 * change things.
 */
export { KafkaAdmin, type NewTopic } from './admin.js';
export { KafkaCluster, type TopicSelection } from './cluster.js';
export type { GroupOffset } from './groups.js';
export type { KafkaLog } from './kafkajs.js';
export type { PartitionInfo, TopicInfo } from './metadata.js';
export type { OffsetQuery, PartitionOffset, TopicPartition } from './offsets.js';
export { KafkaProducer, type OutgoingRecord, type ProducerOptions } from './producer.js';
export { decodeHeaders, RecordCursor, type RecordHeader } from './protocol/record-cursor.js';
export {
  type OffsetRange,
  type RangeSummary,
  type ReadOptions,
  type RecordVisitor,
  readRanges,
} from './range-reader.js';
export {
  type BrokerAddress,
  type KafkaSettings,
  kafkaSettings,
  parseKafkaSettings,
  type SettingsProblem,
  type SettingsResult,
} from './settings.js';
export { inTransaction, type Transaction, type TransactionOptions } from './transactional-producer.js';
