/** The records that the benchmarks produce and encode. */

/** Every pass-through row has exactly this size, as the numbers are quoted for it. */
export const ROW_BYTES = 200;

/** A flat JSON object of `ROW_BYTES` bytes. */
export function plainRow(index: number): string {
  const head = `{"id":${index},"first_name":"first-${index % 1_000}","last_name":"last-${index % 997}","note":"`;
  return `${head.padEnd(ROW_BYTES - 2, 'x')}"}`;
}

const FIELDS: readonly (readonly [string, string])[] = [
  ['order_id', 'int64'],
  ['customer', 'string'],
  ['quantity', 'int32'],
  ['price', 'double'],
  ['paid', 'boolean'],
  ['note', 'string'],
];

/** An order of about 200 bytes. */
export function order(index: number, price: string): string {
  const id = `${7_000_000_000_000_000_000n + BigInt(index)}`;
  return `{"order_id":${id},"customer":"customer-${index % 1000}","quantity":${index % 90},"price":${price},"paid":true,"note":"${'packed with care, '.repeat(5)}"}`;
}

function schemaOf(fields: readonly object[]): string {
  return JSON.stringify({ type: 'struct', fields, optional: false, name: 'orders' });
}

const plainFields = FIELDS.map(([field, type]) => ({ type, optional: false, field }));

const DECIMAL = {
  type: 'bytes',
  optional: false,
  name: 'org.apache.kafka.connect.data.Decimal',
  version: 1,
  parameters: { scale: '2' },
  field: 'price',
};

const SCHEMA = schemaOf(plainFields);
const DECIMAL_SCHEMA = schemaOf(plainFields.map((field) => (field.field === 'price' ? DECIMAL : field)));

/** An order as a JsonConverter with schemas writes it. */
export function orderWithSchema(index: number): string {
  return `{"schema":${SCHEMA},"payload":${order(index, '19.99')}}`;
}

/** The same, its price a Decimal: 19.99 as big-endian unscaled bytes in base64. */
export function orderWithDecimal(index: number): string {
  return `{"schema":${DECIMAL_SCHEMA},"payload":${order(index, '"B88="')}}`;
}
