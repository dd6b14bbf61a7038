/** java.text.SimpleDateFormat in UTC and English, writing. */
import { civilOf, epochDayOf, MS_PER_DAY, weekdayOf } from './calendar.js';
import { MONTHS, type PatternPart, WEEKDAYS } from './date-pattern.js';

/** The fields of a moment. */
interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly epochDay: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

type FieldWriter = (moment: Moment) => string;

/** Writes milliseconds since 1970. */
export type DateWriter = (epochMs: bigint) => string;

export function compileDateWriter(parts: readonly PatternPart[]): DateWriter {
  const writers = parts.map(writerOf);
  return (epochMs) => {
    const moment = momentOf(Number(epochMs));
    let text = '';
    for (const write of writers) text += write(moment);
    return text;
  };
}

function momentOf(epochMs: number): Moment {
  const epochDay = Math.floor(epochMs / MS_PER_DAY);
  const ofDay = epochMs - epochDay * MS_PER_DAY;
  return {
    ...civilOf(epochDay),
    epochDay,
    hour: Math.floor(ofDay / 3_600_000),
    minute: Math.floor(ofDay / 60_000) % 60,
    second: Math.floor(ofDay / 1000) % 60,
    millisecond: ofDay % 1000,
  };
}

function writerOf(part: PatternPart): FieldWriter {
  if ('text' in part) return () => part.text;
  const { letter, count } = part;
  const padded = (value: number): string => (value < 0 ? `-${pad(-value, count)}` : pad(value, count));
  switch (letter) {
    case 'G':
      return ({ year }) => (year > 0 ? 'AD' : 'BC');
    case 'y':
      return ({ year }) => yearText(year > 0 ? year : 1 - year, count);
    case 'Y':
      return (moment) => yearText(weekYear(moment), count);
    case 'M':
    case 'L':
      if (count < 3) return ({ month }) => padded(month);
      return ({ month }) => shortened(MONTHS[month - 1] ?? '', count);
    case 'E':
      return ({ epochDay }) => shortened(WEEKDAYS[weekdayOf(epochDay)] ?? '', count);
    case 'a':
      return ({ hour }) => (hour < 12 ? 'AM' : 'PM');
    case 'z':
      return () => (count >= 4 ? 'Coordinated Universal Time' : 'UTC');
    case 'Z':
      return () => '+0000';
    case 'X':
      return () => 'Z';
    default: {
      const number = NUMBERS[letter] ?? (() => 0);
      return (moment) => padded(number(moment));
    }
  }
}

const NUMBERS: Readonly<Record<string, (moment: Moment) => number>> = {
  d: ({ day }) => day,
  D: (moment) => dayOfYear(moment),
  F: ({ day }) => Math.floor((day - 1) / 7) + 1,
  u: ({ epochDay }) => weekdayOf(epochDay) || 7,
  w: (moment) => weekOfYear(moment),
  W: ({ day, epochDay }) => weekOf(day, weekdayOf(epochDay)),
  H: ({ hour }) => hour,
  k: ({ hour }) => hour || 24,
  K: ({ hour }) => hour % 12,
  h: ({ hour }) => hour % 12 || 12,
  m: ({ minute }) => minute,
  s: ({ second }) => second,
  S: ({ millisecond }) => millisecond,
};

function pad(value: number, count: number): string {
  return value.toString().padStart(count, '0');
}

function yearText(year: number, count: number): string {
  return count === 2 ? pad(year % 100, 2) : pad(year, count);
}

function shortened(name: string, count: number): string {
  return count >= 4 ? name : name.slice(0, 3);
}

function dayOfYear({ year, epochDay }: Moment): number {
  return epochDay - epochDayOf(year, 1, 1) + 1;
}

/** Weeks begin on Sunday, and the first one is that of the first day, as in the locale en_US. */
function weekOf(day: number, weekday: number): number {
  return Math.floor((day - 1 + 6 - weekday) / 7) + 1;
}

function weekYear(moment: Moment): number {
  const saturday = moment.epochDay - weekdayOf(moment.epochDay) + 6;
  return saturday >= epochDayOf(moment.year + 1, 1, 1) ? moment.year + 1 : moment.year;
}

function weekOfYear(moment: Moment): number {
  return weekYear(moment) > moment.year ? 1 : weekOf(dayOfYear(moment), weekdayOf(moment.epochDay));
}
