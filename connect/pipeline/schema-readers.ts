/** The converters whose schemas are elsewhere: Avro with files, and Avro, Protobuf and JSON Schema with a registry. */

import { decodeHeaders } from '../../kafka/protocol/record-cursor.js';
import type { ConverterConfig } from '../config/converters.js';
import { createAvroFileConverter } from '../converters/avro/index.js';
import type { RecordDecoder } from '../converters/binary/record-decoder.js';
import { createRegistryConverter, type EncodedValue, isRegistryConverterClass } from '../converters/registry/index.js';
import type { TextWriter } from '../converters/writers.js';
import type { Schema } from '../data/schema.js';
import type { SchemaAndValue } from '../data/value.js';
import { SluiceError } from '../errors.js';
import type { RegistryClient } from '../registry/index.js';
import type { RowBuffer, SourceRecord } from '../rows/index.js';
import { NotReady } from './signals.js';

/** Reads keys or values that are not null. */
export interface SchemaReader {
  /** @throws NotReady, SluiceError RECORD_INVALID */
  read(record: SourceRecord, topic: string): SchemaAndValue;
  /**
   * Writes the rows and returns how many; undefined when the value is null.
   *
   * @param onSchema told the schema before anything is written; what it throws is thrown
   * @throws NotReady, SluiceError RECORD_INVALID, with `out` as it was before
   */
  writeRows(
    record: SourceRecord,
    topic: string,
    out: RowBuffer,
    onSchema: (schema: Schema | undefined) => void,
  ): number | undefined;
}

const NULL: SchemaAndValue = { schema: undefined, value: null };

/**
 * @param client asks the registry; undefined for converters without one
 * @throws SluiceError CONFIG_INVALID with everything that is wrong with its settings
 */
export function createSchemaReader(
  { kind, className, properties }: ConverterConfig,
  side: 'key' | 'value',
  writeText: TextWriter,
  client: RegistryClient | undefined,
): SchemaReader | undefined {
  if (kind === 'avroFiles') return avroFileReader(properties, side, writeText);
  if (kind === 'registry' && isRegistryConverterClass(className)) {
    return registryReader(createRegistryConverter(className, properties, side, writeText, client), side);
  }
  return undefined;
}

interface Span {
  start: number;
  end: number;
}

/** Where the part is: one object for all records. */
function spanOf(side: 'key' | 'value'): (record: SourceRecord) => Span {
  const span = { start: 0, end: 0 };
  return (record) => {
    span.start = side === 'key' ? record.keyStart : record.valueStart;
    span.end = side === 'key' ? record.keyEnd : record.valueEnd;
    return span;
  };
}

function avroFileReader(
  properties: ConverterConfig['properties'],
  side: 'key' | 'value',
  writeText: TextWriter,
): SchemaReader {
  const converter = createAvroFileConverter(properties['avro.topic2schema.filepath'] ?? '', writeText);
  const locate = spanOf(side);
  return {
    read(record, topic) {
      const { start, end } = locate(record);
      return end < 0 ? NULL : converter.decoderOf(topic).read(record.buffer, start, end);
    },
    writeRows(record, topic, out, onSchema) {
      const { start, end } = locate(record);
      if (end < 0) return undefined;
      const decoder = converter.decoderOf(topic);
      onSchema(decoder.schema);
      return decoder.writeRows(record.buffer, start, end, out);
    },
  };
}

/** One object, filled anew for each record. */
type Filled<T> = { -readonly [Key in keyof T]: T[Key] };

const NO_BYTES = Buffer.alloc(0);

function registryReader(converter: ReturnType<typeof createRegistryConverter>, side: 'key' | 'value'): SchemaReader {
  const locate = spanOf(side);
  const idHeader = `__${side}_schema_id`;
  const value: Filled<EncodedValue> = { topic: '', buffer: NO_BYTES, start: 0, end: 0 };

  /** Undefined when the record has no such part. */
  function decoderOf(record: SourceRecord, topic: string): RecordDecoder | undefined {
    const { start, end } = locate(record);
    if (end < 0) return undefined;
    value.topic = topic;
    value.buffer = record.buffer;
    value.start = start;
    value.end = end;
    value.schemaIdHeader = record.headerCount === 0 ? undefined : headerOf(record, idHeader);
    const load = converter.missing(value);
    if (load !== undefined) throw new NotReady((signal) => unlessInvalid(load(signal)));
    return converter.decoderOf(value);
  }

  return {
    read(record, topic) {
      return decoderOf(record, topic)?.read(value.buffer, converter.payloadStart, value.end) ?? NULL;
    },
    writeRows(record, topic, out, onSchema) {
      const decoder = decoderOf(record, topic);
      onSchema(decoder?.schema);
      return decoder?.writeRows(value.buffer, converter.payloadStart, value.end, out);
    },
  };
}

function headerOf(record: SourceRecord, name: string): Buffer | undefined {
  return decodeHeaders(record).find(({ key }) => key === name)?.value ?? undefined;
}

/** A schema that there is not makes bad records: each of them tells so itself. */
async function unlessInvalid(loaded: Promise<void>): Promise<void> {
  try {
    await loaded;
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'RECORD_INVALID') throw error;
  }
}
