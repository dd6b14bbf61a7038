/** Events that are damaged, and events that come again. */
import fc from 'fast-check';
import { SluiceError } from '../../../connect/errors.js';
import { type CapturedRecord, readCapture } from './captured.js';
import { changeEncoding } from './encoding.js';

const CAPTURES = ['pg-adaptive', 'pg-micro', 'pg-nano', 'pg-iso', 'my-micro', 'my-connect', 'pg-unwrap', 'pg-plain'];

const hasSchemas = (capture: string) => !capture.endsWith('plain');

/** One to three bytes of the payload changed, put in or taken out. */
const damages = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), byte: fc.nat(255), kind: fc.nat(2) }),
  { minLength: 1, maxLength: 3 },
);

function damaged(bytes: Buffer, from: number, damage: readonly { at: number; byte: number; kind: number }[]): Buffer {
  let result = bytes;
  for (const { at, byte, kind } of damage) {
    const position = from + Math.floor(at * (result.length - from));
    const change = kind === 2 ? [] : [byte];
    result = Buffer.concat([
      result.subarray(0, position),
      Buffer.from(change),
      result.subarray(kind === 0 ? position : position + 1),
    ]);
  }
  return result;
}

test.each(CAPTURES)('a damaged event is refused as such, or makes one row of JSON: %s', (capture) => {
  const records = readCapture(capture).records.filter(({ value }) => value !== null);
  const schemas = hasSchemas(capture);
  const { encode, lines } = changeEncoding({
    valueSchemasEnable: schemas,
    keySchemasEnable: schemas,
    onUnavailable: 'omit',
    outOfRange: 'clamp',
  });
  fc.assert(
    fc.property(fc.constantFrom(...records), damages, ({ key, value }, damage) => {
      const bytes = Buffer.from(value ?? '');
      const payload = Math.max(bytes.lastIndexOf('"payload":'), 0);
      const before = lines().length;
      let rows = 0;
      try {
        const outcome = encode(key, damaged(bytes, payload, damage));
        rows = outcome.kind === 'upsert' || outcome.kind === 'delete' ? 1 : 0;
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        expect(error.code).toBe('RECORD_INVALID');
      }
      const written = lines().slice(before);
      expect(written).toHaveLength(rows);
      for (const line of written) expect(() => JSON.parse(line)).not.toThrow();
    }),
    { numRuns: 150 },
  );
});

/** A table with a unique key, which rows and truncates are applied to in their order. */
function applied(records: readonly CapturedRecord[]): Map<string, string> {
  const { encode, lines } = changeEncoding({ truncate: true });
  const table = new Map<string, string>();
  for (const { key, value } of records) {
    const outcome = encode(key, value);
    if (outcome.kind === 'truncate') table.clear();
    const row = lines().at(-1) ?? '';
    const { id, k2 } = JSON.parse(row);
    if (outcome.kind === 'upsert') table.set(`${id}/${k2}`, row);
    if (outcome.kind === 'delete') table.delete(`${id}/${k2}`);
  }
  return table;
}

describe.each(['pg-adaptive', 'my-micro'])(
  'events that come again after a crash of the source change nothing: %s',
  (name) => {
    const records = readCapture(name).records.filter(({ topic }) => topic.endsWith('.dml'));
    const withoutTruncate = records.filter(({ value }) => value?.includes('"op":"t"') !== true);

    test.each([
      ['with a truncate', records, ['4/d']],
      ['without one', withoutTruncate, ['1/a', '3/c', '4/d']],
    ])('%s', (_, sent, keys) => {
      const expected = applied(sent);
      expect([...expected.keys()]).toEqual(keys);
      const part = fc.double({ min: 0, max: 1, noNaN: true });
      fc.assert(
        fc.property(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 4 }), (crashes) => {
          const log: CapturedRecord[] = [];
          let saved = 0;
          let sentUpTo = 0;
          for (const [forward, back] of crashes) {
            const end = saved + Math.round(forward * (sent.length - saved));
            log.push(...sent.slice(saved, end));
            sentUpTo = Math.max(sentUpTo, end);
            saved = Math.round(back * sentUpTo);
          }
          expect(applied([...log, ...sent.slice(saved)])).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    });
  },
);
