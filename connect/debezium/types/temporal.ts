/**
 * The logical types of time: Debezium's and Connect's own.
 *
 * Dates become `2024-02-29`, timestamps `2024-02-29T12:34:56.789`, times of the day and intervals of TIME
 * `12:34:56.789` (with a sign, and beyond 24 hours, where MySQL has them). Timestamps with a zone keep it: they are
 * shown in `database.time_zone` with its offset, and the database converts them to the zone of its session.
 * Source: the documentation of io.debezium.time.* and, for the texts, what the Java connector for Doris writes.
 */

import type { ValueBody } from '../../converters/codec.js';
import { recordInvalid } from '../../converters/invalid.js';
import type { PrimitiveSchema } from '../../data/schema.js';
import {
  dateText,
  dateTimeText,
  durationText,
  FIRST_SECOND,
  fractionText,
  LAST_SECOND,
  secondsOf,
  splitUnits,
} from './calendar.js';
import { integerTextBody, textBody } from './rewriting.js';
import { fixedOffsetSeconds, offsetText, type Zone } from './zone.js';

export interface TemporalOptions {
  /** `database.time_zone`: the zone that timestamps with a zone are shown in. */
  zone: Zone;
  /**
   * What becomes of dates that the database cannot hold, such as PostgreSQL's `infinity`: the record is refused, or the
   * value becomes the first or last date there is.
   */
  outOfRange: 'fail' | 'clamp';
}

type MakeBody = (schema: PrimitiveSchema, path: string, options: TemporalOptions) => ValueBody;

const MAX_DURATION_SECONDS = 9_999_999_999;

const days: MakeBody = (schema, path, options) =>
  integerTextBody(schema, path, (count) => {
    const text = count.length > 11 ? undefined : dateText(Number(count));
    return text ?? beyondCalendar(count.startsWith('-'), count, path, options).slice(0, 10);
  });

const timestamp =
  (fractionDigits: 3 | 6 | 9): MakeBody =>
  (schema, path, options) =>
    integerTextBody(schema, path, (count) => {
      const instant = splitUnits(count, fractionDigits);
      const text = instant === undefined ? undefined : dateTimeText(instant);
      return text ?? beyondCalendar(count.startsWith('-'), count, path, options);
    });

const time =
  (fractionDigits: 3 | 6 | 9): MakeBody =>
  (schema, path) =>
    integerTextBody(schema, path, (count) => {
      const duration = splitUnits(count, fractionDigits);
      const usual = duration !== undefined && Math.abs(duration.seconds) <= MAX_DURATION_SECONDS;
      return usual ? durationText(duration) : undefined;
    });

/** `2024-02-29T12:34:56.789Z`; the year may have a sign and more digits, the offset may be left out by IsoDate. */
const ISO_DATE = /^([+-]?\d{4,9})-(\d{2})-(\d{2})(Z|[+-]\d{2}:\d{2}(?::\d{2})?)?$/;
const ISO_TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2}(?::\d{2})?)?$/;

const isoDate: MakeBody = (schema, path, options) =>
  textBody(schema, path, (text) => {
    const parts = ISO_DATE.exec(text);
    if (parts === null) return beyondText(text, path, options)?.slice(0, 10);
    const seconds = secondsOf(Number(parts[1]), Number(parts[2]), Number(parts[3]), 0);
    return dateText(seconds / 86_400) ?? beyondCalendar(seconds < 0, text, path, options).slice(0, 10);
  });

interface ParsedTimestamp {
  readonly seconds: number;
  readonly fraction: string;
  readonly offsetSeconds: number;
}

function parseTimestamp(text: string): ParsedTimestamp | undefined {
  const split = text.indexOf('T');
  const date = ISO_DATE.exec(text.slice(0, split));
  const time = split < 0 ? null : ISO_TIME.exec(text.slice(split + 1));
  if (date === null || time === null || date[4] !== undefined) return undefined;
  const secondOfDay = secondOfDayOf(time);
  return {
    seconds: secondsOf(Number(date[1]), Number(date[2]), Number(date[3]), secondOfDay),
    fraction: time[4] ?? '',
    offsetSeconds: fixedOffsetSeconds(time[5] ?? 'Z') ?? 0,
  };
}

function secondOfDayOf([, hours, minutes, seconds = '0']: RegExpExecArray): number {
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** A timestamp without a zone, whose `Z` means nothing. */
const isoTimestamp: MakeBody = (schema, path, options) =>
  textBody(schema, path, (text) => {
    const parsed = parseTimestamp(text);
    if (parsed === undefined) return beyondText(text, path, options);
    return dateTimeText(parsed) ?? beyondCalendar(parsed.seconds < 0, text, path, options);
  });

const zonedTimestamp: MakeBody = (schema, path, options) =>
  textBody(schema, path, (text) => {
    const parsed = parseTimestamp(text);
    if (parsed === undefined) return beyondText(text, path, options);
    const { fraction } = parsed;
    const seconds = parsed.seconds - parsed.offsetSeconds;
    const known = seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
    const offsetSeconds = known ? options.zone.offsetSeconds(seconds) : 0;
    const local = dateTimeText({ seconds: seconds + offsetSeconds, fraction });
    return local === undefined ? beyondCalendar(seconds < 0, text, path, options) : local + offsetText(offsetSeconds);
  });

/** A time of the day without a zone, whose `Z` means nothing. */
const isoTime: MakeBody = (schema, path) =>
  textBody(schema, path, (text) => {
    const parts = ISO_TIME.exec(text);
    return parts === null ? undefined : durationText({ seconds: secondOfDayOf(parts), fraction: parts[4] ?? '' });
  });

/** A time of the day has no date that would tell summer from winter: that of this one is taken, always. */
const ANY_WINTER_DAY = 946_684_800;

const zonedTime: MakeBody = (schema, path, { zone }) => {
  const offsetSeconds = zone.offsetSeconds(ANY_WINTER_DAY);
  return textBody(schema, path, (text) => {
    const parts = ISO_TIME.exec(text);
    if (parts === null) return undefined;
    const utc = secondOfDayOf(parts) - (fixedOffsetSeconds(parts[5] ?? 'Z') ?? 0);
    const local = (utc + offsetSeconds + 2 * 86_400) % 86_400;
    return `${durationText({ seconds: local, fraction: '' })}${fractionText(parts[4] ?? '')}`;
  });
};

/** The types and the physical types that they are stored in. */
const BODIES: Readonly<Record<string, readonly [PrimitiveSchema['type'], MakeBody]>> = {
  'io.debezium.time.Date': ['INT32', days],
  'io.debezium.time.Time': ['INT32', time(3)],
  'io.debezium.time.MicroTime': ['INT64', time(6)],
  'io.debezium.time.NanoTime': ['INT64', time(9)],
  'io.debezium.time.Timestamp': ['INT64', timestamp(3)],
  'io.debezium.time.MicroTimestamp': ['INT64', timestamp(6)],
  'io.debezium.time.NanoTimestamp': ['INT64', timestamp(9)],
  'io.debezium.time.ZonedTime': ['STRING', zonedTime],
  'io.debezium.time.ZonedTimestamp': ['STRING', zonedTimestamp],
  'io.debezium.time.IsoDate': ['STRING', isoDate],
  'io.debezium.time.IsoTime': ['STRING', isoTime],
  'io.debezium.time.IsoTimestamp': ['STRING', isoTimestamp],
  'org.apache.kafka.connect.data.Date': ['INT32', days],
  'org.apache.kafka.connect.data.Time': ['INT32', time(3)],
  'org.apache.kafka.connect.data.Timestamp': ['INT64', timestamp(3)],
};

/** The body of a logical type of time; undefined for other types, and for these stored in an unusual way. */
export function temporalBody(schema: PrimitiveSchema, path: string, options: TemporalOptions): ValueBody | undefined {
  const { name = '' } = schema;
  const [type, make] = (Object.hasOwn(BODIES, name) ? BODIES[name] : undefined) ?? [];
  return type === schema.type ? make?.(schema, path, options) : undefined;
}

/** `infinity` and `-infinity` of PostgreSQL; undefined for any other text. */
function beyondText(text: string, path: string, options: TemporalOptions): string | undefined {
  return text === 'infinity' || text === '-infinity'
    ? beyondCalendar(text.startsWith('-'), text, path, options)
    : undefined;
}

function beyondCalendar(before: boolean, value: string, path: string, { outOfRange }: TemporalOptions): string {
  if (outOfRange === 'clamp') return before ? '0000-01-01T00:00:00' : '9999-12-31T23:59:59.999999';
  throw recordInvalid(
    `Field ${path} is ${value}, a date outside of the years 0 to 9999, which the database cannot hold.`,
    'Correct the value in the source, or let such records go to the dead letter queue with errors.tolerance=all.',
  );
}
