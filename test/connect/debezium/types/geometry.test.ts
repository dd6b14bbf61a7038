import fc from 'fast-check';
import { geoJsonOf } from '../../../../connect/debezium/types/wkb.js';
import { rowOf } from '../fields.js';
import { type Encoding, wkbOf } from './wkb-bytes.js';

const encodings = fc.record<Encoding>({
  littleEndian: fc.boolean(),
  form: fc.constantFrom('ewkb' as const, 'iso' as const),
  z: fc.boolean(),
});

function geometries(z: boolean): fc.Arbitrary<readonly [string, unknown]> {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
  const point = fc.array(number, { minLength: z ? 3 : 2, maxLength: z ? 3 : 2 });
  const line = fc.array(point, { maxLength: 4 });
  const polygon = fc.array(line, { maxLength: 3 });
  const of = (type: string, coordinates: fc.Arbitrary<unknown>) => fc.tuple(fc.constant(type), coordinates);
  return fc.oneof(
    of('Point', point),
    of('LineString', line),
    of('Polygon', polygon),
    of('MultiPoint', fc.array(point, { maxLength: 3 })),
    of('MultiLineString', polygon),
    of('MultiPolygon', fc.array(polygon, { maxLength: 3 })),
  );
}

test('every geometry is read, in either byte order and both forms of the type code', () => {
  const cases = encodings.chain((encoding) => fc.tuple(fc.constant(encoding), geometries(encoding.z)));
  fc.assert(
    fc.property(cases, ([encoding, [type, coordinates]]) => {
      expect(geoJsonOf(wkbOf(type, coordinates, encoding))).toEqual({ type, coordinates });
    }),
  );
});

test('bytes that are no geometry are told, however they end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const result = geoJsonOf(Buffer.from(bytes));
      expect(result === undefined || typeof result.type === 'string').toBe(true);
    }),
  );
  const point = wkbOf('Point', [1, 2], { littleEndian: true, form: 'ewkb', z: false });
  expect(geoJsonOf(point.subarray(0, -1))).toBeUndefined();
  expect(geoJsonOf(Buffer.concat([point, Buffer.from([0])]))).toBeUndefined();
});

test('EWKB has its reference within, Debezium beside it', () => {
  const ewkb = Buffer.from('0101000020E6100000000000000000F03F0000000000000040', 'hex');
  expect(geoJsonOf(ewkb)).toEqual({ type: 'Point', coordinates: [1, 2] });
  const schema = { type: 'struct', name: 'io.debezium.data.geometry.Geometry', fields: [] };
  expect(rowOf(schema, `{"wkb":"${ewkb.toString('base64')}","srid":4326}`)).toBe(
    JSON.stringify('{"type":"Point","coordinates":[1,2],"srid":4326}'),
  );
});

test('a point may have its coordinates alone, an empty one has none', () => {
  const schema = { type: 'struct', name: 'io.debezium.data.geometry.Point', fields: [] };
  expect(rowOf(schema, '{"x":1.5,"y":-2,"wkb":null,"srid":null}')).toBe(
    JSON.stringify('{"type":"Point","coordinates":[1.5,-2]}'),
  );
  const empty = wkbOf('Point', [Number.NaN, Number.NaN], { littleEndian: true, form: 'iso', z: false });
  expect(geoJsonOf(empty)).toEqual({ type: 'Point', coordinates: [] });
  expect(() => rowOf(schema, '{"wkb":"AAA=","srid":null}')).toThrow('geometry.Point');
});
