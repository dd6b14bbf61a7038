/** Reads a statement token by token: what every parser of this folder is written with. */

import { syntaxError, type Token } from './lexer.js';

export interface TableName {
  /** Undefined: the session's own database. */
  readonly database: string | undefined;
  readonly name: string;
}

export class TokenReader {
  #at = 0;

  constructor(
    /** The text that the tokens were cut from; error messages quote it. */
    readonly sql: string,
    readonly tokens: readonly Token[],
  ) {}

  get done(): boolean {
    return this.#at >= this.tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.tokens[this.#at];
    if (token === undefined) throw this.error();
    this.#at++;
    return token;
  }

  /** Everything that has not been read; the reader is done afterwards. */
  rest(): readonly Token[] {
    const rest = this.tokens.slice(this.#at);
    this.#at = this.tokens.length;
    return rest;
  }

  /** The source text from one token to the next one to be read. */
  textSince(start: Token): string {
    const last = this.tokens[this.#at - 1] ?? start;
    return this.sql.slice(start.start, last.end);
  }

  /** Do these keywords or symbols come next? */
  sees(...keywords: readonly string[]): boolean {
    return keywords.every((keyword, index) => this.peek(index)?.keyword === keyword);
  }

  /** Reads them if they come next. */
  accept(...keywords: readonly string[]): boolean {
    if (!this.sees(...keywords)) return false;
    this.#at += keywords.length;
    return true;
  }

  /** The one of these that comes next, read; undefined when none does. */
  acceptOneOf(...keywords: readonly string[]): string | undefined {
    return keywords.find((keyword) => this.accept(keyword));
  }

  expect(...keywords: readonly string[]): void {
    for (const keyword of keywords) if (!this.accept(keyword)) throw this.error();
  }

  /** Nothing may follow. */
  expectEnd(): void {
    if (!this.done) throw this.error();
  }

  error(): Error {
    const token = this.peek();
    return syntaxError(token === undefined ? '' : this.sql.slice(token.start));
  }

  identifier(): string {
    const token = this.next();
    if (token.kind === 'word' || token.kind === 'quoted') return token.text;
    this.#at--;
    throw this.error();
  }

  /** An identifier or a string, as MySQL takes for user names and variable values. */
  name(): string {
    return this.peek()?.kind === 'string' ? this.string() : this.identifier();
  }

  string(): string {
    const token = this.next();
    if (token.kind === 'string') return token.text;
    this.#at--;
    throw this.error();
  }

  integer(): number {
    const token = this.next();
    if (token.kind === 'number' && /^\d{1,15}$/.test(token.text)) return Number(token.text);
    this.#at--;
    throw this.error();
  }

  tableName(): TableName {
    const first = this.identifier();
    if (!this.accept('.')) return { database: undefined, name: first };
    const second = this.identifier();
    // catalog.database.table: there is only the internal catalog
    return this.accept('.') ? { database: second, name: this.identifier() } : { database: first, name: second };
  }

  /** `item, item, …` */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accept(',')) items.push(item());
    return items;
  }

  /** `(item, item, …)` */
  parenthesized<T>(item: () => T): T[] {
    this.expect('(');
    const items = this.list(item);
    this.expect(')');
    return items;
  }

  /** Reads a whole `( … )`, however deep, and returns its source text with the parentheses. */
  balancedText(): string {
    const start = this.peek();
    this.expect('(');
    for (let depth = 1; depth > 0; ) {
      const { keyword } = this.next();
      if (keyword === '(') depth++;
      else if (keyword === ')') depth--;
    }
    return start === undefined ? '' : this.textSince(start);
  }

  ifExists(): boolean {
    return this.accept('IF', 'EXISTS');
  }

  ifNotExists(): boolean {
    return this.accept('IF', 'NOT', 'EXISTS');
  }
}
