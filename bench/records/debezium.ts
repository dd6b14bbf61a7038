/**
 * Change events as Debezium's MySQL connector writes them through a JsonConverter with schemas, 2.7 KB each: most of it
 * schema, as users have them.
 */

/** `[name, type, the rest of its schema]`, in the order of the table. */
type FieldSchema = readonly [field: string, type: string, more?: object];

const COLUMNS: readonly FieldSchema[] = [
  ['id', 'int64', { optional: false }],
  ['first_name', 'string'],
  ['last_name', 'string'],
  ['email', 'string'],
  ['balance', 'bytes', decimal(2, 12)],
  ['created_at', 'int64', { name: 'io.debezium.time.Timestamp', version: 1 }],
];

const SNAPSHOT = {
  name: 'io.debezium.data.Enum',
  version: 1,
  parameters: { allowed: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental' },
  default: 'false',
};

const SOURCE: readonly FieldSchema[] = [
  ['version', 'string', { optional: false }],
  ['connector', 'string', { optional: false }],
  ['name', 'string', { optional: false }],
  ['ts_ms', 'int64', { optional: false }],
  ['snapshot', 'string', SNAPSHOT],
  ['db', 'string', { optional: false }],
  ['table', 'string'],
  ['server_id', 'int64', { optional: false }],
  ['gtid', 'string'],
  ['file', 'string', { optional: false }],
  ['pos', 'int64', { optional: false }],
  ['row', 'int32', { optional: false }],
  ['thread', 'int64'],
];

const VALUE_SCHEMA = JSON.stringify({
  type: 'struct',
  fields: [
    struct(COLUMNS, { optional: true, name: 'mysql.shop.customers.Value', field: 'before' }),
    struct(COLUMNS, { optional: true, name: 'mysql.shop.customers.Value', field: 'after' }),
    struct(SOURCE, { optional: false, name: 'io.debezium.connector.mysql.Source', field: 'source' }),
    ...fields([
      ['op', 'string', { optional: false }],
      ['ts_ms', 'int64'],
    ]),
  ],
  optional: false,
  name: 'mysql.shop.customers.Envelope',
  version: 1,
});

const KEY_SCHEMA = JSON.stringify(
  struct([['id', 'int64', { optional: false }]], { optional: false, name: 'mysql.shop.customers.Key' }),
);

const FIRST_TS_MS = 1_760_000_000_000;

/** An insert; every tenth event is an update, every fiftieth a delete. */
export function changeEvent(index: number): string {
  const row = customer(index);
  const [op, before, after] =
    index % 50 === 49 ? ['d', row, 'null'] : index % 10 === 9 ? ['u', row, row] : ['c', 'null', row];
  const source = `{"version":"3.3.0.Final","connector":"mysql","name":"mysql","ts_ms":${FIRST_TS_MS + index},"snapshot":"false","db":"shop","table":"customers","server_id":223344,"gtid":null,"file":"mysql-bin.000003","pos":${4 + index * 310},"row":0,"thread":11}`;
  return `{"schema":${VALUE_SCHEMA},"payload":{"before":${before},"after":${after},"source":${source},"op":"${op}","ts_ms":${FIRST_TS_MS + index + 25}}}`;
}

export function changeKey(index: number): string {
  return `{"schema":${KEY_SCHEMA},"payload":{"id":${index}}}`;
}

function customer(index: number): string {
  return `{"id":${index},"first_name":"first-${index % 1_000}","last_name":"last-${index % 997}","email":"first.${index}@example.com","balance":"B88=","created_at":${FIRST_TS_MS + index}}`;
}

function struct(members: readonly FieldSchema[], more: object): object {
  return { type: 'struct', fields: fields(members), ...more };
}

function fields(members: readonly FieldSchema[]): object[] {
  return members.map(([field, type, more]) => ({ type, optional: true, ...more, field }));
}

function decimal(scale: number, precision: number): object {
  const parameters = { scale: String(scale), 'connect.decimal.precision': String(precision) };
  return { name: 'org.apache.kafka.connect.data.Decimal', version: 1, parameters };
}
