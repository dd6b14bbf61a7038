/** The JSON paths of `jsonpaths` and `json_root`: `$`, `$.a.b`, `$.list[0]`, `$["odd name"]`. */
import type { JsonNode } from '../json.js';
import { DatabaseError } from '../model.js';

export type JsonPath = readonly (string | number)[];

const STEP = /\.(?:"([^"]*)"|([^.[\]"]+))|\[(\d+)\]|\[(?:"([^"]*)"|'([^']*)')\]/y;

/** Throws DatabaseError when the text is no path. */
export function parseJsonPath(text: string): JsonPath {
  const path: (string | number)[] = [];
  STEP.lastIndex = text.startsWith('$') ? 1 : text.length + 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) break;
    path.push(match[3] === undefined ? (match[1] ?? match[2] ?? match[4] ?? match[5] ?? '') : Number(match[3]));
    if (STEP.lastIndex === text.length) return path;
  }
  if (text !== '$') throw new DatabaseError(`Invalid json path: ${text}`);
  return path;
}

/** The node at a path; undefined where the document has none. */
export function nodeAt(root: JsonNode, path: JsonPath): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    if (node?.kind === 'array' && typeof step === 'number') node = node.items[step];
    else if (node?.kind === 'object') node = node.members.find(([name]) => name === String(step))?.[1];
    else return undefined;
  }
  return node;
}

/** The text that a column is cast from, as `readField` of json-row.ts gives it. */
export function fieldText(node: JsonNode | undefined): string | null | undefined {
  if (node === undefined) return undefined;
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
      return node.value ? '1' : '0';
    case 'string':
      return node.value;
    default:
      return node.text;
  }
}
