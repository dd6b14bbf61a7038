/** Rows of records that go through transforms, or that no shorter way is for: by Connect's values. */
import { isText } from '../config/records.js';
import { nullRecord } from '../converters/row-encoder.js';
import type { TextWriter } from '../converters/writers.js';
import { type ConnectRecord, type Header, Struct } from '../data/value.js';
import type { SourceRecord } from '../rows/index.js';
import { compileTransforms } from '../transforms/index.js';
import { createChangeRows } from './change-source.js';
import type { Parts } from './parts.js';
import { rowSchemaOf } from './row-schema.js';
import type { Destination, RowSource } from './row-source.js';
import type { PipelineSettings } from './settings.js';
import { atStage } from './stage.js';
import { isObject, writeValueRows } from './value-rows.js';

const NO_HEADERS: readonly Header[] = [];

/**
 * @param writeText takes texts as the load wants them
 * @throws SluiceError CONFIG_INVALID with all that is wrong with the transforms
 */
export function valueSource(settings: PipelineSettings, parts: Parts, writeText: TextWriter): RowSource {
  const { config, changes } = settings;
  const { transforms, valueConverter } = config.records;
  const chain = transforms === undefined ? undefined : compileTransforms(transforms);
  const areTexts = isText(valueConverter);
  const rowOptions = {
    writeText,
    // What the JsonConverter was told to leave null stays so; other converters have no such setting.
    replaceNullWithDefault: valueConverter.replaceNullWithDefault,
  };
  const changeRows = changes === undefined ? undefined : createChangeRows(settings, hasSchemas(settings));

  function connectRecord(record: SourceRecord, { topic, partition, offset }: Destination): ConnectRecord {
    const key = parts.key(record, topic);
    const value = parts.value(record, topic);
    const timestampMs = record.timestamp < 0n ? undefined : record.timestamp;
    const headers = record.headerCount === 0 ? NO_HEADERS : parts.headers(record);
    return { topic, partition, offset, timestampMs, key, value, headers };
  }

  function transformed(record: ConnectRecord): ConnectRecord | undefined {
    if (chain === undefined) return record;
    try {
      return chain.apply(record);
    } catch (error) {
      throw atStage(error, 'TRANSFORMATION');
    }
  }

  function writeRows({ topic, key, value }: ConnectRecord, destination: Destination): void {
    if (value.value === null) {
      if (config.onNullValue === 'fail') throw nullRecord();
      return;
    }
    // Texts of CSV are lines; what has fields becomes one.
    const isLine = areTexts && !isObject(value.value) && !Array.isArray(value.value);
    const out = isLine ? destination.openLines(topic) : destination.open(topic);
    const schema = rowSchemaOf(value.value instanceof Struct ? value.value.schema : value.schema);
    if (schema !== undefined) destination.rowsAre(schema, key);
    writeValueRows(value, rowOptions, out);
  }

  function writeChange(record: ConnectRecord, destination: Destination): void {
    const { topic, key } = record;
    const encoder = changeRows?.encoderOf(topic, destination, key);
    const outcome = encoder?.encodeValues(record, destination.open(topic));
    if (outcome !== undefined) changeRows?.done(outcome, topic, destination);
  }

  return {
    write(record, destination) {
      const result = transformed(connectRecord(record, destination));
      if (result === undefined) return;
      try {
        if (changeRows === undefined) writeRows(result, destination);
        else writeChange(result, destination);
      } catch (error) {
        throw atStage(error, 'TASK_PUT');
      }
    },
  };
}

/** Whether the converter tells what the fields of values are. */
function hasSchemas({ config }: PipelineSettings): boolean {
  const { kind, schemasEnable } = config.records.valueConverter;
  return kind === 'json' ? schemasEnable : kind === 'registry' || kind === 'avroFiles';
}
