/**
 * Dates as java.util.GregorianCalendar has them in UTC: Julian before 15 October 1582, fields beyond their range carried
 * over.
 */

/** 1582-10-15, the first day of the Gregorian calendar, in days since 1970. */
const FIRST_GREGORIAN_DAY = -141_427;
export const MS_PER_DAY = 86_400_000;

export interface Civil {
  /** Zero and below are years before Christ: 0 is 1 BC. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** The date of a day counted from 1970. */
export function civilOf(epochDay: number): Civil {
  const gregorian = epochDay >= FIRST_GREGORIAN_DAY;
  // Years begin in March, so that the leap day is their last one; 719468 days lie between 0000-03-01 and 1970.
  const shifted = epochDay + (gregorian ? 719_468 : 719_470);
  const cycle = gregorian ? Math.floor(shifted / 146_097) : Math.floor(shifted / 1461);
  const dayOfCycle = shifted - cycle * (gregorian ? 146_097 : 1461);
  const yearOfCycle = gregorian
    ? Math.floor(
        (dayOfCycle -
          Math.floor(dayOfCycle / 1460) +
          Math.floor(dayOfCycle / 36_524) -
          Math.floor(dayOfCycle / 146_096)) /
          365,
      )
    : Math.min(3, Math.floor(dayOfCycle / 365));
  const leapDays = Math.floor(yearOfCycle / 4) - (gregorian ? Math.floor(yearOfCycle / 100) : 0);
  const dayOfYear = dayOfCycle - 365 * yearOfCycle - leapDays;
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfCycle + cycle * (gregorian ? 400 : 4) + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/** The day of a date, whose month and day may lie beyond their range. */
export function epochDayOf(year: number, month: number, day: number): number {
  const months = year * 12 + (month - 1);
  const first = { year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1 };
  const gregorian = dayOfMonth(first.year, first.month, true) + day - 1;
  return gregorian >= FIRST_GREGORIAN_DAY ? gregorian : dayOfMonth(first.year, first.month, false) + day - 1;
}

/** The first day of a month. */
function dayOfMonth(year: number, month: number, gregorian: boolean): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(marchYear / 4);
  const leftOut = gregorian ? Math.floor(marchYear / 100) - Math.floor(marchYear / 400) : 0;
  const days = 365 * marchYear + leapDays - leftOut + Math.floor((153 * marchMonth + 2) / 5);
  return days - (gregorian ? 719_468 : 719_470);
}

/** 0 is Sunday. */
export function weekdayOf(epochDay: number): number {
  return (((epochDay + 4) % 7) + 7) % 7;
}
