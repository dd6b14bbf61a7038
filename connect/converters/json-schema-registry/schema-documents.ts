import { isArray, isObject, type JsonTree, parseJsonTree, textOf } from '../../registry/json-tree.js';
import { recordInvalid } from '../invalid.js';

/** A part of a schema and the document that its references start from. */
export interface SchemaNode {
  readonly tree: JsonTree;
  readonly document: JsonTree;
}

/** The text of a JSON Schema and of those that it refers to by name. */
export interface JsonSchemaSource {
  readonly schemaText: string;
  readonly references?: readonly { readonly name: string; readonly text: string }[];
}

/** Finds what a `$ref` refers to: in the same document, by the name of a reference, or by the `$id` of one. */
export class SchemaDocuments {
  readonly root: SchemaNode;
  readonly #named = new Map<string, JsonTree>();

  /** @throws SluiceError RECORD_INVALID when a text is no JSON */
  constructor({ schemaText, references = [] }: JsonSchemaSource) {
    const tree = parse(schemaText);
    this.root = { tree, document: tree };
    for (const { name, text } of references) {
      const document = parse(text);
      this.#named.set(name, document);
      const id = idOf(document);
      if (id !== undefined) this.#named.set(id, document);
    }
    const id = idOf(tree);
    if (id !== undefined) this.#named.set(id, tree);
  }

  /** @throws SluiceError RECORD_INVALID when there is no such thing */
  resolve(reference: string, from: SchemaNode): SchemaNode {
    const hash = reference.indexOf('#');
    const name = hash < 0 ? reference : reference.slice(0, hash);
    const fragment = hash < 0 ? '' : reference.slice(hash + 1);
    const document = name === '' ? from.document : this.#documentOf(name, from.document);
    const tree = document === undefined ? undefined : find(document, fragment);
    if (document === undefined || tree === undefined) throw unusable(`$ref ${JSON.stringify(reference)} leads nowhere`);
    return { tree, document };
  }

  #documentOf(name: string, from: JsonTree): JsonTree | undefined {
    const exact = this.#named.get(name);
    if (exact !== undefined) return exact;
    const base = idOf(from);
    if (base === undefined || !URL.canParse(name, base)) return undefined;
    return this.#named.get(new URL(name, base).href);
  }
}

function parse(text: string): JsonTree {
  try {
    return parseJsonTree(text);
  } catch (error) {
    throw unusable(`it is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

function idOf(document: JsonTree): string | undefined {
  if (!isObject(document)) return undefined;
  return (textOf(document.get('$id')) ?? textOf(document.get('id')))?.replace(/#$/, '');
}

/** By JSON Pointer (RFC 6901), or by the `$anchor` of a definition. */
function find(document: JsonTree, fragment: string): JsonTree | undefined {
  if (fragment === '') return document;
  if (!fragment.startsWith('/')) return findAnchor(document, fragment);
  let tree: JsonTree | undefined = document;
  for (const part of decodeURIComponent(fragment).slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isObject(tree)) tree = tree.get(key);
    else if (isArray(tree)) tree = tree[Number(key)];
    else return undefined;
  }
  return tree;
}

function findAnchor(tree: JsonTree, anchor: string): JsonTree | undefined {
  if (isArray(tree)) return tree.map((item) => findAnchor(item, anchor)).find((found) => found !== undefined);
  if (!isObject(tree)) return undefined;
  if (tree.get('$anchor') === anchor || tree.get('$id') === `#${anchor}`) return tree;
  return [...tree.values()].map((value) => findAnchor(value, anchor)).find((found) => found !== undefined);
}

/** A schema that is wrong or has no form in Connect. */
export function unusable(what: string): Error {
  return recordInvalid(`The JSON schema cannot be used: ${what}.`, 'Correct the schema that the producer registered.');
}
