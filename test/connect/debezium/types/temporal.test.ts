import fc from 'fast-check';
import {
  dateText,
  dateTimeText,
  durationText,
  fractionText,
  splitUnits,
} from '../../../../connect/debezium/types/calendar.js';
import { fixedOffsetSeconds, offsetText, zoneOf } from '../../../../connect/debezium/types/zone.js';
import { rowOf } from '../fields.js';

const FIRST_DAY = -719_528;
const LAST_DAY = 2_932_896;

describe('the calendar', () => {
  test('dates are those of Date, over all years that there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST_DAY, max: LAST_DAY }), (days) => {
        expect(dateText(days)).toBe(new Date(days * 86_400_000).toISOString().slice(0, 10));
      }),
    );
    expect(dateText(FIRST_DAY)).toBe('0000-01-01');
    expect(dateText(LAST_DAY)).toBe('9999-12-31');
    expect([dateText(FIRST_DAY - 1), dateText(LAST_DAY + 1), dateText(Number.NaN)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('timestamps of any unit are the same point in time, to the last digit', () => {
    const microseconds = fc.bigInt({ min: -62_167_219_200_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(microseconds, (count) => {
        const milliseconds = (count - (((count % 1000n) + 1000n) % 1000n)) / 1000n;
        const rest = String(count - milliseconds * 1000n).padStart(3, '0');
        const iso = new Date(Number(milliseconds)).toISOString();
        const expected = `${iso.slice(0, 19)}${fractionText(iso.slice(20, 23) + rest)}`;
        for (const [units, digits] of [
          [count, 6],
          [count * 1000n, 9],
        ] as const) {
          const instant = splitUnits(units.toString(), digits);
          expect(instant && dateTimeText(instant)).toBe(expected);
        }
      }),
    );
  });

  test('times have a sign and as many hours as it takes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -3_020_399_000_000n, max: 3_020_399_000_000n }), (count) => {
        const duration = splitUnits(count.toString(), 6);
        const text = duration === undefined ? '' : durationText(duration);
        const [, sign, hours = '', minutes, seconds, fraction = ''] =
          /^(-?)(\d{2,3}):([0-5]\d):([0-5]\d)(?:\.(\d{3}|\d{6}))?$/.exec(text) ?? [];
        const absolute =
          BigInt(hours) * 3_600_000_000n +
          BigInt(minutes ?? 0) * 60_000_000n +
          BigInt(seconds ?? 0) * 1_000_000n +
          BigInt(fraction.padEnd(6, '0'));
        expect(sign === '-' ? -absolute : absolute).toBe(count);
      }),
    );
  });
});

describe('zones', () => {
  test.each([
    ['Z', 0],
    ['UTC', 0],
    ['+08:00', 28_800],
    ['GMT+8', 28_800],
    ['UTC-03:30', -12_600],
    ['Asia/Shanghai', undefined],
    ['', undefined],
  ])('%s', (id, seconds) => {
    expect(fixedOffsetSeconds(id)).toBe(seconds);
  });

  test('an offset is printed as Java prints it', () => {
    expect([0, 28_800, -12_600, 29_143].map(offsetText)).toEqual(['Z', '+08:00', '-03:30', '+08:05:43']);
  });

  test('summer time begins and ends within a day', () => {
    const berlin = zoneOf('Europe/Berlin');
    const at = (iso: string) => berlin.offsetSeconds(Date.parse(iso) / 1000);
    expect([at('2024-03-31T00:59:59Z'), at('2024-03-31T01:00:00Z')]).toEqual([3600, 7200]);
    expect([at('2024-10-27T00:59:59Z'), at('2024-10-27T01:00:00Z')]).toEqual([7200, 3600]);
    expect(() => zoneOf('Mars/Olympus')).toThrow(RangeError);
  });
});

describe('logical types of time in rows', () => {
  test.each([
    ['io.debezium.time.Date', 'int32', '19782', '"2024-02-29"'],
    ['io.debezium.time.Time', 'int32', '45296789', '"12:34:56.789"'],
    ['io.debezium.time.MicroTime', 'int64', '-1', '"-00:00:00.000001"'],
    ['io.debezium.time.NanoTime', 'int64', '86400000000000', '"24:00:00"'],
    ['io.debezium.time.Timestamp', 'int64', '-1', '"1969-12-31T23:59:59.999"'],
    ['io.debezium.time.MicroTimestamp', 'int64', '1725885296000000', '"2024-09-09T12:34:56"'],
    ['io.debezium.time.NanoTimestamp', 'int64', '1725885296123456789', '"2024-09-09T12:34:56.123456789"'],
    ['io.debezium.time.ZonedTimestamp', 'string', '"2024-09-09T04:34:56.1Z"', '"2024-09-09T12:34:56.100+08:00"'],
    ['io.debezium.time.ZonedTimestamp', 'string', '"2024-09-09T10:04:56+05:30"', '"2024-09-09T12:34:56+08:00"'],
    ['io.debezium.time.ZonedTime', 'string', '"20:34:56Z"', '"04:34:56"'],
    ['io.debezium.time.IsoDate', 'string', '"2024-02-29Z"', '"2024-02-29"'],
    ['io.debezium.time.IsoTime', 'string', '"12:34:56.789Z"', '"12:34:56.789"'],
    ['io.debezium.time.IsoTimestamp', 'string', '"2024-02-29T12:34:56.5Z"', '"2024-02-29T12:34:56.500"'],
    ['io.debezium.time.Year', 'int32', '2024', '2024'],
    ['io.debezium.time.MicroDuration', 'int64', '37091106000000', '37091106000000'],
    ['io.debezium.time.Interval', 'string', '"P1Y2M-3DT4H5M6.789S"', '"P1Y2M-3DT4H5M6.789S"'],
    ['org.apache.kafka.connect.data.Date', 'int32', '0', '"1970-01-01"'],
    ['org.apache.kafka.connect.data.Time', 'int32', '37800000', '"10:30:00"'],
    ['org.apache.kafka.connect.data.Timestamp', 'int64', '1712917800000', '"2024-04-12T10:30:00"'],
  ])('%s (%s) %s', (name, type, value, expected) => {
    expect(rowOf({ type, name }, value, { timeZone: 'Asia/Shanghai' })).toBe(expected);
  });

  test.each([
    ['io.debezium.time.Date', 'int32', '2147483647', '"9999-12-31"'],
    ['io.debezium.time.MicroTimestamp', 'int64', '9223372036825200000', '"9999-12-31T23:59:59.999999"'],
    ['io.debezium.time.MicroTimestamp', 'int64', '-9223372036832400000', '"0000-01-01T00:00:00"'],
    ['io.debezium.time.ZonedTimestamp', 'string', '"-infinity"', '"0000-01-01T00:00:00"'],
    ['io.debezium.time.IsoDate', 'string', '"-5877611-06-21Z"', '"0000-01-01"'],
    ['io.debezium.time.IsoTimestamp', 'string', '"+294247-01-10T04:00:25.2Z"', '"9999-12-31T23:59:59.999999"'],
  ])('%s (%s) beyond the calendar: %s', (name, type, value, clamped) => {
    expect(rowOf({ type, name }, value, { outOfRange: 'clamp' })).toBe(clamped);
    expect(() => rowOf({ type, name }, value)).toThrow(/Field payload\.after\.f is .*, a date outside of the years/);
  });

  test.each([
    ['io.debezium.time.Date', 'int32', '"x"'],
    ['io.debezium.time.Timestamp', 'int64', '1.5'],
    ['io.debezium.time.ZonedTimestamp', 'string', '"2024-09-09"'],
    ['io.debezium.time.ZonedTime', 'string', '"noon"'],
    ['io.debezium.time.MicroTime', 'int64', '99999999999999999'],
  ])('%s (%s) cannot be %s', (name, type, value) => {
    expect(() => rowOf({ type, name }, value)).toThrow(`Field payload.after.f is`);
  });
});
