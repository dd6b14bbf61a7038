/** A table of MySQL with a column of every type: what Debezium sends for each, its column in Doris, and what it holds. */
import { wkbOf } from '../../../connect/debezium/types/wkb-bytes.js';
import { decimalBytes, type FieldSchema, field, id } from './events.js';

interface TypedColumn {
  readonly type: string;
  readonly schema: FieldSchema;
  /** As JSON text: some are no JavaScript numbers. */
  readonly sent: string;
  readonly printed: string;
}

function column(type: string, schema: FieldSchema, sent: unknown, printed = String(sent)): TypedColumn {
  return { type, schema, sent: typeof sent === 'bigint' ? String(sent) : JSON.stringify(sent), printed };
}

function decimal(name: string, digits: bigint, scale: number, printed: string): TypedColumn {
  const parameters = { scale: String(scale), 'connect.decimal.precision': '38' };
  const schema = field(name, 'bytes', { name: 'org.apache.kafka.connect.data.Decimal', version: 1, parameters });
  return column(`DECIMAL(38, ${scale})`, schema, decimalBytes(digits), printed);
}

const named = (name: string, type: string, logical: string) => field(name, type, { name: logical, version: 1 });
const debezium = (name: string, type: string, logical: string) => named(name, type, `io.debezium.${logical}`);

function geometry(name: string, wkb: Buffer, geoJson: object, logical = 'Geometry'): TypedColumn {
  const fields = [
    { field: 'wkb', type: 'bytes', optional: false },
    { field: 'srid', type: 'int32', optional: true },
  ];
  const schema = { ...debezium(name, 'struct', `data.geometry.${logical}`), fields };
  return column('STRING', schema, { wkb: wkb.toString('base64'), srid: null }, JSON.stringify(geoJson));
}

const ENCODING = { littleEndian: true, form: 'ewkb', z: false } as const;
const shape = (name: string, type: string, coordinates: unknown, logical?: string) =>
  geometry(name, wkbOf(type, coordinates, ENCODING), { type, coordinates }, logical);

const SQUARE = [
  [
    [1, 1],
    [2, 1],
    [2, 2],
    [1, 2],
    [1, 1],
  ],
];
const LINE = [
  [3, 0],
  [3, 3],
  [3, 5],
];
/** Two geometries within one, behind the code of such a collection and their number. */
const COLLECTION = Buffer.concat([
  Buffer.from([1, 7, 0, 0, 0, 2, 0, 0, 0]),
  wkbOf('Point', [10, 10], ENCODING),
  wkbOf('LineString', LINE, ENCODING),
]);

const MAX_BIGINT = 2n ** 63n - 1n;

/** Other than in Java: geometry is GeoJSON, not the text of a map, and bytes are told by their hexadecimal digits. */
export const FULL_TYPES: readonly TypedColumn[] = [
  column('INT', id, 1),
  column('TINYINT', field('tiny_c', 'int16'), 127),
  column('SMALLINT', field('tiny_un_c', 'int16'), 255),
  column('SMALLINT', field('tiny_un_z_c', 'int16'), 255),
  column('SMALLINT', field('small_c', 'int16'), 32_767),
  column('INT', field('small_un_c', 'int32'), 65_535),
  column('INT', field('small_un_z_c', 'int32'), 65_535),
  column('INT', field('medium_c', 'int32'), 8_388_607),
  column('INT', field('medium_un_c', 'int32'), 16_777_215),
  column('INT', field('medium_un_z_c', 'int32'), 16_777_215),
  column('INT', field('int_c', 'int32'), 2_147_483_647),
  column('BIGINT', field('int_un_c', 'int64'), 4_294_967_295),
  column('BIGINT', field('int_un_z_c', 'int64'), 4_294_967_295),
  column('INT', field('int11_c', 'int32'), 2_147_483_647),
  column('BIGINT', field('big_c', 'int64'), MAX_BIGINT),
  // Beyond 2^63-1 the source sends the bits of a signed number; only the source's own type tells what they mean.
  column('BIGINT', field('big_un_c', 'int64'), -1),
  column(
    'LARGEINT',
    field('big_un_told_c', 'int64', { parameters: { '__debezium.source.column.type': 'BIGINT UNSIGNED' } }),
    -1,
    String(2n ** 64n - 1n),
  ),
  column('VARCHAR(100)', field('varchar_c', 'string'), 'hello world'),
  column('CHAR(3)', field('char_c', 'string'), 'abc'),
  column('DOUBLE', field('real_c', 'double'), 123.102),
  column('FLOAT', field('float_c', 'float'), 123.102),
  column('FLOAT', field('float_un_c', 'float'), 404.4443),
  column('DOUBLE', field('double_c', 'double'), 123.4567),
  column('DOUBLE', field('double_un_c', 'double'), 404.4444),
  decimal('decimal_c', 1_234_567n, 4, '123.4567'),
  decimal('decimal_un_c', 1_234_568n, 4, '123.4568'),
  decimal('decimal_un_z_c', 1_234_569n, 4, '123.4569'),
  decimal('numeric_c', 346n, 0, '346'),
  decimal('big_decimal_c', 345_678_921n, 1, '34567892.1'),
  decimal('below_zero_c', -12_345_678_901_234_567_890n, 2, '-123456789012345678.90'),
  column('BOOLEAN', field('bit1_c', 'boolean'), false, '0'),
  column('BOOLEAN', field('tiny1_c', 'boolean'), true, '1'),
  column('BOOLEAN', field('boolean_c', 'int16'), 1, '1'),
  column('DATE', debezium('date_c', 'int32', 'time.Date'), 18_460, '2020-07-17'),
  column('STRING', debezium('time_c', 'int64', 'time.MicroTime'), 64_822_000_000, '18:00:22'),
  column('DATETIME', debezium('datetime_c', 'int64', 'time.Timestamp'), 1_595_008_822_000, '2020-07-17 18:00:22'),
  column(
    'DATETIME(6)',
    debezium('datetime6_c', 'int64', 'time.MicroTimestamp'),
    1_595_008_822_123_456,
    '2020-07-17 18:00:22.123456',
  ),
  column(
    'DATETIME',
    debezium('timestamp_c', 'string', 'time.ZonedTimestamp'),
    '2020-07-17T10:00:22Z',
    '2020-07-17 18:00:22',
  ),
  column('STRING', field('text_c', 'string'), 'text'),
  column('STRING', field('blob_c', 'bytes'), Buffer.from([0xca, 0xfe]).toString('base64'), 'CAFE'),
  column('INT', debezium('year_c', 'int32', 'time.Year'), 2021),
  column('STRING', debezium('enum_c', 'string', 'data.Enum'), 'red'),
  column('STRING', debezium('set_c', 'string', 'data.EnumSet'), 'a,b'),
  column('JSON', debezium('json_c', 'string', 'data.Json'), '{"key1":"value1"}'),
  shape('point_c', 'Point', [3, 1], 'Point'),
  shape('geometry_c', 'Polygon', SQUARE),
  shape('linestring_c', 'LineString', LINE),
  shape('polygon_c', 'Polygon', SQUARE),
  shape('multipoint_c', 'MultiPoint', LINE),
  shape('multiline_c', 'MultiLineString', [LINE, SQUARE[0]]),
  shape('multipolygon_c', 'MultiPolygon', [SQUARE, SQUARE]),
  geometry('geometrycollection_c', COLLECTION, {
    type: 'GeometryCollection',
    geometries: [
      { type: 'Point', coordinates: [10, 10] },
      { type: 'LineString', coordinates: LINE },
    ],
  }),
];

/** The row of an event, as JSON text. */
export function fullTypesRow(): string {
  return `{${FULL_TYPES.map(({ schema, sent }) => `${JSON.stringify(schema.field)}:${sent}`).join()}}`;
}
