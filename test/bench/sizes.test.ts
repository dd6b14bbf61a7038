import { orderWithDecimal, orderWithSchema, plainRow, ROW_BYTES } from '../../bench/rows.js';
import { sizesOf } from '../../bench/sizes.js';

test('options replace what a preset says', () => {
  expect(sizesOf({})).toMatchObject({ rows: 1_000_000, samples: 3, partitions: 4 });
  expect(sizesOf({ quick: true, rows: 5_000 })).toMatchObject({ rows: 5_000, samples: 1 });
});

test.each([0, 999_999, 100_000_000])('row %d is JSON of the agreed size', (index) => {
  expect(plainRow(index)).toHaveLength(ROW_BYTES);
  expect(JSON.parse(plainRow(index))).toMatchObject({ id: index });
});

test('the schema of an order names the fields that it has', () => {
  for (const text of [orderWithSchema(7), orderWithDecimal(7)]) {
    const { schema, payload } = JSON.parse(text) as { schema: { fields: { field: string }[] }; payload: object };
    expect(Object.keys(payload)).toEqual(schema.fields.map(({ field }) => field));
  }
});
