/**
 * Debezium's change events: what `converter.mode=debezium_ingestion` makes of the records of a topic.
 *
 * `createChangeEncoder` turns an event into the row of its `after` image, or into a row that deletes, with every logical
 * type in the form that a database takes. It reads events with a schema and without, and those that
 * ExtractNewRecordState has flattened; it tells heartbeats, transaction markers, DDL and truncates from rows.
 * Bytes are written from bytes, compiled once per schema; what each type becomes is in `types/`.
 */

export {
  type ChangeEncoder,
  type ChangeEncoderOptions,
  type ChangeRecordView,
  createChangeEncoder,
  type DeleteSign,
  type EventSchema,
} from './change-encoder.js';
export { defaultText } from './default-text.js';
export type { ChangeOutcome, SkipReason } from './events.js';
export { compareSourcePositions, readSourcePosition, type SourcePosition } from './position.js';
export type { Dialect } from './source.js';
export {
  BITS,
  instantText,
  isGeometry,
  isUnsignedBigint,
  sourceTypeOf,
  VARIABLE_SCALE_DECIMAL,
} from './types/index.js';
export { DEFAULT_PLACEHOLDER } from './unavailable.js';
