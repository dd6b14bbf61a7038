/**
 * How the values of change events appear in rows: every logical type of Debezium and of Connect, compiled to a body
 * that writes bytes from bytes. No digit of a number is lost on the way.
 */
import type { Compile, ValueBody } from '../../converters/codec.js';
import { scalarBody } from '../../converters/codec-scalars.js';
import { DECIMAL, type Schema } from '../../data/schema.js';
import type { Dialect } from '../source.js';
import { bitsBody, hexBody, memberBody, unsignedBigintBody, variableScaleDecimalBody } from './data.js';
import { geometryBody } from './geometry.js';
import { type TemporalOptions, temporalBody } from './temporal.js';

export { instantText } from './instant-text.js';
export { zoneOf } from './zone.js';

export interface TypeOptions extends TemporalOptions {
  /** Whose values they are: types of the same name differ between databases. */
  dialect: Dialect;
}

export const VARIABLE_SCALE_DECIMAL = 'io.debezium.data.VariableScaleDecimal';
export const BITS = 'io.debezium.data.Bits';
const GEOMETRY = /^io\.debezium\.data\.geometry\.(Point|Geometry|Geography)$/;

/** The column type in the source, which is there when the connector has `column.propagate.source.type`. */
export function sourceTypeOf(schema: Schema): string | undefined {
  return schema.parameters?.['__debezium.source.column.type']?.toUpperCase();
}

export function isUnsignedBigint(schema: Schema): boolean {
  return schema.type === 'INT64' && schema.name === undefined && /^BIGINT UNSIGNED/.test(sourceTypeOf(schema) ?? '');
}

export function isGeometry(schema: Schema): boolean {
  return schema.type === 'STRUCT' && GEOMETRY.test(schema.name ?? '');
}

/** For `CodecOptions.logicalBody`. */
export function logicalBody(options: TypeOptions) {
  return (schema: Schema, path: string, _compile: Compile): ValueBody | undefined => {
    switch (schema.type) {
      case 'STRUCT':
        if (schema.name === VARIABLE_SCALE_DECIMAL) return variableScaleDecimalBody(schema, path);
        return isGeometry(schema) ? geometryBody(schema, path) : undefined;
      case 'BYTES':
        if (schema.name === DECIMAL) return undefined;
        return schema.name === BITS ? bitsBody(schema, path, options.dialect) : hexBody(schema, path);
      case 'STRING':
        return isEscapedMember(schema, options.dialect)
          ? memberBody(schema, path)
          : temporalBody(schema, path, options);
      case 'INT64':
        if (isUnsignedBigint(schema)) return unsignedBigintBody(schema, path, scalarBody(schema, path));
        return temporalBody(schema, path, options);
      case 'INT32':
        return temporalBody(schema, path, options);
      default:
        return undefined;
    }
  };
}

function isEscapedMember({ name }: Schema, dialect: Dialect): boolean {
  return dialect === 'mysql' && (name === 'io.debezium.data.Enum' || name === 'io.debezium.data.EnumSet');
}
