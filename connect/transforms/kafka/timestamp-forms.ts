/** The forms of a point in time that TimestampConverter knows, and the ways between them. */
import type { Schema } from '../../data/schema.js';
import { Instant, type Value } from '../../data/value.js';
import type { DateWriter } from '../java/date-format.js';
import type { DateReader } from '../java/date-parse.js';
import { dataError, javaClassOf } from '../record-part.js';
import { logical, primitive } from '../struct-plan.js';

export type Form = 'string' | 'unix' | 'Date' | 'Time' | 'Timestamp';
export type UnixPrecision = 'nanoseconds' | 'microseconds' | 'milliseconds' | 'seconds';

export interface TextForm {
  readonly pattern: string;
  readonly write: DateWriter;
  readonly read: DateReader;
  /** A letter that keeps the pattern from being read. */
  readonly unreadable: string | undefined;
}

const MS_PER_DAY = 86_400_000n;
const LONG_MAX = (1n << 63n) - 1n;
const CONNECT = 'org.apache.kafka.connect.data.';

/** @throws SluiceError RECORD_INVALID where the schema is none of a point in time */
export function formOfSchema(schema: Schema): Form {
  const logicalName = schema.name?.startsWith(CONNECT) === true ? schema.name.slice(CONNECT.length) : '';
  if (logicalName === 'Timestamp' || logicalName === 'Date' || logicalName === 'Time') return logicalName;
  if (schema.type === 'STRING') return 'string';
  if (schema.type === 'INT64') return 'unix';
  throw dataError(
    `Schema Schema{${schema.name === undefined ? '' : `${schema.name}:`}${schema.type}} does not correspond to a known timestamp type format`,
    'Set field of the transform to a text, an int64, a Date, a Time or a Timestamp.',
  );
}

/** @throws SluiceError RECORD_INVALID */
export function formOfValue(value: Value): Form {
  if (value instanceof Instant) return 'Timestamp';
  if (typeof value === 'bigint') return 'unix';
  if (typeof value === 'string') return 'string';
  throw dataError(`TimestampConverter does not support class ${javaClassOf(value)} objects as timestamps`);
}

export class TimestampForms {
  constructor(
    readonly text: TextForm | undefined,
    readonly precision: UnixPrecision,
  ) {}

  schemaOf(form: Form, optional: boolean): Schema {
    if (form === 'string') return primitive('STRING', optional);
    return form === 'unix' ? primitive('INT64', optional) : logical(form, optional);
  }

  /** Null stays null. @throws SluiceError RECORD_INVALID */
  convert(value: Value, from: Form, to: Form): Value {
    return value === null ? null : this.#write(this.#read(value, from), to);
  }

  #read(value: Value, form: Form): bigint {
    if (form === 'string') return this.#readText(value);
    if (form === 'unix') {
      if (typeof value === 'bigint') return toMs(value, this.precision);
      throw dataError(`Expected Unix timestamp to be a Long, but found class ${javaClassOf(value)}`);
    }
    if (value instanceof Instant) return value.epochMs;
    throw dataError(`Expected ${form} to be a java.util.Date, but found class ${javaClassOf(value)}`);
  }

  #readText(value: Value): bigint {
    if (typeof value !== 'string') {
      throw dataError(`Expected string timestamp to be a String, but found class ${javaClassOf(value)}`);
    }
    const { text } = this;
    if (text === undefined) {
      throw dataError('The timestamp is a text, and no format says how to read it', 'Set format of the transform.');
    }
    const epochMs = text.read(value);
    if (epochMs !== undefined) return epochMs;
    throw dataError(
      `Could not parse timestamp: value (${value}) does not match pattern (${text.pattern})`,
      text.unreadable === undefined
        ? 'Correct format of the transform, or the producer.'
        : `The letter ${text.unreadable} can be written only: tell dates by year, month and day.`,
    );
  }

  #write(epochMs: bigint, form: Form): Value {
    switch (form) {
      case 'string':
        return this.text?.write(epochMs) ?? null;
      case 'unix':
        return fromMs(epochMs, this.precision);
      case 'Date':
        return new Instant(epochMs - ofDay(epochMs));
      case 'Time':
        return new Instant(ofDay(epochMs));
      default:
        return new Instant(epochMs);
    }
  }
}

function ofDay(epochMs: bigint): bigint {
  return ((epochMs % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY;
}

/** As java.util.concurrent.TimeUnit: fractions are cut, what is too big becomes the limit. */
function toMs(value: bigint, precision: UnixPrecision): bigint {
  switch (precision) {
    case 'seconds':
      return saturated(value * 1000n);
    case 'microseconds':
      return value / 1000n;
    case 'nanoseconds':
      return value / 1_000_000n;
    default:
      return value;
  }
}

function fromMs(epochMs: bigint, precision: UnixPrecision): bigint {
  switch (precision) {
    case 'seconds':
      return epochMs / 1000n;
    case 'microseconds':
      return saturated(epochMs * 1000n);
    case 'nanoseconds':
      return saturated(epochMs * 1_000_000n);
    default:
      return epochMs;
  }
}

function saturated(value: bigint): bigint {
  if (value > LONG_MAX) return LONG_MAX;
  return value < -LONG_MAX - 1n ? -LONG_MAX - 1n : value;
}
