/** io.debezium.data.geometry.Point, Geometry and Geography: GeoJSON, as a text. */
import { mismatch, type ValueBody } from '../../converters/codec.js';
import type { StructSchema } from '../../data/schema.js';
import { LEFT_BRACE, QUOTE } from '../../json/bytes.js';
import { decodeString, walkObject } from '../../json/index.js';
import type { RowBuffer } from '../../rows/index.js';
import { decodeBase64, rewriting, writeText } from './rewriting.js';
import { type GeoJson, geoJsonOf } from './wkb.js';

export function geometryBody(schema: StructSchema, path: string): ValueBody {
  return rewriting((source, position, end, out) => {
    if (source[position] !== LEFT_BRACE) throw mismatch(schema, path, source, position, end);
    const after = writeGeometry(source, position, end, out);
    if (after === undefined) throw mismatch(schema, path, source, position, end);
    return after;
  });
}

const MEMBERS: readonly string[] = ['wkb', 'srid', 'x', 'y'];

/**
 * Writes `{"wkb":…,"srid":…}`, with or without x and y, as a JSON string that holds GeoJSON; `srid` is a further member
 * of it where it is known. Undefined, with nothing written, when the object is no geometry.
 */
export function writeGeometry(source: Buffer, position: number, end: number, out: RowBuffer): number | undefined {
  const members = new Map<string, string>();
  let isGeometry = true;
  const after = walkObject(source, position, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    const name = source.toString('latin1', nameStart, nameEnd);
    isGeometry &&= MEMBERS.includes(name);
    members.set(
      name,
      source[valueStart] === QUOTE
        ? decodeString(source, valueStart + 1, valueEnd - 1)
        : source.toString('latin1', valueStart, valueEnd),
    );
  });
  const geometry = isGeometry ? geometryOf(members) : undefined;
  if (geometry === undefined) return undefined;
  const srid = members.get('srid') ?? 'null';
  writeText(JSON.stringify(/^\d+$/.test(srid) ? { ...geometry, srid: Number(srid) } : geometry), out);
  return after;
}

/** A point may come without its binary form. */
function geometryOf(members: ReadonlyMap<string, string>): GeoJson | undefined {
  const wkb = members.get('wkb');
  if (wkb !== undefined && wkb !== 'null') {
    const bytes = decodeBase64(wkb);
    return bytes === undefined ? undefined : geoJsonOf(bytes);
  }
  const coordinates = [Number(members.get('x') ?? Number.NaN), Number(members.get('y') ?? Number.NaN)];
  return coordinates.every(Number.isFinite) ? { type: 'Point', coordinates } : undefined;
}
