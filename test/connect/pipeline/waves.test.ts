import fc from 'fast-check';
import { Waves } from '../../../connect/pipeline/waves.js';

/** A row of a key: the values of its columns; those of a partial row are its whole list. */
interface Row {
  readonly key: string;
  readonly columns: readonly string[] | undefined;
  readonly value: number;
}

const ALL = ['a', 'b'];

function apply(table: Map<string, Record<string, number>>, { key, columns = ALL, value }: Row): void {
  const before = columns === ALL ? {} : table.get(key);
  table.set(key, { ...before, ...Object.fromEntries(columns.map((column) => [column, value])) });
}

test('loaded wave by wave, the table is what it is row by row', () => {
  const row = fc.record({
    key: fc.constantFrom('k', 'l', 'm'),
    columns: fc.constantFrom(undefined, undefined, ['a'], ['b']),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const waves = new Waves();
      const byWave = new Map<number, Row[]>();
      const expected = new Map<string, Record<string, number>>();
      rows.forEach((one, value) => {
        const { index, columns } = waves.waveOf(one.key, one.columns);
        expect(columns).toEqual(one.columns);
        byWave.set(index, [...(byWave.get(index) ?? []), { ...one, value }]);
        apply(expected, { ...one, columns: one.columns ?? ALL, value });
      });
      const table = new Map<string, Record<string, number>>();
      for (const index of [...byWave.keys()].sort((one, other) => one - other)) {
        const all = byWave.get(index) ?? [];
        expect(new Set(all.map(({ columns }) => JSON.stringify(columns))).size).toBe(1);
        for (const one of all) apply(table, { ...one, columns: one.columns ?? ALL });
      }
      expect(table).toEqual(expected);
    }),
  );
});

test('rows of other keys share waves', () => {
  const waves = new Waves();
  const dealt = ['k', 'l', 'm'].flatMap((key) => [
    waves.waveOf(key, undefined).index,
    waves.waveOf(key, ['a']).index,
    waves.waveOf(key, undefined).index,
  ]);
  expect(dealt).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
});
