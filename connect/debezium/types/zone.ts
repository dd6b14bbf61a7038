/** Time zones: how far the clock of a place is ahead of UTC at an instant. */

export interface Zone {
  /** Seconds that the zone's clock is ahead of UTC at that second since 1970. */
  offsetSeconds(epochSeconds: number): number;
}

const DAY_SECONDS = 86_400;
const MAX_DAYS = 4_096;

/**
 * Accepts names of the time zone database and Java's offsets: `Asia/Shanghai`, `UTC`, `Z`, `+08:00`, `GMT+8`.
 * @throws RangeError when there is no such zone
 */
export function zoneOf(id: string): Zone {
  const fixed = fixedOffsetSeconds(id);
  if (fixed !== undefined) return { offsetSeconds: () => fixed };
  return regionZone(new Intl.DateTimeFormat('en-US', { timeZone: id, timeZoneName: 'longOffset' }));
}

/** `Z`, `+08:00`, or with seconds for the local mean times of long ago. */
export function offsetText(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'Z';
  const absolute = Math.abs(offsetSeconds);
  const parts = [Math.floor(absolute / 3600), Math.floor(absolute / 60) % 60];
  if (absolute % 60 !== 0) parts.push(absolute % 60);
  return (offsetSeconds < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** The offset of `Z`, `UTC`, `+8`, `+08:00`, `UTC+8`; undefined for anything else. */
export function fixedOffsetSeconds(id: string): number | undefined {
  const parts = /^(?:Z|(?:UTC|GMT|UT)?(?:([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?)?)$/.exec(id);
  if (parts === null || id === '') return undefined;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = parts;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' && offset > 0 ? -offset : offset;
}

/** Asks the formatter once per day, and once per instant on the few days on which clocks are changed. */
function regionZone(format: Intl.DateTimeFormat): Zone {
  const days = new Map<number, number | undefined>();

  function ask(epochSeconds: number): number {
    const parts = format.formatToParts(epochSeconds * 1000);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    return fixedOffsetSeconds(name) ?? 0;
  }

  function offsetOfDay(day: number): number | undefined {
    if (days.has(day)) return days.get(day);
    const atStart = ask(day * DAY_SECONDS);
    const offset = atStart === ask((day + 1) * DAY_SECONDS - 1) ? atStart : undefined;
    if (days.size >= MAX_DAYS) days.clear();
    days.set(day, offset);
    return offset;
  }

  return { offsetSeconds: (at) => offsetOfDay(Math.floor(at / DAY_SECONDS)) ?? ask(at) };
}
