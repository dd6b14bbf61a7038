/** java.text.SimpleDateFormat in UTC and English, lenient, reading. */
import { epochDayOf, MS_PER_DAY } from './calendar.js';
import { MONTHS, type PatternPart, WEEKDAYS } from './date-pattern.js';
import { zoneAt } from './zones.js';

/** Milliseconds since 1970 of the beginning of a text; undefined where the text does not fit the pattern. */
export type DateReader = (text: string) => bigint | undefined;

/** What was read so far. Fields that are absent count as those of the beginning of 1970. */
interface Fields {
  year?: number;
  beforeChrist?: boolean;
  month?: number;
  /** The last one that was read, as in Java. */
  day?: { readonly of: 'month' | 'year'; readonly number: number };
  /** 0 to 23. */
  hour?: number;
  /** 0 to 11. */
  halfDayHour?: number;
  afternoon?: boolean;
  minute?: number;
  second?: number;
  millisecond?: number;
  /** Minutes east of Greenwich. */
  zoneMinutes?: number;
}

/** Reads one field at a position and returns the one it reached; -1 where it does not fit. */
type FieldReader = (text: string, at: number, fields: Fields) => number;

/** Letters that can be written but whose meaning depends on weeks; dates are not told by them. */
const WEEK_LETTERS = 'YwWFu';

/** The first letter of a pattern that makes it one for writing only. A weekday may accompany a day, not replace it. */
export function unreadableLetter(parts: readonly PatternPart[]): string | undefined {
  const letters = parts.map((part) => ('letter' in part ? part.letter : ''));
  const forbidden = letters.some((letter) => letter === 'd' || letter === 'D') ? WEEK_LETTERS : `${WEEK_LETTERS}E`;
  return letters.find((letter) => letter !== '' && forbidden.includes(letter));
}

/** `now` decides the century of years with two digits: from 80 years before it to 20 years after it. */
export function compileDateReader(parts: readonly PatternPart[], now: Date = new Date()): DateReader {
  const readers = parts.map((part, index): FieldReader => readerOf(part, widthWhereDigitsFollow(parts, index), now));
  return (text) => {
    const fields: Fields = {};
    let at = 0;
    for (const read of readers) {
      at = read(text, at, fields);
      if (at < 0) return undefined;
    }
    return epochMsOf(fields);
  };
}

/** A number directly before another number takes as many digits as its letter has, and no more. */
function widthWhereDigitsFollow(parts: readonly PatternPart[], index: number): number | undefined {
  const part = parts[index];
  const next = parts[index + 1];
  if (part === undefined || !isNumeric(part)) return undefined;
  return next !== undefined && isNumeric(next) && 'count' in part ? part.count : undefined;
}

function isNumeric(part: PatternPart): boolean {
  if ('text' in part) return false;
  if (part.letter === 'M' || part.letter === 'L') return part.count < 3;
  return 'ydDHkKhmsS'.includes(part.letter);
}

function readerOf(part: PatternPart, width: number | undefined, now: Date): FieldReader {
  if ('text' in part) return (text, at) => (text.startsWith(part.text, at) ? at + part.text.length : -1);
  const { letter, count } = part;
  const skipping =
    (read: FieldReader): FieldReader =>
    (text, at, fields) => {
      let from = at;
      while (text[from] === ' ' || text[from] === '\t') from++;
      return from >= text.length ? -1 : read(text, from, fields);
    };
  switch (letter) {
    case 'G':
      return skipping(
        wordReader(['BC', 'AD'], (index, fields) => Object.assign(fields, { beforeChrist: index === 0 })),
      );
    case 'a':
      return skipping(wordReader(['AM', 'PM'], (index, fields) => Object.assign(fields, { afternoon: index === 1 })));
    case 'E':
      return skipping(wordReader(withShortForms(WEEKDAYS), () => undefined));
    case 'y':
      return skipping(yearReader(count, width, now));
    case 'z':
    case 'Z':
    case 'X':
      return skipping((text, at, fields) => {
        const zone = zoneAt(text, at, letter, count);
        if (zone === undefined) return -1;
        fields.zoneMinutes = zone.minutes;
        return zone.end;
      });
    default:
      if ((letter === 'M' || letter === 'L') && count >= 3) return skipping(monthNameReader);
      return skipping(numberReader(width, (value, fields) => setNumber(letter, value, fields)));
  }
}

function setNumber(letter: string, value: number, fields: Fields): void {
  switch (letter) {
    case 'M':
    case 'L':
      fields.month = value;
      break;
    case 'd':
      fields.day = { of: 'month', number: value };
      break;
    case 'D':
      fields.day = { of: 'year', number: value };
      break;
    case 'H':
      fields.hour = value;
      break;
    case 'k':
      fields.hour = value === 24 ? 0 : value;
      break;
    case 'K':
      fields.halfDayHour = value;
      break;
    case 'h':
      fields.halfDayHour = value === 12 ? 0 : value;
      break;
    case 'm':
      fields.minute = value;
      break;
    case 's':
      fields.second = value;
      break;
    default:
      fields.millisecond = value;
  }
}

/** More digits than this are no part of a date. */
const MAX_DIGITS = 9;

/** Digits, with a minus sign before them where their number is not fixed. */
function digitsAt(text: string, at: number, width: number | undefined): string | undefined {
  const span = text.slice(at, at + (width ?? MAX_DIGITS + 2));
  const digits = (width === undefined ? /^-?\d+/ : /^\d+/).exec(span)?.[0];
  return digits === undefined || digits.length > MAX_DIGITS + 1 ? undefined : digits;
}

function numberReader(width: number | undefined, set: (value: number, fields: Fields) => void): FieldReader {
  return (text, at, fields) => {
    const digits = digitsAt(text, at, width);
    if (digits === undefined) return -1;
    set(Number(digits), fields);
    return at + digits.length;
  };
}

function yearReader(count: number, width: number | undefined, now: Date): FieldReader {
  const firstYear = now.getUTCFullYear() - 80;
  return (text, at, fields) => {
    const digits = digitsAt(text, at, width);
    if (digits === undefined) return -1;
    const year = Number(digits);
    const abbreviated = count <= 2 && /^\d\d$/.test(digits);
    fields.year = abbreviated ? fullYear(year, firstYear) : year;
    return at + digits.length;
  };
}

function fullYear(year: number, firstYear: number): number {
  const candidate = firstYear - (firstYear % 100) + year;
  return candidate < firstYear ? candidate + 100 : candidate;
}

function withShortForms(names: readonly string[]): readonly string[] {
  return [...names, ...names.map((name) => name.slice(0, 3))];
}

const MONTH_WORDS = withShortForms(MONTHS);

const monthNameReader = wordReader(MONTH_WORDS, (index, fields) => {
  fields.month = (index % MONTHS.length) + 1;
});

/** The longest of some words, in any case. */
function wordReader(words: readonly string[], set: (index: number, fields: Fields) => unknown): FieldReader {
  const lower = words.map((word) => word.toLowerCase());
  return (text, at, fields) => {
    const rest = text.slice(at, at + 20).toLowerCase();
    let best = -1;
    for (const [index, word] of lower.entries()) {
      if (rest.startsWith(word) && word.length > (lower[best]?.length ?? 0)) best = index;
    }
    if (best < 0) return -1;
    set(best, fields);
    return at + (lower[best]?.length ?? 0);
  };
}

function epochMsOf(fields: Fields): bigint {
  const { year = 1970, month = 1, minute = 0, second = 0, millisecond = 0, zoneMinutes = 0 } = fields;
  const day = fields.day ?? { of: 'month', number: 1 };
  const astronomical = fields.beforeChrist === true ? 1 - year : year;
  const epochDay = epochDayOf(astronomical, day.of === 'month' ? month : 1, day.of === 'month' ? day.number : 1);
  const ofYear = day.of === 'year' ? day.number - 1 : 0;
  const hour = fields.hour ?? (fields.halfDayHour ?? 0) + (fields.afternoon === true ? 12 : 0);
  const ofDay = BigInt(hour * 3600 + (minute - zoneMinutes) * 60 + second) * 1000n + BigInt(millisecond);
  return BigInt(epochDay + ofYear) * BigInt(MS_PER_DAY) + ofDay;
}
