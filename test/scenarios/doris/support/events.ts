/** Change events as Debezium's connectors send them, with their schemas. */
import { envelopeSchema } from '../../../connect/debezium/fields.js';

export type FieldSchema = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

export interface Change {
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  readonly before?: Row | null;
  /** Left out where the event has no such member. */
  readonly after?: Row | null;
}

export const field = (name: string, type: string, more: FieldSchema = {}): FieldSchema => ({
  field: name,
  type,
  optional: true,
  ...more,
});

export const id = field('id', 'int32', { optional: false });

/** One event as the text of a JsonConverter with schemas. */
export function changeEvent(fields: readonly FieldSchema[], change: Change, connector = 'mysql'): string {
  return JSON.stringify({
    schema: envelopeSchema(fields, connector),
    payload: { source: { connector, db: 'e2e', table: 't' }, ts_ms: 1_595_008_822_000, ...change },
  });
}

/** The key of an event: what the source's primary key is. */
export function keyOf(row: Row, fields: readonly FieldSchema[] = [id]): string {
  return JSON.stringify({ schema: { type: 'struct', optional: false, name: 's.t.Key', fields }, payload: row });
}

/** A decimal as Connect sends it: the digits as a number in two's complement. */
export function decimalBytes(digits: bigint): string {
  let hex = BigInt.asUintN(128, digits).toString(16).padStart(32, '0');
  // No more bytes than the sign needs.
  while (hex.length > 2 && /^(00[0-7]|ff[89a-f])/.test(hex)) hex = hex.slice(2);
  return Buffer.from(hex, 'hex').toString('base64');
}
