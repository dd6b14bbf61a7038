/** Events without a schema do not say what their numbers and texts are: the table that they go to does. */
import { DECIMAL, type Field, type PrimitiveSchema, type StructSchema } from '../../../connect/data/schema.js';
import type { ColumnType } from './column-type.js';

/** What `time.precision.mode` of a source connector can be. */
export const TIME_PRECISION_MODES = [
  'adaptive',
  'adaptive_time_microseconds',
  'connect',
  'isostring',
  'microseconds',
  'nanoseconds',
] as const;
/** What `decimal.handling.mode` of a source connector can be. */
export const DECIMAL_HANDLING_MODES = ['precise', 'string', 'double'] as const;

/** The settings of the source connector that decide the form of values, under their own names. */
export interface EventModes {
  timePrecisionMode: (typeof TIME_PRECISION_MODES)[number];
  decimalHandlingMode: (typeof DECIMAL_HANDLING_MODES)[number];
}

/**
 * The fields that events must have for the columns of a table: dates that come as days, times as counts of seconds'
 * parts, and decimals as bytes, whose scale is taken to be the column's. Columns whose values need no conversion are
 * not among them. Adaptive times need columns of the source's own precision: milliseconds up to three digits of the
 * fraction, microseconds beyond.
 */
export function fieldsOfTable(
  columns: readonly { readonly name: string; readonly type: ColumnType | undefined }[],
  modes: EventModes,
): StructSchema {
  const fields = columns.flatMap(({ name, type }): Field[] => {
    const schema = type && schemaOf(type, modes);
    return schema === undefined ? [] : [{ name, schema }];
  });
  return { type: 'STRUCT', optional: false, fields };
}

function schemaOf(type: ColumnType, modes: EventModes): PrimitiveSchema | undefined {
  switch (type.base) {
    case 'DATE':
      return modes.timePrecisionMode === 'isostring'
        ? { type: 'STRING', optional: true, name: 'io.debezium.time.IsoDate' }
        : { type: 'INT32', optional: true, name: 'io.debezium.time.Date' };
    case 'DATETIME':
      // Texts with and without a zone look alike: Doris reads both.
      if (modes.timePrecisionMode === 'isostring') return undefined;
      return { type: 'INT64', optional: true, name: `io.debezium.time.${timestampOf(type.precision, modes)}` };
    case 'DECIMAL':
      if (modes.decimalHandlingMode !== 'precise') return undefined;
      return { type: 'BYTES', optional: true, name: DECIMAL, parameters: { scale: String(type.scale) } };
    default:
      return undefined;
  }
}

function timestampOf(precision: number, { timePrecisionMode }: EventModes): string {
  switch (timePrecisionMode) {
    case 'connect':
      return 'Timestamp';
    case 'microseconds':
      return 'MicroTimestamp';
    case 'nanoseconds':
      return 'NanoTimestamp';
    default:
      return precision <= 3 ? 'Timestamp' : 'MicroTimestamp';
  }
}
