/** Defaults of columns, as the texts that rows would have for them. */
import { compileCodec } from '../converters/codec-compile.js';
import type { Schema } from '../data/schema.js';
import { SluiceError } from '../errors.js';
import type { Dialect } from './source.js';
import { logicalBody, zoneOf } from './types/index.js';

/**
 * The default of a field without the quotes of JSON; undefined where it has none, or one that is no value of a row
 * (such as a date beyond the calendar).
 */
export function defaultText(schema: Schema, dialect: Dialect): string | undefined {
  if (schema.defaultJson === undefined) return undefined;
  try {
    const codec = compileCodec(schema, 'default', {
      replaceNullWithDefault: true,
      logicalBody: logicalBody({ dialect, zone: zoneOf('UTC'), outOfRange: 'fail' }),
    });
    const json = codec.nullText?.toString();
    return json?.startsWith('"') ? (JSON.parse(json) as string) : json;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
