/** Rows that delete by the record's key alone, where the event has no image of the row. */
import { createEnvelopeReader, type PayloadReader } from '../converters/envelope.js';
import { asRecordInvalid, recordInvalid } from '../converters/invalid.js';
import { jsonText } from '../data/json-text.js';
import type { Schema } from '../data/schema.js';
import type { SchemaAndValue } from '../data/value.js';
import { LEFT_BRACE } from '../json/bytes.js';
import { skipBlanks } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { cachedBySchema } from './cached-by-schema.js';
import type { ChangeEncoderOptions, ChangeRecordView } from './change-encoder.js';
import { type ChangeOutcome, skipped } from './events.js';
import type { Images } from './images.js';
import { isStruct } from './kinds.js';

const PATH = 'key';

/** @throws SluiceError RECORD_INVALID when the record has no key that is a row's */
export interface KeyRows {
  ofBytes(record: ChangeRecordView, out: RowBuffer): ChangeOutcome;
  ofValue(key: SchemaAndValue, out: RowBuffer): ChangeOutcome;
}

export function createKeyRows(images: Images, options: ChangeEncoderOptions): KeyRows {
  const dialect = options.dialect ?? 'other';

  function readerOf(schema: Schema | null | undefined): PayloadReader<ChangeOutcome> {
    if (schema !== undefined && !isStruct(schema)) throw noKey('its key is no object');
    const write = images.deletes(schema, { path: PATH, dialect, columns: options.columns });
    return (source, start, end, out) => {
      if (source[start] !== LEFT_BRACE) throw noKey('its key is no object');
      return write(source, start, end, out);
    };
  }

  const readSchemaless = readerOf(undefined);
  const readBytes = options.keySchemasEnable ? createEnvelopeReader(readerOf) : readSchemaless;
  const readers = cachedBySchema(readerOf);

  return {
    ofBytes({ buffer, keyStart, keyEnd }, out) {
      if (options.deleteSign === undefined) return skipped('delete');
      if (keyEnd < 0 || keyStart < 0) throw noKey('it has no key');
      try {
        return readBytes(buffer, skipBlanks(buffer, keyStart, keyEnd), keyEnd, out);
      } catch (error) {
        throw asRecordInvalid(error, buffer, keyStart, keyEnd);
      }
    },

    ofValue({ schema, value }, out) {
      if (options.deleteSign === undefined) return skipped('delete');
      if (value === null) throw noKey('it has no key');
      const source = Buffer.from(jsonText(value, schema));
      return (schema === undefined ? readSchemaless : readers(schema))(source, 0, source.length, out);
    },
  };
}

function noKey(reason: string): Error {
  return recordInvalid(
    `The record deletes a row, but does not say which: there is no image of the row, and ${reason}.`,
    'Let Debezium send keys (message.key.columns for tables without one), or set enable.delete=false.',
  );
}
