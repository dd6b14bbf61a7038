/** Tokens with their parentheses matched: what the translation to DuckDB walks over. */

import { syntaxError, type Token } from './lexer.js';

export interface Group {
  readonly open: Token;
  readonly close: Token;
  readonly nodes: readonly Node[];
}

export type Node = Token | Group;

export function isGroup(node: Node | undefined): node is Group {
  return node !== undefined && 'nodes' in node;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

/** @throws DatabaseError 1064 when parentheses or brackets do not match */
export function buildTree(tokens: readonly Token[]): Node[] {
  const root: Node[] = [];
  const open: { token: Token; nodes: Node[] }[] = [];
  for (const token of tokens) {
    const innermost = open.at(-1);
    if (token.keyword in CLOSING) open.push({ token, nodes: [] });
    else if (token.keyword === ')' || token.keyword === ']') {
      if (innermost === undefined || CLOSING[innermost.token.keyword] !== token.keyword) throw syntaxError(token.text);
      open.pop();
      const parent = open.at(-1)?.nodes ?? root;
      parent.push({ open: innermost.token, close: token, nodes: innermost.nodes });
    } else (innermost?.nodes ?? root).push(token);
  }
  const unclosed = open[0];
  if (unclosed !== undefined) throw syntaxError(unclosed.token.text);
  return root;
}

/** The keyword of a token; empty for groups and everything else. */
export function keywordOf(node: Node | undefined): string {
  return node === undefined || isGroup(node) ? '' : node.keyword;
}

export function isName(node: Node | undefined): node is Token & { kind: 'word' | 'quoted' } {
  return node !== undefined && !isGroup(node) && (node.kind === 'word' || node.kind === 'quoted');
}

/** Splits at the commas of this level. */
export function splitAtCommas(nodes: readonly Node[]): Node[][] {
  if (nodes.length === 0) return [];
  const parts: Node[][] = [[]];
  for (const node of nodes) {
    if (keywordOf(node) === ',') parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

/** Where the nodes stand in the source. */
export function sourceText(sql: string, nodes: readonly Node[]): string {
  const first = nodes[0];
  const last = nodes.at(-1);
  if (first === undefined || last === undefined) return '';
  return sql.slice(isGroup(first) ? first.open.start : first.start, isGroup(last) ? last.close.end : last.end);
}
