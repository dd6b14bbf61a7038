import {
  isArray,
  isObject,
  type JsonObject,
  type JsonTree,
  parseJsonTree,
  smallIntegerOf,
  textOf,
} from '../../registry/json-tree.js';
import { recordInvalid } from '../invalid.js';

/**
 * The text of Avro schemas, read into objects with every name resolved (Avro specification 1.12, "Schema Declaration").
 * A recursive record is an object that holds itself.
 */

export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

interface Properties {
  /** All attributes of the schema as written, among them the ones that Connect adds. */
  readonly attributes: JsonObject;
}

export interface AvroField {
  readonly name: string;
  readonly schema: AvroSchema;
  readonly doc: string | undefined;
  /** Undefined where the field has none; null where it is null. */
  readonly defaultValue: JsonTree | undefined;
  readonly attributes: JsonObject;
}

export interface AvroRecord extends Properties {
  readonly type: 'record';
  readonly fullName: string;
  readonly fields: AvroField[];
}

export interface AvroEnum extends Properties {
  readonly type: 'enum';
  readonly fullName: string;
  readonly symbols: readonly string[];
}

export interface AvroFixed extends Properties {
  readonly type: 'fixed';
  readonly fullName: string;
  readonly sizeBytes: number;
}

export type AvroNamed = AvroRecord | AvroEnum | AvroFixed;

export type AvroSchema =
  | AvroNamed
  | (Properties & { readonly type: AvroPrimitive })
  | (Properties & { readonly type: 'array'; readonly items: AvroSchema })
  | (Properties & { readonly type: 'map'; readonly values: AvroSchema })
  | (Properties & { readonly type: 'union'; readonly branches: readonly AvroSchema[] });

const PRIMITIVES: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] satisfies AvroPrimitive[]);

const NO_ATTRIBUTES: JsonObject = new Map();
const MAX_FIXED_BYTES = 1 << 30;

/**
 * Reads a schema.
 * @param references the texts of schemas whose names it uses, each after those that it uses itself
 * @throws SluiceError RECORD_INVALID when a text is no Avro schema
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroSchema {
  const names = new Map<string, AvroNamed>();
  for (const reference of references) parseText(reference, names);
  return parseText(text, names);
}

/** The part of a full name after its namespace. */
export function simpleName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

function parseText(text: string, names: Map<string, AvroNamed>): AvroSchema {
  let tree: JsonTree;
  try {
    tree = parseJsonTree(text);
  } catch (error) {
    // A registry may keep the schema of a primitive as the bare word.
    if (PRIMITIVES.has(text.trim())) return { type: text.trim() as AvroPrimitive, attributes: NO_ATTRIBUTES };
    throw invalid(`it is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  return parse(tree, '', names);
}

function parse(tree: JsonTree | undefined, namespace: string, names: Map<string, AvroNamed>): AvroSchema {
  if (typeof tree === 'string') return named(tree, namespace, names, NO_ATTRIBUTES);
  if (isArray(tree)) {
    const branches = tree.map((branch) => parse(branch, namespace, names));
    if (branches.some(({ type }) => type === 'union')) throw invalid('a union directly holds another union');
    return { type: 'union', branches, attributes: NO_ATTRIBUTES };
  }
  if (!isObject(tree)) throw invalid('a type is missing, or is neither a name, an object nor an array');
  const type = tree.get('type');
  switch (type) {
    case 'record':
    case 'error':
      return parseRecord(tree, namespace, names);
    case 'enum':
      return parseEnum(tree, namespace, names);
    case 'fixed':
      return parseFixed(tree, namespace, names);
    case 'array':
      return { type, items: parse(tree.get('items'), namespace, names), attributes: tree };
    case 'map':
      return { type, values: parse(tree.get('values'), namespace, names), attributes: tree };
    default:
      return typeof type === 'string' ? named(type, namespace, names, tree) : parse(type, namespace, names);
  }
}

/** A primitive, or a type that was defined before; a name without a dot is first looked for in the namespace around. */
function named(name: string, namespace: string, names: Map<string, AvroNamed>, attributes: JsonObject): AvroSchema {
  if (PRIMITIVES.has(name)) return { type: name as AvroPrimitive, attributes };
  const found = names.get(qualified(name, namespace)) ?? names.get(name);
  if (found === undefined) throw invalid(`the type ${JSON.stringify(name)} is not defined`);
  return found;
}

function qualified(name: string, namespace: string): string {
  return namespace === '' || name.includes('.') ? name : `${namespace}.${name}`;
}

function fullNameOf(tree: JsonObject, namespace: string): string {
  const name = textOf(tree.get('name'));
  if (name === undefined || name === '') throw invalid(`a ${textOf(tree.get('type'))} has no name`);
  return qualified(name, textOf(tree.get('namespace')) ?? namespace);
}

function define<T extends AvroNamed>(schema: T, names: Map<string, AvroNamed>): T {
  if (names.has(schema.fullName)) throw invalid(`the type ${JSON.stringify(schema.fullName)} is defined twice`);
  names.set(schema.fullName, schema);
  return schema;
}

function parseRecord(tree: JsonObject, around: string, names: Map<string, AvroNamed>): AvroRecord {
  const fullName = fullNameOf(tree, around);
  const namespace = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
  const fields: AvroField[] = [];
  // Known by its name before its fields are read: they may be of this very type.
  const record = define({ type: 'record', fullName, fields, attributes: tree } satisfies AvroRecord, names);
  const listed = tree.get('fields');
  if (!isArray(listed)) throw invalid(`the record ${fullName} has no fields`);
  const seen = new Set<string>();
  for (const field of listed) {
    const name = isObject(field) ? textOf(field.get('name')) : undefined;
    if (!isObject(field) || name === undefined) throw invalid(`a field of the record ${fullName} has no name`);
    if (seen.has(name)) throw invalid(`the record ${fullName} has the field ${JSON.stringify(name)} twice`);
    seen.add(name);
    fields.push({
      name,
      schema: parse(field.get('type'), namespace, names),
      doc: textOf(field.get('doc')),
      defaultValue: field.get('default'),
      attributes: field,
    });
  }
  return record;
}

function parseEnum(tree: JsonObject, namespace: string, names: Map<string, AvroNamed>): AvroEnum {
  const fullName = fullNameOf(tree, namespace);
  const symbols = tree.get('symbols');
  if (!isArray(symbols) || !symbols.every((symbol) => typeof symbol === 'string')) {
    throw invalid(`the enum ${fullName} has no symbols`);
  }
  return define({ type: 'enum', fullName, symbols, attributes: tree }, names);
}

function parseFixed(tree: JsonObject, namespace: string, names: Map<string, AvroNamed>): AvroFixed {
  const fullName = fullNameOf(tree, namespace);
  const sizeBytes = smallIntegerOf(tree.get('size'));
  if (sizeBytes === undefined || sizeBytes < 0 || sizeBytes > MAX_FIXED_BYTES) {
    throw invalid(`the fixed ${fullName} has no size`);
  }
  return define({ type: 'fixed', fullName, sizeBytes, attributes: tree }, names);
}

function invalid(what: string): Error {
  return recordInvalid(`The Avro schema cannot be used: ${what}.`, 'Correct the schema that the producer registered.');
}
