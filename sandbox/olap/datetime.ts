/** Dates and times as text, read the way Doris casts strings to DATE and DATETIME. */

const DASHED =
  /^(\d{4}|\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(Z|[+-]\d{1,2}:?\d{2}|[A-Za-z]+\/[A-Za-z_]+|UTC|GMT)?)?$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(?:\.(\d+))?)?$/;

export interface DateTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

/**
 * Reads `2024-02-29`, `2024-02-29 12:00:00.5`, `2024-02-29T12:00:00Z`, `20240229`, `20240229120000`, one-digit parts
 * and two-digit years. The fraction is rounded half up to `fractionDigits`.
 *
 * @param timeZone the session's zone (IANA name or offset), which a text with an offset is converted to
 * @returns undefined when the text is no date of the calendar
 */
export function parseDateTime(source: string, fractionDigits: number, timeZone: string): DateTime | undefined {
  const text = source.trim();
  const match = DASHED.exec(text) ?? COMPACT.exec(text);
  if (match === null) return undefined;
  const [, year = '', month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const parsed: DateTime = {
    year: fullYear(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    microsecond: Number(fraction.slice(0, 6).padEnd(6, '0')),
  };
  if (!isOnCalendar(parsed)) return undefined;
  const step = 10 ** (6 - fractionDigits);
  const kept = Math.floor(parsed.microsecond / step) * step;
  const roundUp = fraction.charCodeAt(fractionDigits) >= 0x35;
  const local = zone === undefined ? 0 : localShiftMs(parsed, zone, timeZone);
  if (local === undefined) return undefined;
  if (!roundUp && local === 0) return { ...parsed, microsecond: kept };
  return shifted({ ...parsed, microsecond: 0 }, local, kept + (roundUp ? step : 0));
}

/** True for a text that begins with a `YYYY-MM-DD` of the calendar: the usual form, told without a pattern. */
export function isPlainDate(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return false;
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month);
}

/** True for exactly `YYYY-MM-DD hh:mm:ss`. */
export function isPlainDateTime(text: string): boolean {
  if (text.length !== 19 || text.charCodeAt(10) !== 0x20) return false;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a || !isPlainDate(text)) return false;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
}

/** Far below zero where they are no digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1_000_000;
}

/** `YYYY-MM-DD` */
export function formatDate({ year, month, day }: DateTime): string {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `YYYY-MM-DD hh:mm:ss` with as many digits of the fraction as asked for. */
export function formatDateTime(value: DateTime, fractionDigits: number): string {
  const seconds = `${formatDate(value)} ${pad(value.hour, 2)}:${pad(value.minute, 2)}:${pad(value.second, 2)}`;
  return fractionDigits === 0 ? seconds : `${seconds}.${pad(value.microsecond, 6).slice(0, fractionDigits)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function isOnCalendar({ year, month, day, hour, minute, second }: DateTime): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= daysOfMonth(year, month);
}

function daysOfMonth(year: number, month: number): number {
  if (month !== 2) return 30 + ((month + (month > 7 ? 1 : 0)) % 2);
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

function utcMs(value: DateTime): number {
  const date = new Date(0);
  date.setUTCFullYear(value.year, value.month - 1, value.day);
  date.setUTCHours(value.hour, value.minute, value.second, 0);
  return date.getTime();
}

/** How far the clock of `to` is ahead of the clock of `from` at that time; undefined for an unknown zone. */
function localShiftMs(value: DateTime, from: string, to: string): number | undefined {
  const there = offsetMs(from, utcMs(value));
  const here = there === undefined ? undefined : offsetMs(to, utcMs(value) - there);
  return there === undefined || here === undefined ? undefined : here - there;
}

/** The offset of a zone from UTC at a time; undefined for an unknown zone. */
function offsetMs(zone: string, atMs: number): number | undefined {
  if (zone === 'Z' || zone === 'UTC' || zone === 'GMT') return 0;
  const fixed = /^([+-])(\d{1,2}):?(\d{2})$/.exec(zone);
  if (fixed !== null) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return name === 'GMT' ? 0 : offsetMs(name.slice('GMT'.length), atMs);
  } catch {
    return undefined;
  }
}

function shifted(value: DateTime, byMs: number, microsecond: number): DateTime | undefined {
  const carried = microsecond >= 1_000_000 ? 1000 : 0;
  const date = new Date(utcMs(value) + byMs + carried);
  const year = date.getUTCFullYear();
  if (year < 0 || year > 9999) return undefined;
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: microsecond % 1_000_000,
  };
}
