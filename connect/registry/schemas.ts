import { isArray, isObject, type JsonTree, parseJsonTree, smallIntegerOf, textOf } from './json-tree.js';

export type SchemaType = 'AVRO' | 'PROTOBUF' | 'JSON';

/** Another schema that a schema uses: in Avro by a full name, in Protobuf as an import, in JSON Schema as a `$ref`. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema as the registry keeps it. */
export interface RegisteredSchema {
  readonly type: SchemaType;
  readonly text: string;
  readonly references: readonly SchemaReference[];
}

/** A schema with all that it refers to, each before those that refer to it. */
export interface ResolvedSchema extends RegisteredSchema {
  readonly resolved: readonly { readonly name: string; readonly text: string }[];
}

const TYPES: readonly SchemaType[] = ['AVRO', 'PROTOBUF', 'JSON'];

/** Reads what the registry answers for a schema; undefined when it is something else. */
export function readRegisteredSchema(body: string): RegisteredSchema | undefined {
  const tree = treeOf(body);
  if (!isObject(tree)) return undefined;
  const text = textOf(tree.get('schema'));
  // Registries leave the type out where it is Avro, the first that there was.
  const given = textOf(tree.get('schemaType')) ?? 'AVRO';
  const type = TYPES.find((known) => known === given);
  if (text === undefined || type === undefined) return undefined;
  return { type, text, references: readReferences(tree.get('references')) };
}

/** The number and the words of an error that the registry answers with. */
export function readRegistryError(body: string): { code: number; message: string } | undefined {
  const tree = treeOf(body);
  if (!isObject(tree)) return undefined;
  const code = smallIntegerOf(tree.get('error_code'));
  return code === undefined ? undefined : { code, message: textOf(tree.get('message')) ?? '' };
}

function readReferences(tree: JsonTree | undefined): SchemaReference[] {
  if (!isArray(tree)) return [];
  return tree.flatMap((reference) => {
    if (!isObject(reference)) return [];
    const name = textOf(reference.get('name'));
    const subject = textOf(reference.get('subject'));
    const version = smallIntegerOf(reference.get('version'));
    return name === undefined || subject === undefined || version === undefined ? [] : [{ name, subject, version }];
  });
}

function treeOf(body: string): JsonTree | undefined {
  try {
    return parseJsonTree(body);
  } catch {
    return undefined;
  }
}
