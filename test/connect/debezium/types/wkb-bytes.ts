const KINDS = ['', 'Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon'];

export interface Encoding {
  readonly littleEndian: boolean;
  readonly form: 'ewkb' | 'iso';
  readonly z: boolean;
}

/** Well-known binary of a GeoJSON geometry: an encoder to test the decoder with. */
export function wkbOf(type: string, coordinates: unknown, { littleEndian, form, z }: Encoding): Buffer {
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const double = (value: number) => {
    const bytes = Buffer.alloc(8);
    if (littleEndian) bytes.writeDoubleLE(value);
    else bytes.writeDoubleBE(value);
    return bytes;
  };
  const point = (values: unknown): Buffer => Buffer.concat((values as number[]).map(double));
  const many = (values: unknown, write: (value: unknown) => Buffer): Buffer => {
    const list = values as unknown[];
    return Buffer.concat([uint32(list.length), ...list.map(write)]);
  };
  const geometry = (kind: number, values: unknown): Buffer => {
    const code = form === 'iso' ? kind + (z ? 1000 : 0) : (kind | (z ? 0x80000000 : 0)) >>> 0;
    return Buffer.concat([Buffer.from([littleEndian ? 1 : 0]), uint32(code), body(kind, values)]);
  };
  const body = (kind: number, values: unknown): Buffer => {
    if (kind === 1) return point(values);
    if (kind === 2) return many(values, point);
    if (kind === 3) return many(values, (ring) => many(ring, point));
    return many(values, (part) => geometry(kind - 3, part));
  };
  return geometry(KINDS.indexOf(type), coordinates);
}
