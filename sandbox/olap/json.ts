/**
 * JSON without loss: numbers keep their text, so that 64-bit integers and decimals stay exact.
 *
 * Strict by RFC 8259: what JSON.parse refuses is refused here too.
 */

/** The text is no JSON. `position` is the index of the first character that does not fit. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

export type JsonNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[]; readonly text: string }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonNode])[]; readonly text: string };

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_DEPTH = 512;

/** Walks over JSON between two positions of a text. Every method leaves `position` behind what it has read. */
export class JsonScanner {
  position = 0;
  end: number;

  constructor(public text = '') {
    this.end = text.length;
  }

  /** Continues with another text, or with another part of the same one. */
  reset(text: string, start = 0, end: number = text.length): void {
    this.text = text;
    this.position = start;
    this.end = end;
  }

  fail(message: string): JsonSyntaxError {
    return new JsonSyntaxError(`${message} at character ${this.position}`, this.position);
  }

  /** Skips white space; the code of the next character, or -1 at the end. */
  peek(): number {
    while (this.position < this.end) {
      const code = this.text.charCodeAt(this.position);
      if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) return code;
      this.position++;
    }
    return -1;
  }

  expect(code: number): void {
    if (this.peek() !== code) throw this.fail(`expected '${String.fromCharCode(code)}'`);
    this.position++;
  }

  /** Nothing but white space may be left. */
  expectEnd(): void {
    if (this.peek() !== -1) throw this.fail('unexpected text behind the value');
  }

  readString(): string {
    const start = this.position;
    const escaped = this.skipString();
    if (!escaped) return this.text.substring(start + 1, this.position - 1);
    const token = this.text.substring(start, this.position);
    try {
      return JSON.parse(token) as string;
    } catch {
      this.position = start;
      throw this.fail('bad escape in a string');
    }
  }

  /** True when the string has escapes, which are not checked. */
  skipString(): boolean {
    const { text, end } = this;
    let escaped = false;
    for (let index = this.position + 1; index < end; index++) {
      const code = text.charCodeAt(index);
      if (code === QUOTE) {
        this.position = index + 1;
        return escaped;
      }
      if (code === BACKSLASH) {
        escaped = true;
        index++;
      } else if (code < 0x20) {
        this.position = index;
        throw this.fail('control character in a string');
      }
    }
    this.position = end;
    throw this.fail('unterminated string');
  }

  readNumber(): string {
    const start = this.position;
    if (this.text.charCodeAt(this.position) === MINUS) this.position++;
    if (this.position < this.end && this.text.charCodeAt(this.position) === ZERO) this.position++;
    else this.skipDigits();
    if (this.at('.')) this.skipDigits();
    if (this.at('e') || this.at('E')) {
      if (!this.at('+')) this.at('-');
      this.skipDigits();
    }
    return this.text.substring(start, this.position);
  }

  readLiteral(literal: 'true' | 'false' | 'null'): void {
    if (!this.text.startsWith(literal, this.position) || this.position + literal.length > this.end) {
      throw this.fail('unexpected character');
    }
    this.position += literal.length;
  }

  /** Reads over any value, checking it. */
  skipValue(depth = 0): void {
    switch (this.peek()) {
      case QUOTE:
        this.readString();
        return;
      case OPEN_BRACE:
        this.members(depth, () => this.skipValue(depth + 1));
        return;
      case OPEN_BRACKET:
        this.items(depth, () => this.skipValue(depth + 1));
        return;
      default:
        this.readScalar();
    }
  }

  /** Reads any value as a tree. */
  readValue(depth = 0): JsonNode {
    const code = this.peek();
    const start = this.position;
    switch (code) {
      case QUOTE:
        return { kind: 'string', value: this.readString() };
      case OPEN_BRACE: {
        const members: [string, JsonNode][] = [];
        this.members(depth, (name) => members.push([name, this.readValue(depth + 1)]));
        return { kind: 'object', members, text: this.text.substring(start, this.position) };
      }
      case OPEN_BRACKET: {
        const items: JsonNode[] = [];
        this.items(depth, () => items.push(this.readValue(depth + 1)));
        return { kind: 'array', items, text: this.text.substring(start, this.position) };
      }
      default:
        return this.readScalar();
    }
  }

  private readScalar(): JsonNode {
    switch (this.peek()) {
      case 0x74:
        this.readLiteral('true');
        return { kind: 'boolean', value: true };
      case 0x66:
        this.readLiteral('false');
        return { kind: 'boolean', value: false };
      case 0x6e:
        this.readLiteral('null');
        return { kind: 'null' };
      case -1:
        throw this.fail('the value is missing');
      default:
        return { kind: 'number', text: this.readNumber() };
    }
  }

  private members(depth: number, member: (name: string) => void): void {
    if (depth >= MAX_DEPTH) throw this.fail('nested too deeply');
    this.expect(OPEN_BRACE);
    if (this.peek() !== CLOSE_BRACE) {
      do {
        if (this.peek() !== QUOTE) throw this.fail('expected a member name');
        const name = this.readString();
        this.expect(COLON);
        member(name);
      } while (this.comma());
    }
    this.expect(CLOSE_BRACE);
  }

  private items(depth: number, item: () => void): void {
    if (depth >= MAX_DEPTH) throw this.fail('nested too deeply');
    this.expect(OPEN_BRACKET);
    if (this.peek() !== CLOSE_BRACKET) {
      do item();
      while (this.comma());
    }
    this.expect(CLOSE_BRACKET);
  }

  private comma(): boolean {
    if (this.peek() !== COMMA) return false;
    this.position++;
    return true;
  }

  private at(character: string): boolean {
    if (this.position >= this.end || this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  private skipDigits(): void {
    const start = this.position;
    while (this.position < this.end) {
      const code = this.text.charCodeAt(this.position);
      if (code < ZERO || code > NINE) break;
      this.position++;
    }
    if (this.position === start) throw this.fail('expected a digit');
  }
}

/** One JSON document as a tree; throws JsonSyntaxError. */
export function parseJson(text: string): JsonNode {
  const scanner = new JsonScanner(text);
  const node = scanner.readValue();
  scanner.expectEnd();
  return node;
}

/** Canonical text without white space: members in their order, numbers as they were written. */
export function printJson(node: JsonNode): string {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return JSON.stringify(node.value);
    case 'array':
      return `[${node.items.map(printJson).join(',')}]`;
    case 'object':
      return `{${node.members.map(([name, value]) => `${JSON.stringify(name)}:${printJson(value)}`).join(',')}}`;
  }
}
