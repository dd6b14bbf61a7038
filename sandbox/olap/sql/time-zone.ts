/** The variable `time_zone`: what texts with an offset are converted to, and what the clock shows. */

import { formatDateTime, parseDateTime } from '../datetime.js';
import type { SqlContext } from './context.js';
import { unknownTimeZone } from './errors.js';

/** The zone of the machine is the cluster's until somebody sets another. */
export const SYSTEM_TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Names of TimeUtils.java that mean another zone there than elsewhere. */
const ALIASES: Readonly<Record<string, string>> = { CST: 'Asia/Shanghai', PRC: 'Asia/Shanghai' };

/** `SET GLOBAL time_zone`: the zone of loads that name none. */
export function clusterTimeZone({ globals }: Pick<SqlContext, 'globals'>): string {
  return globals.get('time_zone') ?? SYSTEM_TIME_ZONE;
}

/** The zone as it is kept: `+8:00` as `+08:00`, `CST` as `Asia/Shanghai`. @throws DatabaseError 1298 */
export function standardTimeZone(text: string): string {
  const zone = ALIASES[text.toUpperCase()] ?? text;
  const [, sign, hours = '', minutes] = /^([+-])(\d{1,2}):(\d{2})$/.exec(zone) ?? [];
  const standard = sign === undefined ? zone : `${sign}${hours.padStart(2, '0')}:${minutes}`;
  if (parseDateTime('2000-01-01 00:00:00Z', 0, standard) === undefined) throw unknownTimeZone(text);
  return standard;
}

/** `2024-05-01 10:00:00.123` as a clock in the zone shows it. */
export function zonedDateTime(epochMs: number, timeZone: string): string {
  const moment = parseDateTime(new Date(epochMs).toISOString(), 3, timeZone);
  if (moment === undefined) throw unknownTimeZone(timeZone);
  return formatDateTime(moment, 3);
}
