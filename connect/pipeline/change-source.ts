/** Rows of change events. */
import type { StructSchema } from '../data/schema.js';
import type { SchemaAndValue } from '../data/value.js';
import type { ChangeOutcome } from '../debezium/index.js';
import { type ChangeEncoder, createChangeEncoder, type EventSchema } from '../debezium/index.js';
import { isNullRecord } from './byte-sources.js';
import type { Destination, RowSource } from './row-source.js';
import type { PipelineSettings } from './settings.js';
import { atStage } from './stage.js';
import { areSchemasWatched } from './tables.js';

export interface ChangeRows {
  /** The encoder for events of the topic, whose rows go to the destination. */
  encoderOf(topic: string, destination: Destination, key?: SchemaAndValue): ChangeEncoder;
  /** What is left to do when an event was taken. @throws SchemaChangeNeeded */
  done(outcome: ChangeOutcome, topic: string, destination: Destination): void;
}

const UNKNOWN_COLUMNS: StructSchema = { type: 'STRUCT', optional: false, fields: [] };

/** @param withSchemas whether events say themselves what their columns are */
export function createChangeRows(settings: PipelineSettings, withSchemas: boolean): ChangeRows {
  const { config, changes: { unavailable = 'fail', ...changes } = {}, tables, tableField } = settings;
  const { keyConverter } = config.records;
  const encoders = new WeakMap<StructSchema, ChangeEncoder>();
  let current: Destination;
  let currentKey: SchemaAndValue | undefined;
  const onSchema = (schema: EventSchema): void => current.rowsAre(schema, currentKey);

  function encoderFor(columns: StructSchema): ChangeEncoder {
    const known = encoders.get(columns);
    if (known !== undefined) return known;
    const encoder = createChangeEncoder({
      ...changes,
      onUnavailable: unavailable === 'fail' ? 'fail' : 'omit',
      // Which of the tables that rows name was emptied, the event does not say.
      truncate: changes.truncate === true && tableField === undefined,
      valueSchemasEnable: withSchemas,
      keySchemasEnable: keyConverter.schemasEnable,
      columns,
      ...(areSchemasWatched(tables) ? { onSchema } : {}),
    });
    encoders.set(columns, encoder);
    return encoder;
  }

  return {
    encoderOf(topic, destination, key) {
      current = destination;
      currentKey = key;
      const mustAsk = !withSchemas && tables !== undefined && tableField === undefined;
      return encoderFor(mustAsk ? tables.fieldsOf(settings.tableOf(topic)) : UNKNOWN_COLUMNS);
    },

    done(outcome, topic, destination) {
      if (outcome.kind === 'truncate') destination.truncated(topic);
      if (outcome.kind === 'upsert' && outcome.unavailable.length > 0) destination.lacks(outcome.unavailable);
    },
  };
}

/** Events in JSON, keys too, that go through no transforms: bytes from bytes. */
export function changeSource(settings: PipelineSettings): RowSource {
  const rows = createChangeRows(settings, settings.config.records.valueConverter.schemasEnable);
  return {
    write(record, destination) {
      const { topic } = destination;
      const encoder = rows.encoderOf(topic, destination);
      let outcome: ChangeOutcome;
      try {
        outcome = encoder.encode(record, destination.open(topic));
      } catch (error) {
        throw atStage(error, isNullRecord(error) ? 'TASK_PUT' : 'VALUE_CONVERTER');
      }
      rows.done(outcome, topic, destination);
    },
  };
}
