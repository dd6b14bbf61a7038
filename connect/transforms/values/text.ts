/** org.apache.kafka.connect.data.Values: values as texts. */
import type { Instant } from '../../data/value.js';
import { compileDateWriter } from '../java/date-format.js';
import { parseDatePattern } from '../java/date-pattern.js';

export const DATE_PATTERN = 'yyyy-MM-dd';
export const TIME_PATTERN = "HH:mm:ss.SSS'Z'";
export const TIMESTAMP_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";

const MS_PER_DAY = 86_400_000n;

const writeTime = compileDateWriter(parseDatePattern(TIME_PATTERN));
const writeDate = compileDateWriter(parseDatePattern(DATE_PATTERN));
const writeTimestamp = compileDateWriter(parseDatePattern(TIMESTAMP_PATTERN));

/** A time on the first day of 1970 and before, a date at midnight, a timestamp otherwise: Connect goes by the value. */
export function dateText({ epochMs }: Instant): string {
  if (epochMs < MS_PER_DAY) return writeTime(epochMs);
  return epochMs % MS_PER_DAY === 0n ? writeDate(epochMs) : writeTimestamp(epochMs);
}
