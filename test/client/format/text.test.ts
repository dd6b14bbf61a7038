import { bytes, count, duration, instant, paintState, plural } from '../../../client/format/text.js';

test('counts are grouped, whatever their size', () => {
  expect(count(1234567)).toBe('1,234,567');
  expect(count('9223372036854775807')).toBe('9,223,372,036,854,775,807');
  expect(count(undefined)).toBe('-');
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [67_108_864, '64.0 MiB'],
])('%d bytes are %s', (sizeBytes, text) => {
  expect(bytes(sizeBytes)).toBe(text);
});

test.each([
  [-5, '0 ms'],
  [350, '350 ms'],
  [3_600, '4 s'],
  [119_000, '119 s'],
  [180_000, '3 min'],
  [7_200_000, '2 h'],
  [259_200_000, '3 d'],
])('%d ms are %s', (durationMs, text) => {
  expect(duration(durationMs)).toBe(text);
});

test('an instant is told in UTC', () => {
  expect(instant(Date.UTC(2026, 2, 4, 5, 6, 7))).toBe('2026-03-04 05:06:07Z');
});

test('nouns follow their numbers', () => {
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(2, 'batch')).toBe('2 batches');
});

test('states have the colours of a traffic light', () => {
  const paint = (style: string, text: string) => `<${style}>${text}`;
  expect(['RUNNING', 'PAUSED', 'DEGRADED', 'FAILED', 'IN_DOUBT'].map((state) => paintState(state, paint))).toEqual([
    '<green>RUNNING',
    '<yellow>PAUSED',
    '<yellow>DEGRADED',
    '<red>FAILED',
    '<red>IN_DOUBT',
  ]);
});
