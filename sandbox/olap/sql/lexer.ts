/** Cuts SQL in MySQL's spelling into tokens: comments gone, quotes resolved, source positions kept. */

import { DatabaseError } from '../model.js';
import type { Parameter } from '../mysql/binary.js';

export type TokenKind =
  /** A bare word: keyword or identifier. */
  | 'word'
  /** An identifier in backticks. */
  | 'quoted'
  | 'string'
  | 'number'
  /** `@name` or `@@name`, with a scope where one is written: `@@session.sql_mode`. */
  | 'variable'
  | 'placeholder'
  | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** The content: identifiers and strings without quotes and escapes, everything else as written. */
  readonly text: string;
  /** A word in upper case, a symbol as it is; empty for all else, so that it compares with keywords only. */
  readonly keyword: string;
  /** Where it stands in the source, end exclusive. */
  readonly start: number;
  readonly end: number;
}

const BLANK = /(?:\s+|--(?=[\s]|$)[^\n]*|#[^\n]*|\/\*(?!!)[\s\S]*?\*\/|\/\*!\d*|\*\/)+/y;
const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+\b|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** A name may begin with digits (`2pc_table`), but `1e5` and `0x1F` are numbers. */
const DIGITS_WORD = /(?!\d+[eE][+-]?\d+(?![\w$]))(?!0[xX][0-9A-Fa-f]+\b)\d+[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const VARIABLE = /@@?(?:`[^`]*`|[\w$.]+)/y;
/** No `>>`: it closes two type brackets in `ARRAY<ARRAY<INT>>`. */
const SYMBOL = /<=>|->>|->|:=|<>|!=|<=|>=|<<|&&|\|\||[-@+*/%=<>!~^&|(),.;:?[\]{}]/y;
const INTRODUCER = /(?:_utf8mb4|_utf8|_binary|_latin1|N)(?=\s*['"])|[xX](?=')/y;

const ESCAPES: Readonly<Record<string, string>> = { '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

/** MySQL's message for text that is no SQL. */
export function syntaxError(near: string): DatabaseError {
  const excerpt = near.length > 80 ? `${near.slice(0, 80)}…` : near;
  return new DatabaseError(`Syntax error near '${excerpt}'`, 1064, '42000');
}

/** @throws DatabaseError 1064 for an unfinished string or a character that starts nothing */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = skip(BLANK, sql, 0);
  while (at < sql.length) {
    const token = nextToken(sql, at);
    tokens.push(token);
    at = skip(BLANK, sql, token.end);
  }
  return tokens;
}

function skip(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : at;
}

function nextToken(sql: string, start: number): Token {
  const first = sql[start];
  if (first === '`') return quoted(sql, start, start, 'quoted');
  if (first === "'" || first === '"') return quoted(sql, start, start, 'string');
  const introduced = skip(INTRODUCER, sql, start);
  if (introduced > start) return introducedString(sql, start, introduced);
  for (const [kind, pattern] of PATTERNS) {
    const end = skip(pattern, sql, start);
    if (end === start) continue;
    const text = sql.slice(start, end);
    const keyword = kind === 'word' ? text.toUpperCase() : kind === 'symbol' ? text : '';
    return { kind: text === '?' ? 'placeholder' : kind, text, keyword, start, end };
  }
  throw syntaxError(sql.slice(start));
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['word', WORD],
  ['word', DIGITS_WORD],
  ['number', NUMBER],
  ['variable', VARIABLE],
  ['symbol', SYMBOL],
];

/** `_utf8'text'`, `x'4142'`: the introducer tells how the bytes are meant. */
function introducedString(sql: string, start: number, after: number): Token {
  const token = quoted(sql, skip(BLANK, sql, after), start, 'string');
  if (sql[start] !== 'x' && sql[start] !== 'X') return token;
  return { ...token, text: Buffer.from(token.text, 'hex').toString('utf8') };
}

/** A quoted text from its opening quote on. A doubled quote is a quote; strings know backslash escapes as well. */
function quoted(sql: string, open: number, start: number, kind: 'quoted' | 'string'): Token {
  const quote = sql[open] ?? '';
  let text = '';
  let from = open + 1;
  for (let at = from; at < sql.length; at++) {
    const char = sql[at];
    if (char === '\\' && kind === 'string') {
      text += sql.slice(from, at) + unescaped(sql[at + 1] ?? '');
      from = at + 2;
      at++;
    } else if (char === quote && sql[at + 1] === quote) {
      text += sql.slice(from, at + 1);
      from = at + 2;
      at++;
    } else if (char === quote) {
      return { kind, text: text + sql.slice(from, at), keyword: '', start, end: at + 1 };
    }
  }
  throw syntaxError(sql.slice(open));
}

/** `\%` and `\_` keep their backslash: they are escapes of LIKE, not of the string. */
function unescaped(char: string): string {
  return char === '%' || char === '_' ? `\\${char}` : (ESCAPES[char] ?? char);
}

/** The statements of a text that holds several, without their semicolons; empty ones are left out. */
export function splitStatements(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  for (const token of tokens) {
    if (token.keyword !== ';') current.push(token);
    else if (current.length > 0) {
      statements.push(current);
      current = [];
    }
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

/** Puts parameters in the places of `?`: as tokens, so that no value is ever read as SQL. */
export function bindParameters(tokens: readonly Token[], parameters: readonly Parameter[]): Token[] {
  let next = 0;
  const bound = tokens.map((token): Token => {
    if (token.kind !== 'placeholder') return token;
    const parameter = parameters[next++];
    if (parameter === undefined) {
      throw new DatabaseError('Incorrect arguments to EXECUTE', 1210, 'HY000');
    }
    if (parameter === null) return { ...token, kind: 'word', text: 'NULL', keyword: 'NULL' };
    return { ...token, kind: parameter.numeric ? 'number' : 'string', text: parameter.text };
  });
  return bound;
}
