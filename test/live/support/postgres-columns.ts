/** A column of every type that PostgreSQL has and Debezium captures. */
import { always, type CapturedColumn, type Variant, withSchemas } from './variant.js';

const MILLISECONDS = 'milliseconds';

/** What a timestamp is after its source has cut it to the precision of its mode. */
function timestamp(expression: string, digits: 0 | 3 | 6): CapturedColumn['shown'] {
  return ({ time }) => {
    const cut = time === 'connect' ? `date_trunc('${MILLISECONDS}', ${expression})` : expression;
    const fraction = { 0: '', 3: '.MS', 6: '.US' }[digits];
    return `to_char(${cut}, 'YYYY-MM-DD HH24:MI:SS${fraction}')`;
  };
}

/** Nanoseconds since 1970 fit into 64 bits from 1678 to 2262 only, Java's calendar is another before 1582. */
function farTimestamp(expression: string): CapturedColumn['shown'] {
  const shown = timestamp(expression, 6);
  return (variant) => (['nanoseconds', 'connect'].includes(variant.time) ? undefined : shown(variant));
}

/** Doris has no such type. Without a schema it is what Debezium sends: a number of some unit, or a text of UTC. */
function time(expression: string): CapturedColumn['shown'] {
  return (variant) => {
    if (!variant.schemas) return variant.time === 'isostring' ? `${expression}::text || 'Z'` : undefined;
    return variant.time === 'connect'
      ? `date_trunc('${MILLISECONDS}', ${expression}::interval)::time::text`
      : `${expression}::text`;
  };
}

/** Flattened events do not say which database they come from, and bits of MySQL are numbers. */
function bits(name: string): CapturedColumn['shown'] {
  return ({ schemas, flattenedBy }) => (schemas && flattenedBy === undefined ? `${name}::text` : undefined);
}

/** `[1, null, 3]`, as Doris prints arrays; `x` is the element. */
function array(column: string, element: string): string {
  const items = `select string_agg(coalesce(${element}, 'null'), ', ' order by n) from unnest(${column}) with ordinality as u(x, n)`;
  return `case when ${column} is not null then '[' || coalesce((${items}), '') || ']' end`;
}

const quoted = (element: string) => `'"' || (${element}) || '"'`;
const boolean = (expression: string) => `(case ${expression} when true then '1' when false then '0' end)`;
const text = (name: string) => always(`${name}::text`);

/** Months are a twelfth of 365.25 days, as in Debezium's MicroDuration. */
const MICROSECONDS_OF_INTERVAL = `(
  (extract(year from c_interval) * 12 + extract(month from c_interval)) * 365.25 / 12 * 86400000000
  + extract(day from c_interval) * 86400000000
  + extract(hour from c_interval) * 3600000000 + extract(minute from c_interval) * 60000000
  + extract(microseconds from c_interval))::bigint::text`;

/** The same digits as a number has them that Java writes. */
const HSTORE = `(select '{' || string_agg(to_json(key)::text || ':' || coalesce(to_json(value)::text, 'null'), ',') || '}' from each(c_hstore))`;
const POINT = `case when c_point is not null then
  '{"type":"Point","coordinates":[' || (c_point[0])::text || ',' || (c_point[1])::text || ']}' end`;

/** Types that have to be there before the table. */
export const POSTGRES_TYPES = `
  create extension hstore; create extension citext; create extension ltree;
  create type mood as enum ('sad', 'ok', 'happy, very');
  create domain positive as int check (value > 0);`;

function column(
  name: string,
  type: string,
  doris: string,
  values: readonly [string, string],
  shown: CapturedColumn['shown'] = text(name),
): CapturedColumn {
  return { name, type, doris, values, shown };
}

const decimals = ({ schemas, source }: Variant) => schemas || source?.['decimal.handling.mode'] === 'string';

export const POSTGRES_COLUMNS: readonly CapturedColumn[] = [
  column('c_bool', 'boolean', 'BOOLEAN', ['true', 'false'], always(boolean('c_bool'))),
  column('c_int2', 'smallint', 'SMALLINT', ['32767', '-32768']),
  column('c_int4', 'integer default 7', 'INT', ['2147483647', '-2147483648']),
  column('c_int8', 'bigint', 'BIGINT', ['9223372036854775807', '-9223372036854775808']),
  column('c_oid', 'oid', 'BIGINT', ['4294967295', '0']),
  column('c_real', 'real', 'FLOAT', ['1.5', '-0.25']),
  column('c_double', 'double precision', 'DOUBLE', ['2.718281828459045', '-1.7976931348623157e308']),
  column('c_numeric', 'numeric(20,4)', 'DECIMAL(20,4)', ['1234567890123456.7891', '-0.0001']),
  column('c_numeric38', 'numeric(38,10)', 'DECIMAL(38,10)', ['9999999999999999999999999999.0123456789', '-1']),
  // More digits than a DECIMAL of Doris has.
  column('c_numeric50', 'numeric(50,2)', 'STRING', [`${'1234567890'.repeat(4)}12345678.12`, '-0.01'], (variant) =>
    decimals(variant) ? 'c_numeric50::text' : undefined,
  ),
  column(
    'c_variable',
    'numeric',
    'DECIMAL(38,20)',
    ['3.14159265358979323846', '-123.4500'],
    always('round(c_variable, 20)::text'),
  ),
  column('c_money', 'money', 'DECIMAL(19,2)', ['1234.56', '-1.01'], always('c_money::numeric::text')),
  column('c_char', 'char(5)', 'VARCHAR(20)', ["'abc'", "'äöü'"], always('rpad(c_char::text, 5)')),
  column('c_varchar', "varchar(20) default 'given'", 'VARCHAR(80)', ["'plain'", "'it''s \"q\" \\ 😀'"]),
  column('c_text', 'text', 'STRING', ["E'two\\nlines\\tand a tab'", "''"]),
  column('c_citext', 'citext', 'STRING', ["'CiText'", "'ß'"]),
  column('c_bytea', 'bytea', 'STRING', ["'\\x00ff10'", "''"], ({ schemas, source }) => {
    if (source?.['binary.handling.mode'] === 'hex') return "encode(c_bytea, 'hex')";
    return schemas ? "upper(encode(c_bytea, 'hex'))" : "encode(c_bytea, 'base64')";
  }),
  column('c_bit1', 'bit(1)', 'BOOLEAN', ["b'1'", "b'0'"], always(boolean("c_bit1 = b'1'"))),
  column('c_bit12', 'bit(12)', 'VARCHAR(12)', ["b'101010101010'", "b'000000000001'"], bits('c_bit12')),
  // Debezium does not tell how many zeros are in front.
  column('c_varbit', 'varbit(20)', 'VARCHAR(20)', ["b'1011'", "b'10000000000000000001'"], bits('c_varbit')),
  column('c_date', 'date', 'DATE', ["'2024-02-29'", "'1969-12-31'"], always("to_char(c_date, 'YYYY-MM-DD')")),
  column('c_date_far', 'date', 'DATE', ["'0001-01-01'", "'9999-12-31'"], (variant) =>
    variant.time === 'connect' ? undefined : "to_char(c_date_far, 'YYYY-MM-DD')",
  ),
  column('c_time', 'time', 'STRING', ["'23:59:59.999999'", "'00:00:00.000001'"], time('c_time')),
  column('c_time3', 'time(3)', 'STRING', ["'12:34:56.789'", "'12:34:56'"], time('c_time3')),
  column(
    'c_timetz',
    'timetz',
    'STRING',
    ["'10:00:00.123456+05:30'", "'23:59:59.123-08'"],
    withSchemas("(c_timetz at time zone 'UTC')::time::text"),
  ),
  column(
    'c_timestamp',
    'timestamp',
    'DATETIME(6)',
    ["'2024-02-29 12:34:56.123456'", "'1969-12-31 23:59:59.999999'"],
    timestamp('c_timestamp', 6),
  ),
  column(
    'c_timestamp3',
    'timestamp(3)',
    'DATETIME(3)',
    ["'2024-02-29 12:34:56.789'", "'1969-12-31 23:59:59.001'"],
    timestamp('c_timestamp3', 3),
  ),
  column(
    'c_timestamp0',
    'timestamp(0)',
    'DATETIME',
    ["'2024-02-29 12:34:56'", "'1969-12-31 23:59:59'"],
    timestamp('c_timestamp0', 0),
  ),
  column(
    'c_timestamp_far',
    'timestamp',
    'DATETIME(6)',
    ["'1583-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"],
    farTimestamp('c_timestamp_far'),
  ),
  column(
    'c_timestamptz',
    'timestamptz',
    'DATETIME(6)',
    ["'2024-02-29 12:34:56.123456+08'", "'1969-12-31 23:59:59.999999+00'"],
    always("to_char(c_timestamptz at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"),
  ),
  column(
    'c_interval',
    'interval',
    'BIGINT',
    ["'1 year 2 months -3 days 04:05:06.789'", "'-00:00:01.5'"],
    ({ source }) => (source?.['interval.handling.mode'] === 'string' ? undefined : MICROSECONDS_OF_INTERVAL),
  ),
  column('c_uuid', 'uuid', 'VARCHAR(36)', [
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    "'00000000-0000-0000-0000-000000000000'",
  ]),
  column('c_json', 'json', 'STRING', ['\'{"a":  [1, 2.50]}\'', "'null'"]),
  column('c_jsonb', 'jsonb', 'STRING', ['\'{"b": "x", "n": 12345678901234567890}\'', "'[]'"]),
  column('c_xml', 'xml', 'STRING', ['\'<a b="1">b</a>\'', "'<a/>'"]),
  column('c_hstore', 'hstore', 'STRING', ['\'a=>1, b=>NULL, "c d"=>"q\\"x"\'', "'k=>v'"], always(HSTORE)),
  column('c_ltree', 'ltree', 'STRING', ["'top.science'", "'a'"]),
  column('c_mood', 'mood', 'STRING', ["'happy, very'", "'sad'"]),
  column('c_domain', 'positive', 'INT', ['5', '2147483647']),
  column('c_inet', 'inet', 'STRING', ["'10.1.2.3/24'", "'::1/64'"]),
  column('c_cidr', 'cidr', 'STRING', ["'10.1.0.0/16'", "'2001:db8::/32'"]),
  column('c_macaddr', 'macaddr', 'STRING', ["'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'"]),
  column('c_macaddr8', 'macaddr8', 'STRING', ["'08:00:2b:01:02:03:04:05'", "'00:00:00:00:00:00:00:00'"]),
  column('c_point', 'point', 'STRING', ["'(1.5,-2.5)'", "'(0,0)'"], always(POINT)),
  column('c_int4range', 'int4range', 'STRING', ["'[1,5)'", "'empty'"]),
  column('c_int8range', 'int8range', 'STRING', ["'[1,9007199254740993)'", "'(,)'"]),
  column('c_numrange', 'numrange', 'STRING', ["'[1.5,2.5]'", "'[1.5,)'"]),
  column('c_tsrange', 'tsrange', 'STRING', ["'[2024-01-01 00:00,2024-01-02 00:00)'", "'empty'"]),
  column('c_tstzrange', 'tstzrange', 'STRING', ["'[2024-01-01 00:00+00,2024-01-02 00:00+00)'", "'empty'"]),
  column('c_daterange', 'daterange', 'STRING', ["'[2024-01-01,2024-02-01)'", "'(,2024-02-01)'"]),
  column('c_tsvector', 'tsvector', 'STRING', ["'a fat cat'", "''"]),
  column('a_int', 'int[]', 'ARRAY<INT>', ["'{1,NULL,3}'", "'{}'"], always(array('a_int', 'x::text'))),
  column(
    'a_bigint',
    'bigint[]',
    'ARRAY<BIGINT>',
    ["'{9007199254740993,-1}'", "'{-9223372036854775808}'"],
    always(array('a_bigint', 'x::text')),
  ),
  column(
    'a_text',
    'text[]',
    'ARRAY<STRING>',
    ['\'{"a","b,c","null",NULL}\'', '\'{""}\''],
    always(array('a_text', quoted('x'))),
  ),
  column(
    'a_numeric',
    'numeric(10,2)[]',
    'ARRAY<DECIMAL(10,2)>',
    ["'{1.10,NULL,-2.25}'", "'{0}'"],
    withSchemas(array('a_numeric', 'x::text')),
  ),
  column('a_bool', 'boolean[]', 'ARRAY<BOOLEAN>', ["'{t,f,NULL}'", "'{}'"], always(array('a_bool', boolean('x')))),
  column(
    'a_date',
    'date[]',
    'ARRAY<DATE>',
    ["'{2024-01-01,NULL}'", "'{1969-12-31}'"],
    withSchemas(array('a_date', quoted("to_char(x, 'YYYY-MM-DD')"))),
  ),
  column(
    'a_timestamp',
    'timestamp[]',
    'ARRAY<DATETIME(6)>',
    ["'{2024-01-01 10:00:00.5}'", "'{}'"],
    withSchemas(array('a_timestamp', quoted("to_char(x, 'YYYY-MM-DD HH24:MI:SS.US')"))),
  ),
  column(
    'a_uuid',
    'uuid[]',
    'ARRAY<STRING>',
    ["'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'", "'{}'"],
    always(array('a_uuid', quoted('x::text'))),
  ),
  column('a_float', 'float8[]', 'ARRAY<DOUBLE>', ["'{1.5,-2.25}'", "'{}'"], always(array('a_float', 'x::text'))),
  column(
    'a_mood',
    'mood[]',
    'ARRAY<STRING>',
    ["'{sad,ok}'", '\'{"happy, very"}\''],
    always(array('a_mood', quoted('x::text'))),
  ),
  column('a_inet', 'inet[]', 'ARRAY<STRING>', ["'{10.0.0.1}'", "'{}'"], always(array('a_inet', quoted('abbrev(x)')))),
];
