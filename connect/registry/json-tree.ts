import { JsonNumber } from '../data/value.js';
import { LEFT_BRACE, LEFT_BRACKET, LOWER_N, LOWER_T, QUOTE } from '../json/bytes.js';
import {
  decodeString,
  integerOf,
  JsonSyntaxError,
  skipBlanks,
  validate,
  walkArray,
  walkObject,
} from '../json/index.js';

/** JSON as a tree in which no digit of a number is lost: schemas hold defaults of 64 bits. */
export type JsonTree = null | boolean | string | bigint | JsonNumber | readonly JsonTree[] | JsonObject;

export type JsonObject = ReadonlyMap<string, JsonTree>;

/** Schemas are not nested deeper than this: what compiles them follows the nesting. */
const MAX_TREE_DEPTH = 200;

/**
 * Reads the JSON text of a schema.
 * @throws JsonSyntaxError
 */
export function parseJsonTree(text: string): JsonTree {
  const source = Buffer.from(text);
  validate(source, 0, source.length);
  const start = skipBlanks(source, 0, source.length);
  let end = source.length;
  while (end > start && skipBlanks(source, end - 1, end) === end) end--;
  return treeOf(source, start, end, 0);
}

export function isObject(node: JsonTree | undefined): node is JsonObject {
  return node instanceof Map;
}

export function isArray(node: JsonTree | undefined): node is readonly JsonTree[] {
  return Array.isArray(node);
}

/** The text of a string; undefined for everything else. */
export function textOf(node: JsonTree | undefined): string | undefined {
  return typeof node === 'string' ? node : undefined;
}

/** An integer that a number holds exactly; undefined for everything else. */
export function smallIntegerOf(node: JsonTree | undefined): number | undefined {
  const value = typeof node === 'bigint' ? Number(node) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The tree as JSON again, without white space. */
export function jsonText(node: JsonTree): string {
  if (node instanceof JsonNumber) return node.text;
  if (isArray(node)) return `[${node.map(jsonText).join(',')}]`;
  if (isObject(node)) {
    return `{${[...node].map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`;
  }
  return typeof node === 'bigint' ? node.toString() : JSON.stringify(node);
}

function treeOf(source: Buffer, start: number, end: number, depth: number): JsonTree {
  if (depth > MAX_TREE_DEPTH) throw new JsonSyntaxError(start, `nested deeper than ${MAX_TREE_DEPTH} levels`);
  switch (source[start]) {
    case LEFT_BRACE: {
      const members = new Map<string, JsonTree>();
      walkObject(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
        members.set(decodeString(source, nameStart, nameEnd), treeOf(source, valueStart, valueEnd, depth + 1));
      });
      return members;
    }
    case LEFT_BRACKET: {
      const elements: JsonTree[] = [];
      walkArray(source, start, end, (valueStart, valueEnd) => {
        elements.push(treeOf(source, valueStart, valueEnd, depth + 1));
      });
      return elements;
    }
    case QUOTE:
      return decodeString(source, start + 1, end - 1);
    case LOWER_N:
      return null;
    default:
      return scalarOf(source.toString('latin1', start, end), source[start] === LOWER_T);
  }
}

function scalarOf(text: string, isTrue: boolean): JsonTree {
  if (isTrue || text === 'false') return isTrue;
  const plain = /^-?\d+$/.test(text) ? integerOf(text) : undefined;
  return plain ?? new JsonNumber(text);
}
