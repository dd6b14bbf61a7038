import { dateTimeText, splitUnits } from './calendar.js';
import { zoneOf } from './zone.js';

/**
 * Writes milliseconds since 1970 as a clock in the zone shows them: `2024-02-29T12:34:56.789`; undefined outside of the
 * years 0 to 9999.
 * @throws RangeError when there is no such time zone
 */
export function instantText(timeZone: string): (epochMs: bigint) => string | undefined {
  const zone = zoneOf(timeZone);
  return (epochMs) => {
    const instant = splitUnits(epochMs.toString(), 3);
    if (instant === undefined) return undefined;
    const { seconds, fraction } = instant;
    return dateTimeText({ seconds: seconds + zone.offsetSeconds(seconds), fraction });
  };
}
