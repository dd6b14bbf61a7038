import { createEnvelopeReader, type PayloadReader } from '../converters/envelope.js';
import { asRecordInvalid, excerpt, recordInvalid } from '../converters/invalid.js';
import { nullRecord } from '../converters/row-encoder.js';
import { jsonText } from '../data/json-text.js';
import type { Schema, StructSchema } from '../data/schema.js';
import type { ConnectRecord } from '../data/value.js';
import { LEFT_BRACE } from '../json/bytes.js';
import { isNull, skipBlanks, skipValue } from '../json/index.js';
import type { RecordView, RowBuffer } from '../rows/index.js';
import { cachedBySchema } from './cached-by-schema.js';
import { type ChangeReader, changeReader } from './change-reader.js';
import { type ChangeOutcome, skipped } from './events.js';
import { flatReader } from './flat-reader.js';
import { createImages, type Images } from './images.js';
import { createKeyRows } from './key-rows.js';
import { isChange, isStruct, kindOfMembers, kindOfSchema } from './kinds.js';
import { createPartsFinder } from './parts.js';
import { type Dialect, dialectOf } from './source.js';
import { zoneOf } from './types/index.js';
import { DEFAULT_PLACEHOLDER } from './unavailable.js';

/** A record with its key, which has what a delete needs when the value does not. */
export interface ChangeRecordView extends RecordView {
  readonly keyStart: number;
  /** -1 when the key is null. */
  readonly keyEnd: number;
}

/** The member of a row that tells the database to delete the row of its key. */
export interface DeleteSign {
  readonly column: string;
  readonly upsert: string;
  readonly delete: string;
}

/** The schema of rows, as it is found in a record. */
export interface EventSchema {
  /** The fields of a row: those of `after`, or of the flattened event. */
  readonly row: StructSchema;
  readonly dialect: Dialect;
}

export interface ChangeEncoderOptions {
  /** `value.converter.schemas.enable` and `key.converter.schemas.enable` of the JsonConverter. */
  valueSchemasEnable: boolean;
  keySchemasEnable: boolean;
  /** How deletes are loaded; undefined where they are not (`enable.delete=false`). */
  deleteSign?: DeleteSign | undefined;
  /**
   * What a null value means: nothing (the event of the delete came before it), a delete by the record's key (for
   * flattened events without `__deleted`), or an error (`behavior.on.null.values=fail`).
   */
  onTombstone?: 'ignore' | 'delete' | 'fail';
  /** Whether truncates are reported to be applied; they are skipped otherwise. */
  truncate?: boolean;
  /** `database.time_zone`; UTC by default. */
  timeZone?: string;
  /** What becomes of dates that the database cannot hold; they are refused by default. */
  outOfRange?: 'fail' | 'clamp';
  /** What becomes of rows with values that the event does not hold (TOAST); they are refused by default. */
  onUnavailable?: 'omit' | 'fail';
  /** `unavailable.value.placeholder` of the source connector. */
  unavailablePlaceholder?: string;
  /**
   * Whether null becomes the default of the schema. False by default: an event that says null means it, while the
   * JsonConverter of the source has put the default already where it is set so.
   */
  replaceNullWithDefault?: boolean;
  /**
   * Whether flattened events of deletes are rows like any other, which their column `__deleted` tells apart. Only where
   * deletes are not loaded as such.
   */
  softDelete?: boolean;
  /** The columns of the table, as far as they are known, for events without a schema. */
  columns?: StructSchema;
  /** The database that events without a schema, or flattened ones, come from. */
  dialect?: Dialect;
  /**
   * Called with the schema of every row before it is written, where its event has one: the same object for the same
   * schema. What it throws is thrown by `encode`.
   */
  onSchema?: (schema: EventSchema) => void;
}

/** Turns change events into rows. Compiled once for a configuration; holds caches, hence for one reader at a time. */
export interface ChangeEncoder {
  /**
   * Writes the record's row, if it makes one, to the end of `out`.
   * @throws SluiceError RECORD_INVALID or RECORD_NULL, with `out` as it was before. Where the record comes from is for
   *   the caller to add with `within`.
   */
  encode(record: ChangeRecordView, out: RowBuffer): ChangeOutcome;

  /**
   * The same for a record that another converter has read, or that transforms have changed. A value without a schema is
   * taken for what the JsonConverter makes of JSON without one.
   */
  encodeValues(record: Pick<ConnectRecord, 'key' | 'value'>, out: RowBuffer): ChangeOutcome;
}

/** What the readers of values share: the settings, and the record that is being read. */
export interface Reading {
  readonly images: Images;
  readonly options: ChangeEncoderOptions;
  /** Writes the row that deletes what the record's key names. */
  deleteByKey(out: RowBuffer): ChangeOutcome;
}

/** @throws RangeError when there is no such time zone */
export function createChangeEncoder(options: ChangeEncoderOptions): ChangeEncoder {
  const images = createImages({
    zone: zoneOf(options.timeZone ?? 'UTC'),
    outOfRange: options.outOfRange ?? 'fail',
    onUnavailable: options.onUnavailable ?? 'fail',
    placeholder: options.unavailablePlaceholder ?? DEFAULT_PLACEHOLDER,
    replaceNullWithDefault: options.replaceNullWithDefault ?? false,
    deleteSign: options.deleteSign,
  });
  const keyRows = createKeyRows(images, options);
  let deleteByCurrentKey: Reading['deleteByKey'];
  const reading: Reading = { images, options, deleteByKey: (out) => deleteByCurrentKey(out) };
  const readValue = options.valueSchemasEnable
    ? createEnvelopeReader((schema) => readerOf(schema, reading))
    : schemalessReader(reading);
  const readers = cachedBySchema((schema) => readerOf(schema, reading));
  const readSchemaless = schemalessReader(reading);
  let current: ChangeRecordView;
  const deleteByBytes: Reading['deleteByKey'] = (out) => keyRows.ofBytes(current, out);

  return {
    encode(record, out) {
      current = record;
      deleteByCurrentKey = deleteByBytes;
      const { buffer, valueStart, valueEnd } = record;
      return valueStart < 0 || valueEnd < 0
        ? readTombstone(reading, out)
        : readValue(buffer, valueStart, valueEnd, out);
    },

    encodeValues({ key, value }, out) {
      deleteByCurrentKey = (rows) => keyRows.ofValue(key, rows);
      if (value.value === null) return readTombstone(reading, out);
      const read = value.schema === undefined ? readSchemaless : readers(value.schema);
      const source = Buffer.from(jsonText(value.value, value.schema));
      return read(source, 0, source.length, out);
    },
  };
}

function readTombstone({ options, deleteByKey }: Reading, out: RowBuffer): ChangeOutcome {
  switch (options.onTombstone ?? 'ignore') {
    case 'ignore':
      return skipped('tombstone');
    case 'delete':
      return deleteByKey(out);
    case 'fail':
      throw nullRecord();
  }
}

function readerOf(schema: Schema | null, reading: Reading): PayloadReader<ChangeOutcome> {
  if (!isStruct(schema)) throw noEvent(schema === null ? 'has no schema' : `is of type ${schema.type}`);
  const kind = kindOfSchema(schema);
  if (kind !== 'change' && kind !== 'row') return () => skipped(kind);
  const read =
    kind === 'change'
      ? partsReader(changeReader(schema, dialectOf(schema), reading))
      : flatReader(schema, reading.options.dialect ?? 'other', reading);
  return (source, start, end, out) =>
    isNull(source, start, end) ? readTombstone(reading, out) : read(source, start, end, out);
}

function partsReader(read: ChangeReader): PayloadReader<ChangeOutcome> {
  const find = createPartsFinder();
  return (source, start, end, out) => {
    if (source[start] !== LEFT_BRACE) throw noObject(source, start, end);
    return read(find(source, start, end), source, out);
  };
}

/** Values without a schema are told apart one by one: a topic may hold several kinds. */
function schemalessReader(reading: Reading): PayloadReader<ChangeOutcome> {
  const dialect = reading.options.dialect ?? 'other';
  const find = createPartsFinder();
  const readChange = changeReader(undefined, dialect, reading);
  const readFlat = flatReader(undefined, dialect, reading);

  return (source, valueStart, valueEnd, out) => {
    try {
      const { start, end } = trimmed(source, valueStart, valueEnd);
      if (isNull(source, start, end) && start + NULL_BYTES === end) return readTombstone(reading, out);
      if (start === end || source[start] !== LEFT_BRACE) throw noObject(source, start, end);
      const parts = find(source, start, end);
      if (isChange(parts)) return readChange(parts, source, out);
      const kind = kindOfMembers(source, start, end);
      return kind === 'row' ? readFlat(source, start, end, out) : skipped(kind);
    } catch (error) {
      throw asRecordInvalid(error, source, valueStart, valueEnd);
    }
  };
}

const NULL_BYTES = 4;

function trimmed(source: Buffer, valueStart: number, valueEnd: number): { start: number; end: number } {
  const start = skipBlanks(source, valueStart, valueEnd);
  let end = valueEnd;
  while (end > start && skipBlanks(source, end - 1, end) === end) end--;
  return { start, end };
}

function noEvent(found: string): Error {
  return recordInvalid(
    `A change event has to be an object, but the value ${found}.`,
    'Let the connector read topics of Debezium only, or set converter.mode=normal.',
  );
}

/** @throws JsonSyntaxError when the value is no JSON at all */
function noObject(source: Buffer, start: number, end: number): Error {
  skipValue(source, start, end);
  return noEvent(`is ${excerpt(source, start, end)}`);
}
