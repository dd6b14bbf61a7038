/**
 * Well-known binary of geometries (OGC 06-103r4, with the flags of PostGIS' EWKB) as GeoJSON (RFC 7946). Coordinates
 * beyond x, y and z, which GeoJSON does not know, are left out.
 */

const Z_FLAG = 0x80000000;
const M_FLAG = 0x40000000;
const SRID_FLAG = 0x20000000;

/** Geometry collections nested deeper than this are refused. */
const MAX_DEPTH = 32;

const POINT = 1;
const LINE_STRING = 2;
const POLYGON = 3;
const MULTI_POINT = 4;
const MULTI_LINE_STRING = 5;
const MULTI_POLYGON = 6;
const GEOMETRY_COLLECTION = 7;

const NAMES: Readonly<Record<number, string>> = {
  [POINT]: 'Point',
  [LINE_STRING]: 'LineString',
  [POLYGON]: 'Polygon',
  [MULTI_POINT]: 'MultiPoint',
  [MULTI_LINE_STRING]: 'MultiLineString',
  [MULTI_POLYGON]: 'MultiPolygon',
  [GEOMETRY_COLLECTION]: 'GeometryCollection',
};

export interface GeoJson {
  readonly type: string;
  readonly coordinates?: unknown;
  readonly geometries?: readonly GeoJson[];
}

/** The geometry as a GeoJSON object, without its spatial reference; undefined when the bytes are no geometry. */
export function geoJsonOf(wkb: Buffer): GeoJson | undefined {
  try {
    const reader = new WkbReader(wkb);
    const geometry = reader.geometry(0);
    return reader.atEnd ? geometry : undefined;
  } catch (error) {
    if (error instanceof NoGeometry) return undefined;
    throw error;
  }
}

/** Bytes that end too early, or mean nothing. */
class NoGeometry extends Error {}

class WkbReader {
  #position = 0;
  #littleEndian = true;
  #dimensions = 2;
  #hasZ = false;

  constructor(private readonly bytes: Buffer) {}

  get atEnd(): boolean {
    return this.#position === this.bytes.length;
  }

  geometry(depth: number): GeoJson {
    if (depth > MAX_DEPTH) throw new NoGeometry('nested too deep');
    const kind = this.#header();
    const type = NAMES[kind];
    if (type === undefined) throw new NoGeometry(`unknown geometry ${kind}`);
    if (kind === GEOMETRY_COLLECTION) return { type, geometries: this.#many(() => this.geometry(depth + 1)) };
    return { type, coordinates: this.#coordinates(kind, depth) };
  }

  #coordinates(kind: number, depth: number): unknown {
    switch (kind) {
      case POINT:
        return this.#point();
      case LINE_STRING:
        return this.#many(() => this.#point());
      case POLYGON:
        return this.#many(() => this.#many(() => this.#point()));
      default:
        return this.#many(() => this.geometry(depth + 1).coordinates);
    }
  }

  /** The byte order and the kind; in EWKB the flags are in its upper bits, in ISO WKB it is 1000, 2000 or 3000 more. */
  #header(): number {
    this.#littleEndian = this.#byte() === 1;
    const code = this.#uint32();
    const iso = Math.floor((code & 0xffff) / 1000);
    this.#hasZ = (code & Z_FLAG) !== 0 || iso === 1 || iso === 3;
    const hasM = (code & M_FLAG) !== 0 || iso === 2 || iso === 3;
    this.#dimensions = 2 + (this.#hasZ ? 1 : 0) + (hasM ? 1 : 0);
    if ((code & SRID_FLAG) !== 0) this.#uint32();
    return (code & 0xffff) % 1000;
  }

  /** Empty points are coordinates that are no numbers. */
  #point(): number[] {
    const values = Array.from({ length: this.#dimensions }, () => this.#double());
    return values.slice(0, this.#hasZ ? 3 : 2).filter((value) => Number.isFinite(value));
  }

  #many<T>(read: () => T): T[] {
    const count = this.#uint32();
    // Each part takes four bytes at least: a count beyond that is no count.
    if (count * 4 > this.bytes.length - this.#position) throw new NoGeometry(`count ${count}`);
    return Array.from({ length: count }, read);
  }

  #byte(): number {
    return this.bytes.readUInt8(this.#take(1));
  }

  #uint32(): number {
    const at = this.#take(4);
    return this.#littleEndian ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  #double(): number {
    const at = this.#take(8);
    return this.#littleEndian ? this.bytes.readDoubleLE(at) : this.bytes.readDoubleBE(at);
  }

  /** Where the next bytes begin, so many of which there are. */
  #take(sizeBytes: number): number {
    const at = this.#position;
    this.#position += sizeBytes;
    if (this.#position > this.bytes.length) throw new NoGeometry(`${sizeBytes} bytes at ${at}`);
    return at;
  }
}
