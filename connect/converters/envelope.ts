import type { Schema } from '../data/schema.js';
import { SluiceError } from '../errors.js';
import { LEFT_BRACE, RIGHT_BRACE } from '../json/bytes.js';
import { decodeString, JsonSyntaxError, skipBlanks, skipValue, walkObject } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';
import { asRecordInvalid, recordInvalid } from './invalid.js';
import { parseJsonSchema } from './json-schema.js';
import { createPayloadWriter, type PayloadOptions } from './payload-rows.js';
import { SpanCache } from './span-cache.js';
import type { ValueWriter } from './writers.js';

/** Schemas remembered per encoder: as many as the tables and versions that share a topic at a time. */
const MAX_SCHEMAS = 32;
const MAX_SCHEMA_BYTES = 8 << 20;

interface Parts {
  readonly schemaStart: number;
  readonly schemaEnd: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

/** Reads `{"schema":…,"payload":…}` as a JsonConverter with `schemas.enable=true` does, and writes the payload's rows. */
export function createEnvelopeWriter(options: PayloadOptions): ValueWriter {
  return createEnvelopeReader((schema) => createPayloadWriter(schema, options));
}

/**
 * Takes the payload of a schema: one value, which fills the span. When it throws, nothing is written.
 * @throws JsonSyntaxError when the span is not exactly one value, SluiceError when the value is not of the schema
 */
export type PayloadReader<Result> = (source: Buffer, start: number, end: number, out: RowBuffer) => Result;

/**
 * Reads `{"schema":…,"payload":…}` and hands the payload to what `compile` makes of the schema.
 *
 * Records of one table begin with the same bytes, up to the payload: these are compared with those of earlier records
 * and lead straight to the compiled reader of the payload. A schema is parsed when it is new.
 */
export function createEnvelopeReader<Result>(
  compile: (schema: Schema | null) => PayloadReader<Result>,
): PayloadReader<Result> {
  /** By the value's bytes up to its payload. */
  const openings = new SpanCache<PayloadReader<Result>>(MAX_SCHEMAS, MAX_SCHEMA_BYTES);
  /** By the bytes of the schema. */
  const schemas = new SpanCache<PayloadReader<Result>>(MAX_SCHEMAS, MAX_SCHEMA_BYTES);

  function readerOf(source: Buffer, start: number, end: number): PayloadReader<Result> {
    const known = schemas.find(source, start, end);
    if (known !== undefined) return known.value;
    const reader = compile(parseJsonSchema(source, start, end));
    schemas.add(source, start, end, reader);
    return reader;
  }

  /** The way for an opening that is not known, and for every record with something wrong: reads all of the value. */
  function readThoroughly(source: Buffer, start: number, end: number, out: RowBuffer): Result {
    try {
      const { schemaStart, schemaEnd, payloadStart, payloadEnd } = locateParts(source, start, end);
      const readPayload = readerOf(source, schemaStart, schemaEnd);
      const result = readPayload(source, payloadStart, payloadEnd, out);
      if (schemaStart < payloadStart && openings.find(source, start, payloadStart) === undefined) {
        openings.add(source, start, payloadStart, readPayload);
      }
      return result;
    } catch (error) {
      throw asRecordInvalid(error, source, start, end);
    }
  }

  return (source, start, end, out) => {
    const opening = openings.find(source, start, end);
    if (opening === undefined) return readThoroughly(source, start, end, out);
    const payloadStart = skipBlanks(source, start + opening.key.length, end);
    const payloadEnd = beforeClosingBrace(source, payloadStart, end);
    try {
      return opening.value(source, payloadStart, payloadEnd, out);
    } catch (error) {
      // What is no fault of the value's, such as a table that has to be asked for first, is not looked into.
      if (!(error instanceof SluiceError || error instanceof JsonSyntaxError)) throw error;
      return readThoroughly(source, start, end, out);
    }
  };
}

/** Where the payload ends if the value ends with the brace of the envelope. */
function beforeClosingBrace(source: Buffer, start: number, end: number): number {
  const last = trimEnd(source, start, end) - 1;
  return last > start && source[last] === RIGHT_BRACE ? trimEnd(source, start, last) : start;
}

function trimEnd(source: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && skipBlanks(source, at - 1, at) === at) at--;
  return at;
}

function locateParts(source: Buffer, start: number, end: number): Parts {
  const first = skipBlanks(source, start, end);
  const parts = { schemaStart: -1, schemaEnd: -1, payloadStart: -1, payloadEnd: -1 };
  let members = 0;
  const after =
    source[first] === LEFT_BRACE && first < end
      ? walkObject(source, first, end, (nameStart, nameEnd, valueStart, valueEnd) => {
          members++;
          const name = decodeString(source, nameStart, nameEnd);
          if (name === 'schema') {
            parts.schemaStart = valueStart;
            parts.schemaEnd = valueEnd;
          } else if (name === 'payload') {
            parts.payloadStart = valueStart;
            parts.payloadEnd = valueEnd;
          }
        })
      : skipValue(source, first, end);
  const rest = skipBlanks(source, after, end);
  if (rest < end) throw new JsonSyntaxError(rest, 'unexpected text after the end of the value');
  if (members !== 2 || parts.schemaStart < 0 || parts.payloadStart < 0) throw noEnvelope();
  return parts;
}

/** In Connect's words, which users search for, with the two ways out of the connector's FAQ. */
function noEnvelope(): Error {
  return recordInvalid(
    'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
      'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.',
    'Set value.converter.schemas.enable=false, or value.converter=org.apache.kafka.connect.storage.StringConverter.',
  );
}
