/** Records in JSON: plain rows, and orders with and without a schema beside them. */

/** Every pass-through row has exactly this size, as the numbers are quoted for it. */
export const ROW_BYTES = 200;

/** A flat JSON object of `ROW_BYTES` bytes. */
export function plainRow(index: number): string {
  const head = `{"id":${index},"first_name":"first-${index % 1_000}","last_name":"last-${index % 997}","note":"`;
  return `${head.padEnd(ROW_BYTES - 2, 'x')}"}`;
}

export const ORDER_NOTE = 'packed with care, '.repeat(5);

export function orderId(index: number): bigint {
  return 7_000_000_000_000_000_000n + BigInt(index);
}

/** An order of about 200 bytes. */
export function order(index: number, price = '19.99'): string {
  return `{"order_id":${orderId(index)},"customer":"customer-${index % 1000}","quantity":${index % 90},"price":${price},"paid":true,"note":"${ORDER_NOTE}"}`;
}

const ORDER_FIELDS = [
  ['order_id', 'int64'],
  ['customer', 'string'],
  ['quantity', 'int32'],
  ['price', 'double'],
  ['paid', 'boolean'],
  ['note', 'string'],
] as const;

const ORDER_SCHEMA = JSON.stringify({
  type: 'struct',
  fields: ORDER_FIELDS.map(([field, type]) => ({ type, optional: false, field })),
  optional: false,
  name: 'orders',
});

/** An order as a JsonConverter with schemas writes it. */
export function orderWithSchema(index: number): string {
  return `{"schema":${ORDER_SCHEMA},"payload":${order(index)}}`;
}
