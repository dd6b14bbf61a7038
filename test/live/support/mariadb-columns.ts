/** A column of every type that MariaDB has and Debezium captures (its parser of DDL fails at INET4 and INET6). */
import { always, type CapturedColumn, type Variant, withSchemas } from './variant.js';

/** What a value is after its source has cut it to the precision of its mode. */
function datetime(name: string, digits: 0 | 3 | 6): CapturedColumn['shown'] {
  return ({ time }) => {
    const cut = time === 'connect' && digits === 6 ? `timestamp(${name}, 0) - interval 0 microsecond` : name;
    if (digits === 0) return `date_format(${cut}, '%Y-%m-%d %H:%i:%s')`;
    const fraction =
      time === 'connect' && digits === 6
        ? `rpad(left(date_format(${name}, '%f'), 3), 6, '0')`
        : `left(date_format(${name}, '%f'), ${digits})`;
    return `concat(date_format(${name}, '%Y-%m-%d %H:%i:%s'), '.', ${fraction})`;
  };
}

/** Nanoseconds since 1970 fit into 64 bits from 1678 to 2262 only, Java's calendar is another before 1582. */
const far =
  (shown: CapturedColumn['shown']): CapturedColumn['shown'] =>
  (variant) =>
    ['nanoseconds', 'connect'].includes(variant.time) ? undefined : shown(variant);

/** Without zeros at the end of the fraction, and without a fraction that has nothing else. */
function time(name: string): CapturedColumn['shown'] {
  return (variant) => {
    const text = `cast(${name} as char)`;
    const cut = variant.time === 'connect' ? `left(${text}, 12)` : text;
    const shown = `if(locate('.', ${cut}) > 0, trim(trailing '.' from trim(trailing '0' from ${cut})), ${cut})`;
    if (variant.schemas) return shown;
    return variant.time === 'isostring' ? `concat(${shown}, 'Z')` : undefined;
  };
}

/** Below zero or beyond a day: java.util.Date and ISO texts have no such times. */
const farTime =
  (name: string): CapturedColumn['shown'] =>
  (variant) =>
    ['connect', 'isostring'].includes(variant.time) ? undefined : time(name)(variant);

const text = (name: string) => always(`cast(${name} as char)`);
const bytes =
  (name: string): CapturedColumn['shown'] =>
  ({ schemas, source }: Variant) => {
    if (source?.['binary.handling.mode'] === 'hex') return `lower(hex(${name}))`;
    return schemas ? `hex(${name})` : `to_base64(${name})`;
  };
const geoJson = (name: string) => always(`replace(replace(st_asgeojson(${name}), ': ', ':'), ', ', ',')`);

/** A flattened event, or one without a schema, does not say that its escapes are those of MariaDB. */
function escaped(name: string): CapturedColumn['shown'] {
  return ({ schemas, flattenedBy }) =>
    schemas && flattenedBy === undefined ? `cast(${name} as char)` : `replace(${name}, '\\\\', '\\\\\\\\')`;
}

function column(
  name: string,
  type: string,
  doris: string,
  values: readonly [string, string],
  shown: CapturedColumn['shown'] = text(name),
): CapturedColumn {
  return { name, type, doris, values, shown };
}

export const MARIADB_COLUMNS: readonly CapturedColumn[] = [
  column('c_bool', 'boolean', 'TINYINT', ['true', 'false']),
  column('c_bit1', 'bit(1)', 'BOOLEAN', ["b'1'", "b'0'"], always('cast(c_bit1 + 0 as char)')),
  column('c_bit12', 'bit(12)', 'BIGINT', ["b'101010101010'", "b'1'"], withSchemas('cast(c_bit12 + 0 as char)')),
  column('c_bit64', 'bit(64)', 'LARGEINT', [`b'${'1'.repeat(64)}'`, "b'0'"], withSchemas('cast(c_bit64 + 0 as char)')),
  column('c_tinyint', 'tinyint', 'TINYINT', ['-128', '127']),
  column('c_utinyint', 'tinyint unsigned', 'SMALLINT', ['255', '0']),
  column('c_smallint', 'smallint', 'SMALLINT', ['-32768', '32767']),
  column('c_usmallint', 'smallint unsigned', 'INT', ['65535', '0']),
  column('c_mediumint', 'mediumint', 'INT', ['-8388608', '8388607']),
  column('c_umediumint', 'mediumint unsigned', 'INT', ['16777215', '0']),
  column('c_int', 'int default -5', 'INT', ['-2147483648', '2147483647']),
  column('c_uint', 'int unsigned', 'BIGINT', ['4294967295', '0']),
  column('c_bigint', 'bigint', 'BIGINT', ['-9223372036854775808', '9223372036854775807']),
  // Negative in an event without a schema: nobody says that it is unsigned.
  column(
    'c_ubigint',
    'bigint unsigned',
    'LARGEINT',
    ['18446744073709551615', '9223372036854775808'],
    withSchemas('cast(c_ubigint as char)'),
  ),
  column('c_zerofill', 'int(8) unsigned zerofill', 'BIGINT', ['42', '0'], always('cast(c_zerofill + 0 as char)')),
  column('c_float', 'float', 'FLOAT', ['1.5', '-0.25']),
  column('c_double', 'double', 'DOUBLE', ['2.718281828459045', '-0.5']),
  column('c_decimal', 'decimal(20,4)', 'DECIMAL(20,4)', ['1234567890123456.7891', '-0.0001']),
  column('c_decimal0', 'decimal(10,0) default 42', 'DECIMAL(10,0)', ['9999999999', '0']),
  // More digits than a DECIMAL of Doris has.
  column(
    'c_decimal65',
    'decimal(65,30)',
    'STRING',
    ['12345678901234567890123456789012345.012345678901234567890123456789', '0'],
    ({ schemas, source }) =>
      schemas || source?.['decimal.handling.mode'] === 'string' ? 'cast(c_decimal65 as char)' : undefined,
  ),
  column('c_date', 'date', 'DATE', ["'2024-02-29'", "'1969-12-31'"]),
  column('c_date_far', 'date', 'DATE', ["'1000-01-01'", "'9999-12-31'"], (variant) =>
    variant.time === 'connect' ? undefined : 'cast(c_date_far as char)',
  ),
  column('c_time', 'time', 'STRING', ["'23:59:59'", "'00:00:00'"], time('c_time')),
  column('c_time3', 'time(3)', 'STRING', ["'12:34:56.789'", "'12:34:56.701'"], time('c_time3')),
  column('c_time6', 'time(6)', 'STRING', ["'12:34:56.123456'", "'00:00:00.000001'"], time('c_time6')),
  column('c_time_far', 'time', 'STRING', ["'-00:00:01'", "'838:59:59'"], farTime('c_time_far')),
  column('c_time_far6', 'time(6)', 'STRING', ["'-838:59:58.999999'", "'100:00:00.000001'"], farTime('c_time_far6')),
  column(
    'c_datetime',
    'datetime',
    'DATETIME',
    ["'2024-02-29 12:34:56'", "'1969-12-31 23:59:59'"],
    datetime('c_datetime', 0),
  ),
  column(
    'c_datetime3',
    'datetime(3)',
    'DATETIME(3)',
    ["'2024-02-29 12:34:56.789'", "'1969-12-31 23:59:59.001'"],
    datetime('c_datetime3', 3),
  ),
  column(
    'c_datetime6',
    'datetime(6)',
    'DATETIME(6)',
    ["'2024-02-29 12:34:56.123456'", "'1969-12-31 23:59:59.999999'"],
    datetime('c_datetime6', 6),
  ),
  column(
    'c_datetime_far',
    'datetime(6)',
    'DATETIME(6)',
    ["'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"],
    far(datetime('c_datetime_far', 6)),
  ),
  column(
    'c_timestamp',
    'timestamp null',
    'DATETIME',
    ["'2024-02-29 12:34:56'", "'1970-01-01 00:00:01'"],
    datetime('c_timestamp', 0),
  ),
  column(
    'c_timestamp6',
    'timestamp(6) null',
    'DATETIME(6)',
    ["'2024-02-29 12:34:56.123456'", "'2038-01-19 03:14:07.999999'"],
    (variant) => datetime('c_timestamp6', 6)({ ...variant, time: 'microseconds' }),
  ),
  column('c_year', 'year', 'INT', ['2024', '1901']),
  column('c_char', 'char(5)', 'VARCHAR(20)', ["'abc'", "'äöü'"]),
  column('c_varchar', "varchar(20) default 'it''s' comment 'note; \"q\"'", 'VARCHAR(80)', [
    "'plain'",
    '\'"q" \\\\ 😀\'',
  ]),
  column('c_text', 'text', 'STRING', ["'two\\nlines\\tand a tab'", "''"]),
  column('c_tinytext', 'tinytext', 'STRING', ["'tiny'", "'ß'"]),
  column('c_mediumtext', 'mediumtext', 'STRING', ["'medium'", "''"]),
  column('c_longtext', 'longtext', 'STRING', ["'long'", "''"]),
  column('c_binary', 'binary(4)', 'STRING', ["x'00ff10'", "x'ffffffff'"], bytes('c_binary')),
  column('c_varbinary', 'varbinary(10)', 'STRING', ["x'0078797a'", "''"], bytes('c_varbinary')),
  column('c_blob', 'blob', 'STRING', ["x'deadbeef'", "''"], bytes('c_blob')),
  column('c_enum', "enum('a','b,c','d''e','f\\\\g')", 'STRING', ["'d''e'", "'f\\\\g'"], escaped('c_enum')),
  column('c_set', "set('x','y','z')", 'STRING', ["'x,z'", "''"]),
  column('c_json', 'json', 'STRING', ['\'{"a": 1.50, "b": [1, 12345678901234567890]}\'', "'null'"]),
  column('c_uuid', 'uuid', 'VARCHAR(36)', [
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    "'00000000-0000-0000-0000-000000000000'",
  ]),
  column(
    'c_point',
    'point',
    'STRING',
    ["st_geomfromtext('POINT(1.5 -2.5)')", "st_geomfromtext('POINT(0 0)')"],
    geoJson('c_point'),
  ),
  column(
    'c_geometry',
    'geometry',
    'STRING',
    ["st_geomfromtext('POINT(1 2)')", "st_geomfromtext('LINESTRING(0 0,1 1)')"],
    geoJson('c_geometry'),
  ),
  column(
    'c_line',
    'linestring',
    'STRING',
    ["st_geomfromtext('LINESTRING(0 0,1 1,2 3)')", "st_geomfromtext('LINESTRING(0 0,1 1)')"],
    geoJson('c_line'),
  ),
  column(
    'c_polygon',
    'polygon',
    'STRING',
    [
      "st_geomfromtext('POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,4 2,4 4,2 4,2 2))')",
      "st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))')",
    ],
    geoJson('c_polygon'),
  ),
  column(
    'c_multipoint',
    'multipoint',
    'STRING',
    ["st_geomfromtext('MULTIPOINT(1 1,2 2)')", "st_geomfromtext('MULTIPOINT(0 0)')"],
    geoJson('c_multipoint'),
  ),
  column(
    'c_multiline',
    'multilinestring',
    'STRING',
    ["st_geomfromtext('MULTILINESTRING((0 0,1 1),(2 2,3 3))')", "st_geomfromtext('MULTILINESTRING((0 0,1 1))')"],
    geoJson('c_multiline'),
  ),
  column(
    'c_multipolygon',
    'multipolygon',
    'STRING',
    [
      "st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))')",
      "st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))')",
    ],
    geoJson('c_multipolygon'),
  ),
  column(
    'c_collection',
    'geometrycollection',
    'STRING',
    [
      "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')",
      "st_geomfromtext('GEOMETRYCOLLECTION(POINT(0 0))')",
    ],
    geoJson('c_collection'),
  ),
];
