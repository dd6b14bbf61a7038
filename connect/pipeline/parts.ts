/** The parts of a record as Connect's values: what the converters of key, value and headers make of them. */
import { decodeHeaders } from '../../kafka/protocol/record-cursor.js';
import type { ConverterConfig } from '../config/converters.js';
import type { RecordConfig } from '../config/records.js';
import type { TextWriter } from '../converters/writers.js';
import type { Header, SchemaAndValue } from '../data/value.js';
import type { RegistryClient } from '../registry/index.js';
import type { SourceRecord } from '../rows/index.js';
import { createSchemaReader, type SchemaReader } from './schema-readers.js';
import { createSpanReader, type SpanReader } from './span-readers.js';
import { atStage } from './stage.js';

/** @throws NotReady, SluiceError RECORD_INVALID with the stage in its context */
export interface Parts {
  key(record: SourceRecord, topic: string): SchemaAndValue;
  value(record: SourceRecord, topic: string): SchemaAndValue;
  headers(record: SourceRecord): readonly Header[];
  /** What writes values whose schemas are elsewhere; undefined where the converter is another. */
  readonly valueReader: SchemaReader | undefined;
}

/** What asks registries for the schemas of keys and values. */
export interface RegistryClients {
  readonly key: RegistryClient | undefined;
  readonly value: RegistryClient | undefined;
}

const NO_HEADERS: readonly Header[] = [];

/** @throws SluiceError CONFIG_INVALID where a converter cannot be made of its settings */
export function createParts(
  { keyConverter, valueConverter, headerConverter }: RecordConfig,
  writeText: TextWriter,
  clients: RegistryClients,
): Parts {
  const readKey = createSpanReader(keyConverter);
  const keyReader = createSchemaReader(keyConverter, 'key', writeText, clients.key);
  const readValue = createSpanReader(valueConverter);
  const valueReader = createSchemaReader(valueConverter, 'value', writeText, clients.value);
  const readHeader = createSpanReader(headerConverter) ?? noSuch(headerConverter);

  return {
    valueReader,

    key(record, topic) {
      try {
        const { buffer, keyStart, keyEnd } = record;
        if (readKey !== undefined) return readKey(buffer, keyEnd < 0 ? -1 : keyStart, keyEnd);
        return keyReader?.read(record, topic) ?? noSuch(keyConverter)(buffer, keyStart, keyEnd);
      } catch (error) {
        throw atStage(error, 'KEY_CONVERTER');
      }
    },

    value(record, topic) {
      try {
        const { buffer, valueStart, valueEnd } = record;
        if (readValue !== undefined) return readValue(buffer, valueEnd < 0 ? -1 : valueStart, valueEnd);
        return valueReader?.read(record, topic) ?? noSuch(valueConverter)(buffer, valueStart, valueEnd);
      } catch (error) {
        throw atStage(error, 'VALUE_CONVERTER');
      }
    },

    headers(record) {
      if (record.headerCount === 0) return NO_HEADERS;
      const headers = decodeHeaders(record);
      try {
        return headers.map(({ key, value }) => ({ key, ...readSpan(readHeader, value) }));
      } catch (error) {
        throw atStage(error, 'HEADER_CONVERTER');
      }
    },
  };
}

function readSpan(read: SpanReader, value: Buffer | null): SchemaAndValue {
  return value === null ? read(NO_BYTES, -1, -1) : read(value, 0, value.length);
}

const NO_BYTES = Buffer.alloc(0);

/** The configuration has let none through that there is no reader for. */
function noSuch({ className }: ConverterConfig): SpanReader {
  return () => {
    throw new TypeError(`${className} reads no bytes by themselves`);
  };
}
