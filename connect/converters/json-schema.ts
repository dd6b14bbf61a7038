import { type PrimitiveType, physicalTypeOf, type Schema } from '../data/schema.js';
import { LEFT_BRACE, LEFT_BRACKET, QUOTE } from '../json/bytes.js';
import { decodeString, walkArray, walkObject } from '../json/index.js';
import { recordInvalid } from './invalid.js';

/** Schemas nested deeper than this are refused: encoders follow the nesting of the schema. */
const MAX_SCHEMA_DEPTH = 100;

const PRIMITIVES: Readonly<Record<string, PrimitiveType>> = {
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float: 'FLOAT32',
  double: 'FLOAT64',
  boolean: 'BOOLEAN',
  string: 'STRING',
  bytes: 'BYTES',
};

interface Span {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the `schema` part of a message of Connect's JsonConverter, which a scan has found to be well-formed JSON.
 * The names and the messages are those of JsonConverter.asConnectSchema (org.apache.kafka.connect.json).
 * @returns null for a `null` schema
 * @throws SluiceError RECORD_INVALID
 */
export function parseJsonSchema(source: Buffer, start: number, end: number): Schema | null {
  const schema = { source, start, end };
  return isNull(schema) ? null : parse(schema, 0);
}

function parse(span: Span, depth: number): Schema {
  if (depth > MAX_SCHEMA_DEPTH) throw schemaInvalid(`The schema is nested deeper than ${MAX_SCHEMA_DEPTH} levels`);
  const members = membersOf(span);
  const type = textOf(members.get('type'));
  if (type === undefined) throw schemaInvalid("Schema must contain 'type' field");
  const schema: Schema = { ...parseType(type, members, depth), ...parseAttributes(members) };
  const physicalType = physicalTypeOf(schema.name);
  if (physicalType !== undefined && physicalType !== schema.type) {
    throw schemaInvalid(`The logical type ${schema.name} is stored as ${physicalType}, not as ${schema.type}`);
  }
  return schema;
}

function parseType(type: string, members: ReadonlyMap<string, Span>, depth: number): Schema {
  const optional = jsonOf(members.get('optional')) === 'true';
  switch (type) {
    case 'struct':
      return { type: 'STRUCT', optional, fields: parseFields(members.get('fields'), depth) };
    case 'array':
      return { type: 'ARRAY', optional, items: parsePart(members, 'items', 'Array', 'element type', depth) };
    case 'map':
      return {
        type: 'MAP',
        optional,
        keys: parsePart(members, 'keys', 'Map', 'key type', depth),
        values: parsePart(members, 'values', 'Map', 'value type', depth),
      };
    default: {
      const primitive = Object.hasOwn(PRIMITIVES, type) ? PRIMITIVES[type] : undefined;
      if (primitive === undefined) throw schemaInvalid(`Unknown schema type: ${type}`);
      return { type: primitive, optional };
    }
  }
}

function parsePart(
  members: ReadonlyMap<string, Span>,
  member: string,
  owner: string,
  part: string,
  depth: number,
): Schema {
  const span = members.get(member);
  if (span === undefined || isNull(span)) throw schemaInvalid(`${owner} schema did not specify the ${part}`);
  return parse(span, depth + 1);
}

function parseFields(span: Span | undefined, depth: number) {
  if (span === undefined || span.source[span.start] !== LEFT_BRACKET) {
    throw schemaInvalid(`Struct schema's "fields" argument is not an array.`);
  }
  const { source } = span;
  const fields: { name: string; schema: Schema }[] = [];
  const names = new Set<string>();
  walkArray(source, span.start, span.end, (start, end) => {
    const field = { source, start, end };
    const name = textOf(membersOf(field).get('field'));
    if (name === undefined) throw schemaInvalid("Struct schema's field name not specified properly");
    if (names.has(name)) throw schemaInvalid(`Cannot create field because of field name duplication ${name}`);
    names.add(name);
    fields.push({ name, schema: parse(field, depth + 1) });
  });
  return fields;
}

function parseAttributes(members: ReadonlyMap<string, Span>) {
  const name = textOf(members.get('name'));
  const doc = textOf(members.get('doc'));
  const version = jsonOf(members.get('version'));
  const parameters = members.get('parameters');
  const defaultJson = jsonOf(members.get('default'));
  return {
    ...(name === undefined ? {} : { name }),
    ...(doc === undefined ? {} : { doc }),
    ...(version === undefined || !/^-?\d{1,10}$/.test(version) ? {} : { version: Number(version) }),
    ...(parameters?.source[parameters.start] === LEFT_BRACE ? { parameters: parseParameters(parameters) } : {}),
    ...(defaultJson === undefined || defaultJson === 'null' ? {} : { defaultJson }),
  };
}

function parseParameters(span: Span): Readonly<Record<string, string>> {
  const entries = [...membersOf(span)].map(([name, value]): [string, string] => {
    const text = textOf(value);
    if (text === undefined) throw schemaInvalid('Schema parameters must have string values.');
    return [name, text];
  });
  return Object.fromEntries(entries);
}

/** The members of an object; no members where it is something else. */
function membersOf({ source, start, end }: Span): Map<string, Span> {
  const members = new Map<string, Span>();
  if (source[start] !== LEFT_BRACE) return members;
  walkObject(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    members.set(decodeString(source, nameStart, nameEnd), { source, start: valueStart, end: valueEnd });
  });
  return members;
}

function textOf(span: Span | undefined): string | undefined {
  if (span === undefined || span.source[span.start] !== QUOTE) return undefined;
  return decodeString(span.source, span.start + 1, span.end - 1);
}

function jsonOf(span: Span | undefined): string | undefined {
  return span?.source.toString('utf8', span.start, span.end);
}

function isNull(span: Span): boolean {
  return jsonOf(span) === 'null';
}

function schemaInvalid(message: string): Error {
  return recordInvalid(message, 'Correct the schema that the producer puts into its messages.');
}
