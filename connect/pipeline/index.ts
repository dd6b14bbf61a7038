/**
 * The record path: what becomes of a Kafka record between the reader and the rows that are loaded. Converters of key,
 * value and headers, transforms, change events, metadata columns, and the table that each row goes to.
 *
 * All of it is synchronous and called by the reader for each record; what has to be asked first is thrown as a signal
 * (`NotReady`, `SchemaChangeNeeded`), and the reading goes on at that record. Where the configuration allows it, rows
 * are made of bytes without values in between (`byte-sources.ts`, `change-source.ts`); else records become Connect's
 * values (`value-source.ts`).
 */

export { explainInvalid, type LocatedRecord, type Pipeline, withRowsOf } from './pipeline.js';
export { Pipelines } from './pipelines.js';
export type { ChangeSettings, PipelineSettings } from './settings.js';
export { NotReady, SchemaChangeNeeded } from './signals.js';
export type { RangeRows, TableRows } from './table-rows.js';
export type { PartialUpdate, TableChange, TableName, TableSchema, Tables } from './tables.js';
export type { Wave } from './waves.js';
