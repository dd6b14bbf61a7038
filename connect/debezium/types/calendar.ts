/**
 * Dates and times as the texts that databases take. All arithmetic is on the digits that the event holds: whole seconds
 * since 1970, which are small, and a fraction, which stays text.
 */

/** A point on a clock: seconds since 1970 (of UTC, or of a clock without a zone), and the digits of the fraction. */
export interface Instant {
  readonly seconds: number;
  /** Three, six or nine digits. */
  readonly fraction: string;
}

const DAY_SECONDS = 86_400;

/** Years that a DATE or DATETIME of Doris can hold. */
export const FIRST_SECOND = -62_167_219_200;
export const LAST_SECOND = 253_402_300_799;

/** More digits than any second between the years 0 and 9999 has. */
const MAX_SECOND_DIGITS = 12;

/**
 * The seconds and the fraction of a count of milliseconds (3 digits), microseconds (6) or nanoseconds (9); undefined
 * when it is beyond the years 0 to 9999 by far.
 */
export function splitUnits(count: string, fractionDigits: 3 | 6 | 9): Instant | undefined {
  const negative = count.startsWith('-');
  const digits = (negative ? count.slice(1) : count).padStart(fractionDigits + 1, '0');
  const whole = digits.slice(0, -fractionDigits);
  const fraction = digits.slice(-fractionDigits);
  if (whole.length > MAX_SECOND_DIGITS) return undefined;
  if (!negative) return { seconds: Number(whole), fraction };
  if (/^0+$/.test(fraction)) return { seconds: whole === '0' ? 0 : -Number(whole), fraction };
  const complement = String(10 ** fractionDigits - Number(fraction)).padStart(fractionDigits, '0');
  return { seconds: -Number(whole) - 1, fraction: complement };
}

/** `.5` as `.500`: no digits for a whole second, else as few of three, six or nine as hold the fraction, as Java. */
export function fractionText(fraction: string): string {
  // Without a look for zeros where there are none.
  const digits = fraction.endsWith('0') ? fraction.replace(/0+$/, '') : fraction;
  return digits === '' ? '' : `.${digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')}`;
}

/** `2024-02-29`; undefined outside of the years 0 to 9999. */
export function dateText(epochDays: number): string | undefined {
  const seconds = epochDays * DAY_SECONDS;
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) return undefined;
  // Days since 0000-03-01 in eras of 400 years: a year that begins in March ends with the day that leap years add.
  const days = epochDays + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** Events are of the same day mostly. */
let lastDays = Number.NaN;
let lastDate: string | undefined;

function rememberedDate(days: number): string | undefined {
  lastDate = dateText(days);
  lastDays = days;
  return lastDate;
}

/** `2024-02-29T12:34:56.789`, seconds always and a fraction where there is one; undefined as for dates. */
export function dateTimeText({ seconds, fraction }: Instant): string | undefined {
  const days = Math.floor(seconds / DAY_SECONDS);
  const date = days === lastDays ? lastDate : rememberedDate(days);
  return date === undefined ? undefined : `${date}T${clockText(seconds - days * DAY_SECONDS)}${fractionText(fraction)}`;
}

/** `12:34:56.789`; below zero `-00:00:01`, and past a day `838:59:59`, as TIME of MySQL is. */
export function durationText({ seconds, fraction }: Instant): string {
  if (seconds >= 0) return clockText(seconds) + fractionText(fraction);
  const whole = /^0+$/.test(fraction);
  const absoluteFraction = whole ? '' : String(10 ** fraction.length - Number(fraction)).padStart(fraction.length, '0');
  return `-${clockText(whole ? -seconds : -seconds - 1)}${fractionText(absoluteFraction)}`;
}

function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Hours of a duration may have more. */
function twoDigits(value: number): string {
  return TWO_DIGITS[value] ?? String(value);
}

/**
 * Seconds since 1970 of a date of the proleptic Gregorian calendar and a time of the day, without a zone; infinite
 * where no computer counts.
 */
export function secondsOf(year: number, month: number, day: number, secondOfDay: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const seconds = date.getTime() / 1000 + secondOfDay;
  return Number.isNaN(seconds) ? Math.sign(year) * Number.POSITIVE_INFINITY : seconds;
}
