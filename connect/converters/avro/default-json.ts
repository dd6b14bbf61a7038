import { DECIMAL, type Schema } from '../../data/schema.js';
import { JsonNumber } from '../../data/value.js';
import { decimalText } from '../../json/index.js';
import { isArray, isObject, type JsonTree, jsonText } from '../../registry/json-tree.js';
import { bigEndianInteger } from '../binary/json-writers.js';
import type { AvroSchema } from './avro-schema.js';
import { branchName, soleBranch } from './connect-schema.js';
import type { AvroOptions } from './options.js';

/**
 * A default of an Avro schema as JSON in Connect's form; undefined where there is none, where it is null, and where it
 * is not of the type: Connect passes over wrong defaults too.
 */
export function defaultJsonOf(
  avro: AvroSchema,
  schema: Schema,
  value: JsonTree | undefined,
  options: AvroOptions,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  switch (avro.type) {
    case 'null':
      return undefined;
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'int':
    case 'long':
      return typeof value === 'bigint' ? value.toString() : undefined;
    case 'float':
    case 'double':
      return typeof value === 'bigint' || value instanceof JsonNumber ? jsonText(value) : undefined;
    case 'string':
    case 'enum':
      return typeof value === 'string' ? JSON.stringify(value) : undefined;
    case 'bytes':
    case 'fixed':
      return typeof value === 'string' ? bytesJson(schema, Buffer.from(value, 'latin1')) : undefined;
    case 'array':
      return schema.type === 'ARRAY' && isArray(value)
        ? joined(
            '[',
            value.map((item) => memberJson(avro.items, schema.items, item, options)),
            ']',
          )
        : undefined;
    case 'map': {
      if (schema.type !== 'MAP' || !isObject(value)) return undefined;
      const members = [...value].map(([key, item]) =>
        prefixed(key, memberJson(avro.values, schema.values, item, options)),
      );
      return joined('{', members, '}');
    }
    case 'record':
      return isObject(value) && schema.type === 'STRUCT' ? recordJson(avro, schema, value, options) : undefined;
    case 'union':
      return unionJson(avro.branches, schema, value, options);
  }
}

function recordJson(
  avro: AvroSchema & { type: 'record' },
  schema: Schema & { type: 'STRUCT' },
  value: ReadonlyMap<string, JsonTree>,
  options: AvroOptions,
): string | undefined {
  const members = avro.fields.map((field) => {
    const given = value.get(field.name) ?? field.defaultValue;
    const fieldSchema = schema.fields.find(({ name }) => name === field.name)?.schema;
    return prefixed(
      field.name,
      fieldSchema === undefined ? undefined : memberJson(field.schema, fieldSchema, given, options),
    );
  });
  return joined('{', members, '}');
}

/** The default of a union is of its first branch. */
function unionJson(
  branches: readonly AvroSchema[],
  schema: Schema,
  value: JsonTree,
  options: AvroOptions,
): string | undefined {
  const sole = soleBranch(branches, options);
  if (sole !== undefined) return defaultJsonOf(sole, schema, value, options);
  const [first] = branches;
  if (schema.type !== 'STRUCT' || first === undefined) return undefined;
  const chosen = branchName(first, 0, options);
  return joined(
    '{',
    schema.fields.map((field) =>
      prefixed(field.name, field.name === chosen ? defaultJsonOf(first, field.schema, value, options) : 'null'),
    ),
    '}',
  );
}

/** A value inside a default, where null has to be written. */
function memberJson(
  avro: AvroSchema,
  schema: Schema,
  value: JsonTree | undefined,
  options: AvroOptions,
): string | undefined {
  if (value === null || value === undefined) return schema.optional ? 'null' : undefined;
  return defaultJsonOf(avro, schema, value, options);
}

function bytesJson(schema: Schema, bytes: Buffer): string {
  if (schema.name !== DECIMAL) return JSON.stringify(bytes.toString('base64'));
  return decimalText(bigEndianInteger(bytes, 0, bytes.length), Number(schema.parameters?.scale ?? 0));
}

function prefixed(name: string, json: string | undefined): string | undefined {
  return json === undefined ? undefined : `${JSON.stringify(name)}:${json}`;
}

function joined(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}
