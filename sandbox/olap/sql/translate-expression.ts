/** Expressions in MySQL's spelling, written again for DuckDB. */

import { duckdbType, quoteIdentifier, quoteLiteral } from '../types.js';
import { parseColumnType } from './column-type.js';
import { FUNCTIONS } from './functions.js';
import { syntaxError, type Token } from './lexer.js';
import { TokenReader } from './reader.js';
import { type Group, isGroup, keywordOf, type Node, sourceText, splitAtCommas } from './tree.js';

export interface ExpressionScope {
  /** The statement's text. */
  readonly sql: string;
  /** The value of `@name` or `@@name`; null is NULL. @throws DatabaseError for an unknown system variable */
  variable(token: Token): string | null;
  /** Functions without arguments that depend on the session: `DATABASE()`, `NOW()`; as a DuckDB expression. */
  sessionFunction(name: string): string | undefined;
  /** Translates a query inside parentheses. */
  query(nodes: readonly Node[]): string;
}

/** Operators by the word or symbol that MySQL writes. */
const OPERATORS: Readonly<Record<string, string>> = {
  '&&': 'AND',
  '||': 'OR',
  '<=>': 'IS NOT DISTINCT FROM',
  '!': 'NOT',
  DIV: '//',
  MOD: '%',
  RLIKE: 'REGEXP',
};

/** Plain names in MySQL, reserved words in DuckDB. */
const RESERVED_IN_DUCKDB = new Set([
  ...['OFFSET', 'PIVOT', 'PIVOT_LONGER', 'PIVOT_WIDER', 'UNPIVOT', 'UNPACK', 'SUMMARIZE', 'LAMBDA', 'PLACING'],
  ...['RETURNING', 'DO', 'INITIALLY', 'VARIADIC', 'AT', 'ASOF', 'POSITIONAL', 'GLOB', 'FREEZE', 'VERBOSE', 'SIMILAR'],
  ...['OVERLAPS', 'SYMMETRIC', 'ASYMMETRIC', 'AUTHORIZATION', 'CONCURRENTLY', 'CONSTRAINT', 'FETCH', 'ONLY', 'SOME'],
]);

/** Written without parentheses, these are functions as well. */
const BARE_FUNCTIONS = new Set(['CURRENT_TIMESTAMP', 'CURRENT_DATE', 'CURRENT_USER', 'LOCALTIME', 'LOCALTIMESTAMP']);

export function startsQuery(nodes: readonly Node[]): boolean {
  const first = nodes[0];
  if (isGroup(first) && nodes.length === 1) return startsQuery(first.nodes);
  if (isGroup(first) && isSetOperator(keywordOf(nodes[1]))) return startsQuery(first.nodes);
  return ['SELECT', 'WITH', 'VALUES'].includes(keywordOf(first));
}

export function isSetOperator(keyword: string): boolean {
  return ['UNION', 'EXCEPT', 'INTERSECT', 'MINUS'].includes(keyword);
}

export function translateExpression(nodes: readonly Node[], scope: ExpressionScope): string {
  const output: string[] = [];
  for (let at = 0; at < nodes.length; ) {
    const { text, used } = translateAt(nodes, at, scope);
    output.push(text);
    at += used;
  }
  return output.join(' ');
}

interface Translated {
  readonly text: string;
  /** How many nodes it was made of. */
  readonly used: number;
}

function translateAt(nodes: readonly Node[], at: number, scope: ExpressionScope): Translated {
  const node = nodes[at];
  const next = nodes[at + 1];
  if (node === undefined) return { text: '', used: 1 };
  if (isGroup(node)) return { text: translateGroup(node, scope), used: 1 };
  const qualified = keywordOf(nodes[at - 1]) === '.';
  if (node.kind === 'word' && !qualified) {
    if (isGroup(next) && next.open.keyword === '(') return { text: translateCall(node, next, scope), used: 2 };
    if (node.keyword === 'INTERVAL') return translateInterval(nodes, at, scope);
    if (node.keyword === 'REGEXP' || node.keyword === 'RLIKE') return translateRegexp(next, scope);
    if (BARE_FUNCTIONS.has(node.keyword)) return { text: scope.sessionFunction(node.keyword) ?? node.text, used: 1 };
  }
  // the lexer keeps `>>` apart
  if (node.keyword === '>' && keywordOf(next) === '>') return { text: '>>', used: 2 };
  if (node.kind === 'string' && keywordOf(nodes[at - 1]) === 'AS') return { text: quoteIdentifier(node.text), used: 1 };
  return { text: translateToken(node, qualified, scope), used: 1 };
}

function translateToken(token: Token, qualified: boolean, scope: ExpressionScope): string {
  switch (token.kind) {
    case 'string':
      return quoteLiteral(token.text);
    case 'quoted':
      return quoteIdentifier(token.text);
    case 'variable': {
      const value = scope.variable(token);
      return value === null || /^-?\d{1,18}$/.test(value) ? (value ?? 'NULL') : quoteLiteral(value);
    }
    case 'word':
      if (qualified || RESERVED_IN_DUCKDB.has(token.keyword)) return quoteIdentifier(token.text);
      return OPERATORS[token.keyword] ?? token.text;
    default:
      return OPERATORS[token.keyword] ?? token.text;
  }
}

function translateGroup(group: Group, scope: ExpressionScope): string {
  const inside = startsQuery(group.nodes) ? scope.query(group.nodes) : translateExpression(group.nodes, scope);
  return `${group.open.text}${inside}${group.close.text}`;
}

function translateCall(name: Token, group: Group, scope: ExpressionScope): string {
  if (name.keyword === 'CAST' || name.keyword === 'TRY_CAST') return translateCast(group, scope);
  if (name.keyword === 'GROUP_CONCAT') return translateGroupConcat(group, scope);
  if (isSelfContained(name.keyword)) {
    const value = scope.sessionFunction(name.keyword);
    if (value !== undefined) return value;
  }
  if (startsQuery(group.nodes)) return `${name.text} ${translateGroup(group, scope)}`;
  const translation = FUNCTIONS[name.keyword];
  // SUBSTRING(x FROM 1 FOR 2), EXTRACT(DAY FROM x): words instead of commas, the same in both dialects
  const inWords = group.nodes.some((node) => keywordOf(node) === 'FROM');
  if (translation === undefined || inWords)
    return `${OPERATORS[name.keyword] ?? name.text}${translateGroup(group, scope)}`;
  return translation(splitAtCommas(group.nodes).map((part) => translateExpression(part, scope)));
}

/** Words in front of parentheses that are no function names. */
function isSelfContained(keyword: string): boolean {
  return !['IN', 'AND', 'OR', 'NOT', 'EXISTS', 'ANY', 'ALL', 'VALUES', 'OVER', 'AS'].includes(keyword);
}

/** `CAST(x AS type)`: the type in Doris' or MySQL's words. */
function translateCast(group: Group, scope: ExpressionScope): string {
  const as = group.nodes.findLastIndex((node) => keywordOf(node) === 'AS');
  if (as < 0) throw syntaxError(sourceText(scope.sql, group.nodes));
  const value = translateExpression(group.nodes.slice(0, as), scope);
  return `CAST(${value} AS ${castType(flatten(group.nodes.slice(as + 1)), scope.sql)})`;
}

function flatten(nodes: readonly Node[]): Token[] {
  return nodes.flatMap((node) => (isGroup(node) ? [node.open, ...flatten(node.nodes), node.close] : [node]));
}

function castType(tokens: readonly Token[], sql: string): string {
  const keyword = tokens[0]?.keyword;
  if (keyword === 'SIGNED' || keyword === 'UNSIGNED') return 'BIGINT';
  if (keyword === 'CHAR' || keyword === 'BINARY') return 'VARCHAR';
  const reader = new TokenReader(sql, tokens);
  const type = parseColumnType(reader);
  reader.expectEnd();
  return String(duckdbType(type));
}

/** `GROUP_CONCAT([DISTINCT] x [ORDER BY …] [SEPARATOR s])`, or Doris' `GROUP_CONCAT(x, s)`. */
function translateGroupConcat(group: Group, scope: ExpressionScope): string {
  const at = (keyword: string): number => {
    const index = group.nodes.findIndex((node) => keywordOf(node) === keyword);
    return index < 0 ? group.nodes.length : index;
  };
  const [separatorAt, orderAt] = [at('SEPARATOR'), at('ORDER')];
  const distinct = keywordOf(group.nodes[0]) === 'DISTINCT';
  const args = splitAtCommas(group.nodes.slice(distinct ? 1 : 0, Math.min(separatorAt, orderAt)));
  const [value = '', second] = args.map((part) => translateExpression(part, scope));
  const separator = translateExpression(group.nodes.slice(separatorAt + 1), scope);
  const order = translateExpression(group.nodes.slice(orderAt, Math.max(orderAt, separatorAt)), scope);
  const between = separator === '' ? (second ?? "', '") : separator;
  return `string_agg(${distinct ? 'DISTINCT ' : ''}CAST(${value} AS VARCHAR), ${between} ${order})`;
}

/** `INTERVAL expression UNIT` */
function translateInterval(nodes: readonly Node[], at: number, scope: ExpressionScope): Translated {
  const length = nodes
    .slice(at + 1)
    .findIndex((node) => /^(MICROSECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)$/.test(keywordOf(node)));
  if (length < 1) return { text: quoteIdentifier('interval'), used: 1 };
  const amount = translateExpression(nodes.slice(at + 1, at + 1 + length), scope);
  return { text: `INTERVAL (${amount}) ${keywordOf(nodes[at + 1 + length])}`, used: length + 2 };
}

/** `a REGEXP 'b'` finds b anywhere in a; DuckDB's `~` wants the whole text. */
function translateRegexp(pattern: Node | undefined, scope: ExpressionScope): Translated {
  if (pattern === undefined) throw syntaxError('REGEXP');
  return { text: `~ ('(?s:.*)(' || ${translateExpression([pattern], scope)} || ')(?s:.*)')`, used: 2 };
}
