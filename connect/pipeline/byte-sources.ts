/** Rows of values that need no transforms: bytes from bytes, without values in between. */
import { createRowEncoder, delimiting, type RowEncoder } from '../converters/index.js';
import { nullRecord } from '../converters/row-encoder.js';
import type { Schema } from '../data/schema.js';
import { SluiceError } from '../errors.js';
import { rowSchemaOf } from './row-schema.js';
import type { Destination, RowSource } from './row-source.js';
import type { SchemaReader } from './schema-readers.js';
import type { PipelineSettings } from './settings.js';
import { atStage } from './stage.js';
import { areSchemasWatched } from './tables.js';

/** Texts and JSON. */
export function createEncoder(
  { config, rowFormat, csv, lineDelimiter }: PipelineSettings,
  onSchema?: (schema: Schema) => void,
): RowEncoder {
  const { kind, schemasEnable, replaceNullWithDefault } = config.records.valueConverter;
  const encoder = createRowEncoder({
    value: { converter: kind === 'json' ? 'json' : 'string', schemasEnable, replaceNullWithDefault },
    format: csv === undefined ? rowFormat : 'json',
    onNull: config.onNullValue === 'fail' ? 'fail' : 'ignore',
    onSchema,
  });
  return lineDelimiter === undefined || csv !== undefined ? encoder : delimiting(encoder, lineDelimiter);
}

/** Texts and JSON, with schemas shown to whoever looks after tables. */
export function encoderSource(settings: PipelineSettings): RowSource {
  let current: Destination;
  const onSchema = (schema: Schema): void => {
    const rows = rowSchemaOf(schema);
    if (rows !== undefined) current.rowsAre(rows);
  };
  const isWatched = areSchemasWatched(settings.tables);
  const encoder = createEncoder(settings, isWatched ? onSchema : undefined);
  const stage = settings.config.records.valueConverter.kind === 'json' ? 'VALUE_CONVERTER' : 'TASK_PUT';
  return {
    write(record, destination) {
      current = destination;
      try {
        encoder.encode(record, destination.open(destination.topic));
      } catch (error) {
        throw atStage(error, isNullRecord(error) ? 'TASK_PUT' : stage);
      }
    },
  };
}

/** Avro, Protobuf and JSON Schema. */
export function decoderSource(reader: SchemaReader, { config }: PipelineSettings): RowSource {
  let current: Destination;
  const onSchema = (schema: Schema | undefined): void => {
    const rows = rowSchemaOf(schema);
    if (rows !== undefined) current.rowsAre(rows);
  };
  return {
    write(record, destination) {
      current = destination;
      let rows: number | undefined;
      try {
        rows = reader.writeRows(record, destination.topic, destination.open(destination.topic), onSchema);
      } catch (error) {
        throw atStage(error, 'VALUE_CONVERTER');
      }
      if (rows === undefined && config.onNullValue === 'fail') throw atStage(nullRecord(), 'TASK_PUT');
    },
  };
}

export function isNullRecord(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'RECORD_NULL';
}
