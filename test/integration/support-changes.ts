/** Records with a schema, as Debezium and producers of JSON send them. */

/** A field of a JsonConverter's schema. */
export interface JsonField {
  readonly field: string;
  readonly type: string;
  readonly optional?: boolean;
  readonly name?: string;
  readonly default?: unknown;
  readonly parameters?: Readonly<Record<string, string>>;
}

type Row = Readonly<Record<string, unknown>>;

export function jsonField(field: string, type = 'string', more: Partial<JsonField> = {}): JsonField {
  return { field, type, optional: true, ...more };
}

/** `{"schema": …, "payload": …}` of a plain struct: a key, or a row. */
export function structRecord(fields: readonly JsonField[], payload: Row): string {
  return JSON.stringify({ schema: { type: 'struct', fields, optional: false }, payload });
}

const SOURCE = {
  type: 'struct',
  field: 'source',
  optional: false,
  name: 'io.debezium.connector.mysql.Source',
  fields: [jsonField('db'), jsonField('table')],
};

/** The event of a change of a row whose columns are `fields`. */
export function changeEvent(
  fields: readonly JsonField[],
  { op, before = null, after = null }: { op: string; before?: Row | null; after?: Row | null },
): string {
  const image = (field: string) => ({ type: 'struct', fields, optional: true, name: 'server1.shop.t.Value', field });
  const envelope = [image('before'), image('after'), SOURCE, { type: 'string', optional: false, field: 'op' }];
  return JSON.stringify({
    schema: { type: 'struct', fields: envelope, optional: false, name: 'server1.shop.t.Envelope' },
    payload: { before, after, source: { db: 'shop', table: 't' }, op },
  });
}

export function inserted(fields: readonly JsonField[], after: Row): string {
  return changeEvent(fields, { op: 'c', after });
}
