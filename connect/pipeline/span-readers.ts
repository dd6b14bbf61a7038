/** The converters that need nothing but the bytes: from a span to a value of Connect. */
import type { ConverterConfig } from '../config/converters.js';
import { compileCodec } from '../converters/codec-compile.js';
import { createEnvelopeReader } from '../converters/envelope.js';
import { asRecordInvalid, recordInvalid } from '../converters/invalid.js';
import { checkEnd } from '../converters/payload-rows.js';
import { fromJsonBytes, readValid } from '../data/json-form.js';
import type { PrimitiveType, Schema } from '../data/schema.js';
import type { SchemaAndValue, Value } from '../data/value.js';
import { ChunkPool, RowBuffer } from '../rows/index.js';
import { parseString } from '../transforms/index.js';

/**
 * Reads what fills the span; a negative start stands for null.
 * @throws SluiceError RECORD_INVALID
 */
export type SpanReader = (source: Buffer, start: number, end: number) => SchemaAndValue;

const SCRATCH_BYTES = 16_384;
const NULL: SchemaAndValue = { schema: undefined, value: null };

const optional = (type: PrimitiveType): Schema => ({ type, optional: true });
const STRING = optional('STRING');
const BYTES = optional('BYTES');

/** Undefined for converters that need more than bytes. */
export function createSpanReader(config: ConverterConfig): SpanReader | undefined {
  switch (config.kind) {
    case 'string':
      return (source, start, end) => ({
        schema: STRING,
        value: start < 0 ? null : source.toString('utf8', start, end),
      });
    case 'bytes':
      return (source, start, end) => ({ schema: BYTES, value: start < 0 ? null : copyOf(source, start, end) });
    case 'simple':
      return (source, start, end) => (start < 0 ? NULL : parseString(source.toString('utf8', start, end)));
    case 'json':
      return jsonReader(config);
    case 'avroFiles':
    case 'registry':
      return undefined;
    default:
      return primitiveReader(PRIMITIVES[config.kind]);
  }
}

/** The buffer is the reader's, which goes on with it. */
function copyOf(source: Buffer, start: number, end: number): Buffer {
  return Buffer.from(source.subarray(start, end));
}

interface Primitive {
  /** As Kafka's deserializer is called. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly schema: Schema;
  readonly read: (source: Buffer, start: number) => Value;
}

/** Kafka's serializers write numbers big-endian. */
const PRIMITIVES = {
  boolean: { name: 'Boolean', sizeBytes: 1, schema: optional('BOOLEAN'), read: readBoolean },
  short: { name: 'Short', sizeBytes: 2, schema: optional('INT16'), read: (source, at) => source.readInt16BE(at) },
  integer: { name: 'Integer', sizeBytes: 4, schema: optional('INT32'), read: (source, at) => source.readInt32BE(at) },
  long: { name: 'Long', sizeBytes: 8, schema: optional('INT64'), read: (source, at) => source.readBigInt64BE(at) },
  float: { name: 'Float', sizeBytes: 4, schema: optional('FLOAT32'), read: (source, at) => source.readFloatBE(at) },
  double: { name: 'Double', sizeBytes: 8, schema: optional('FLOAT64'), read: (source, at) => source.readDoubleBE(at) },
} satisfies Record<string, Primitive>;

const PRODUCER_HINT = 'Set the converter to the one that fits how the producer writes.';

function readBoolean(source: Buffer, start: number): boolean {
  const byte = source[start] ?? 0;
  if (byte > 1) throw recordInvalid(`Unexpected byte received by BooleanDeserializer: ${byte}`, PRODUCER_HINT);
  return byte === 1;
}

function primitiveReader({ name, sizeBytes, schema, read }: Primitive): SpanReader {
  return (source, start, end) => {
    if (start < 0) return { schema, value: null };
    if (end - start === sizeBytes) return { schema, value: read(source, start) };
    const message = `Size of data received by ${name}Deserializer is not ${sizeBytes}, but ${end - start}`;
    throw recordInvalid(message, PRODUCER_HINT);
  };
}

function jsonReader({ schemasEnable, replaceNullWithDefault }: ConverterConfig): SpanReader {
  const scratch = new RowBuffer(new ChunkPool({ chunkSizeBytes: SCRATCH_BYTES }));

  /** The value is checked, and what is missing in it put in, by what writes rows of such schemas. */
  function ofSchema(schema: Schema): SpanReader {
    const codec = compileCodec(schema, 'payload', { replaceNullWithDefault });
    return (source, start, end) => {
      try {
        checkEnd(codec.write(source, start, end, scratch), end);
        scratch.endRow();
        const [text = Buffer.alloc(0)] = scratch.chunks();
        return { schema, value: readValid(schema, text, 0, text.length) };
      } finally {
        scratch.discardRow();
        scratch.release();
      }
    };
  }

  const readPlain: SpanReader = (source, start, end) => ({
    schema: undefined,
    value: fromJsonBytes(undefined, source, start, end),
  });
  const read = schemasEnable
    ? createEnvelopeReader<SchemaAndValue>((schema) => (schema === null ? readPlain : ofSchema(schema)))
    : readPlain;

  return (source, start, end) => {
    if (start < 0) return NULL;
    try {
      return read(source, start, end, scratch);
    } catch (error) {
      throw asRecordInvalid(error, source, start, end);
    }
  };
}
