import { orderWithSchema, plainRow, ROW_BYTES } from '../../../bench/records/json.js';

test.each([0, 999_999, 100_000_000])('row %d is JSON of the agreed size', (index) => {
  expect(plainRow(index)).toHaveLength(ROW_BYTES);
  expect(JSON.parse(plainRow(index))).toMatchObject({ id: index });
});

test('the schema of an order names the fields that it has', () => {
  const { schema, payload } = JSON.parse(orderWithSchema(7)) as {
    schema: { fields: { field: string }[] };
    payload: object;
  };
  expect(Object.keys(payload)).toEqual(schema.fields.map(({ field }) => field));
});
