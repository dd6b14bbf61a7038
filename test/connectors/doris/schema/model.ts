import fc from 'fast-check';
import type { ColumnType, PlainType } from '../../../../connectors/doris/schema/column-type.js';

const PLAIN: readonly PlainType[] = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'LARGEINT',
  'FLOAT',
  'DOUBLE',
  'DATE',
  'STRING',
  'JSON',
];

const scalarTypes: fc.Arbitrary<ColumnType> = fc.oneof(
  fc.constantFrom(...PLAIN).map((base): ColumnType => ({ base })),
  fc.integer({ min: 1, max: 255 }).map((length): ColumnType => ({ base: 'CHAR', length })),
  fc.integer({ min: 1, max: 65533 }).map((length): ColumnType => ({ base: 'VARCHAR', length })),
  fc.integer({ min: 0, max: 6 }).map((precision): ColumnType => ({ base: 'DATETIME', precision })),
  fc
    .integer({ min: 1, max: 38 })
    .chain((precision) =>
      fc.integer({ min: 0, max: precision }).map((scale): ColumnType => ({ base: 'DECIMAL', precision, scale })),
    ),
);

/** Any type that there is. */
export const columnTypes: fc.Arbitrary<ColumnType> = fc.oneof(
  { weight: 6, arbitrary: scalarTypes },
  { weight: 1, arbitrary: scalarTypes.map((element): ColumnType => ({ base: 'ARRAY', element })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(scalarTypes, scalarTypes)
      .map(([key, value]): ColumnType => ({ base: 'MAP', key, value: { base: 'ARRAY', element: value } })),
  },
);

const LIMITS: Partial<Record<ColumnType['base'], readonly [digits: number, integer: boolean]>> = {
  BOOLEAN: [1, true],
  TINYINT: [3, true],
  SMALLINT: [5, true],
  INT: [10, true],
  BIGINT: [19, true],
  LARGEINT: [39, true],
};

/** Whether every value of one type is a value of the other, to the last digit: a model of its own. */
export function convertible(from: ColumnType, to: ColumnType): boolean {
  if (JSON.stringify(from) === JSON.stringify(to) || to.base === 'STRING') return true;
  const [fromDigits] = LIMITS[from.base] ?? [];
  const [toDigits] = LIMITS[to.base] ?? [];
  if (fromDigits !== undefined && toDigits !== undefined) return fromDigits <= toDigits;
  if (to.base === 'DECIMAL') {
    const whole = from.base === 'DECIMAL' ? from.precision - from.scale : fromDigits;
    const fraction = from.base === 'DECIMAL' ? from.scale : 0;
    return whole !== undefined && whole <= to.precision - to.scale && fraction <= to.scale;
  }
  if (to.base === 'DATETIME')
    return from.base === 'DATE' || (from.base === 'DATETIME' && from.precision <= to.precision);
  if (to.base === 'DOUBLE') return from.base === 'FLOAT';
  if (to.base === 'VARCHAR' || to.base === 'CHAR') {
    return from.base === 'VARCHAR' || from.base === 'CHAR' ? from.length <= to.length : to.length >= 64;
  }
  return to.base === 'JSON' && (from.base === 'ARRAY' || from.base === 'MAP');
}
