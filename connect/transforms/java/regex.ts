/**
 * Regular expressions in the syntax of java.util.regex, run by JavaScript's engine.
 *
 * A pattern is translated construct by construct into JavaScript's syntax (flag `v`), so that it matches what it matches
 * in Java. What JavaScript cannot do, or does in another way, is refused when the pattern is compiled: possessive
 * quantifiers, atomic groups, back references, flags in the middle, \G, \X and the flags x, d, u and U.
 */
import { type ClassEscape, classEscape, LINE_ENDS, literal, propertyClass } from './regex-classes.js';

/** A pattern that Java would refuse, or that has no equal here. */
export class RegexRefused extends Error {
  override readonly name = 'RegexRefused';
}

export interface JavaRegex {
  /** Matches anywhere, like `Matcher.find`. */
  readonly anywhere: RegExp;
  /** Matches the whole text, like `Matcher.matches`. */
  readonly whole: RegExp;
  readonly groups: number;
  readonly names: ReadonlySet<string>;
  /** Groups inside a repeated group: Java keeps what they matched last, JavaScript forgets it at each turn. */
  readonly unsteady: ReadonlySet<number>;
}

/** @throws RegexRefused */
export function compileJavaRegex(pattern: string): JavaRegex {
  const { source, flags, groups, names, unsteady } = new Translator(pattern).translate();
  try {
    return {
      anywhere: new RegExp(source, flags),
      whole: new RegExp(`(?<![\\s\\S])(?:${source})(?![\\s\\S])`, flags),
      groups,
      names,
      unsteady,
    };
  } catch (error) {
    throw new RegexRefused(error instanceof Error ? error.message : String(error));
  }
}

interface OpenGroup {
  readonly at: number;
  /** How many capturing groups there were before its inside. */
  readonly groupsBefore: number;
  readonly assertion: boolean;
}

const END_BEFORE_LAST_LINE_END = `(?=(?:\\r\\n|[${LINE_ENDS}])?(?![\\s\\S]))`;

class Translator {
  readonly #pattern: string;
  #at = 0;
  #out = '';
  #groups = 0;
  readonly #names = new Set<string>();
  readonly #unsteady = new Set<number>();
  readonly #open: OpenGroup[] = [];
  #ignoreCase = false;
  #multiline = false;
  #dotAll = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  translate() {
    this.#leadingFlags();
    while (this.#at < this.#pattern.length) this.#next();
    if (this.#open.length > 0) throw this.#refused('Unclosed group');
    const flags = `v${this.#ignoreCase ? 'i' : ''}${this.#multiline ? 'm' : ''}`;
    return { source: this.#out, flags, groups: this.#groups, names: this.#names, unsteady: this.#unsteady };
  }

  #leadingFlags(): void {
    const flags = /^\(\?([a-zA-Z]+)\)/.exec(this.#pattern);
    if (flags === null) return;
    for (const flag of flags[1] ?? '') {
      if (flag === 'i') this.#ignoreCase = true;
      else if (flag === 'm') this.#multiline = true;
      else if (flag === 's') this.#dotAll = true;
      else throw this.#refused(`The flag ${flag} is not available`);
    }
    this.#at = flags[0].length;
  }

  #next(): void {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    switch (character) {
      case '\\':
        this.#escape();
        break;
      case '[':
        this.#atom(this.#characterClass());
        break;
      case '(':
        this.#openGroup();
        break;
      case ')':
        this.#closeGroup();
        break;
      case '.':
        this.#at++;
        this.#atom(this.#dotAll ? '[\\s\\S]' : `[^${LINE_ENDS}]`);
        break;
      case '^':
        this.#at++;
        this.#assertion(this.#multiline ? '^' : '(?<![\\s\\S])');
        break;
      case '$':
        this.#at++;
        this.#assertion(this.#multiline ? '$' : END_BEFORE_LAST_LINE_END);
        break;
      case '|':
        this.#at++;
        this.#out += '|';
        break;
      case '*':
      case '+':
      case '?':
        throw this.#refused(`Dangling meta character '${character}'`);
      case '{':
        throw this.#refused('Illegal repetition');
      default:
        this.#at += character.length;
        this.#atom(literal(character));
    }
  }

  /** Writes something that matches, and the quantifier behind it. */
  #atom(translated: string): void {
    this.#out += translated + this.#quantifier();
  }

  /** Java lets assertions be repeated, JavaScript does not. */
  #assertion(translated: string): void {
    const quantifier = this.#quantifier();
    this.#out += quantifier === '' ? translated : `(?:${translated})${quantifier}`;
  }

  #quantifier(): string {
    const found = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.#pattern.slice(this.#at));
    if (found === null) return '';
    this.#at += found[0].length;
    const after = this.#pattern[this.#at];
    if (after === '+') throw this.#refused('Possessive quantifiers are not available');
    if (after !== '?') return found[0];
    this.#at++;
    return `${found[0]}?`;
  }

  #openGroup(): void {
    const rest = this.#pattern.slice(this.#at);
    const special = /^\(\?(?::|=|!|<=|<!|<([a-zA-Z][a-zA-Z0-9]*)>)/.exec(rest);
    if (special === null && rest.startsWith('(?')) {
      throw this.#refused(
        rest.startsWith('(?>') ? 'Atomic groups are not available' : 'Flags are available at the beginning only',
      );
    }
    const name = special?.[1];
    const capturing = special === null || name !== undefined;
    if (name !== undefined) this.#nameGroup(name);
    const opening = special?.[0] ?? '(';
    if (capturing) this.#groups++;
    this.#open.push({
      at: this.#out.length,
      groupsBefore: this.#groups,
      assertion: !capturing && opening !== '(?:',
    });
    this.#out += opening;
    this.#at += opening.length;
  }

  #nameGroup(name: string): void {
    if (this.#names.has(name)) throw this.#refused(`Named capturing group <${name}> is already defined`);
    this.#names.add(name);
  }

  #closeGroup(): void {
    const group = this.#open.pop();
    if (group === undefined) throw this.#refused("Unmatched closing ')'");
    this.#at++;
    this.#out += ')';
    const quantifier = this.#quantifier();
    if (quantifier === '') return;
    if (group.assertion) this.#out = `${this.#out.slice(0, group.at)}(?:${this.#out.slice(group.at)})`;
    this.#out += quantifier;
    if (/^(?:\?|\{[01]\}|\{[01],1\})\??$/.test(quantifier)) return;
    for (let inside = group.groupsBefore + 1; inside <= this.#groups; inside++) this.#unsteady.add(inside);
  }

  #escape(): void {
    const rest = this.#pattern.slice(this.#at);
    switch (rest[1]) {
      case 'Q':
        this.#quoted();
        break;
      case 'A':
        this.#at += 2;
        this.#assertion('(?<![\\s\\S])');
        break;
      case 'z':
        this.#at += 2;
        this.#assertion('(?![\\s\\S])');
        break;
      case 'Z':
        this.#at += 2;
        this.#assertion(END_BEFORE_LAST_LINE_END);
        break;
      case 'b':
      case 'B':
        this.#at += 2;
        if (this.#pattern[this.#at] === '{') throw this.#refused('\\b{g} is not available');
        this.#assertion(`\\${rest[1]}`);
        break;
      case 'R':
        this.#at += 2;
        this.#atom(`(?:\\r\\n|[\\n\\v\\f\\r\\u0085\\u2028\\u2029])`);
        break;
      default:
        this.#atom(this.#escapedClass());
    }
  }

  #quoted(): void {
    const end = this.#pattern.indexOf('\\E', this.#at + 2);
    const quoted = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    const characters = [...quoted];
    const last = characters.pop();
    this.#out += characters.map(literal).join('');
    if (last !== undefined) this.#atom(literal(last));
  }

  /** An escape that stands for a character or for a class of them, in the syntax of a class. */
  #escapedClass(): string {
    let found: ClassEscape | undefined;
    try {
      found = classEscape(this.#pattern, this.#at) ?? propertyClass(this.#pattern, this.#at);
    } catch (error) {
      throw this.#refused(error instanceof Error ? error.message : String(error));
    }
    if (found === undefined) {
      const next = this.#pattern[this.#at + 1];
      if (next !== undefined && /[1-9k]/.test(next)) throw this.#refused('Back references are not available');
      throw this.#refused('Illegal/unsupported escape sequence');
    }
    this.#at = found.end;
    return found.translated;
  }

  /** From `[` to its `]`: a union of members, or an intersection of unions by `&&`. */
  #characterClass(): string {
    this.#at++;
    const negated = this.#pattern[this.#at] === '^';
    if (negated) this.#at++;
    const unions: string[] = [];
    let members = '';
    for (let first = true; ; first = false) {
      const character = this.#pattern[this.#at];
      if (character === undefined) throw this.#refused('Unclosed character class');
      if (character === ']' && !first) break;
      if (this.#pattern.startsWith('&&', this.#at)) {
        unions.push(members);
        members = '';
        this.#at += 2;
      } else {
        members += this.#member();
      }
    }
    this.#at++;
    unions.push(members);
    const operands = unions.filter((union) => union !== '');
    const inside = operands.length > 1 ? operands.map((operand) => `[${operand}]`).join('&&') : (operands[0] ?? '');
    return `[${negated ? '^' : ''}${inside}]`;
  }

  #member(): string {
    if (this.#pattern[this.#at] === '[') return this.#characterClass();
    if (this.#pattern.startsWith('\\Q', this.#at)) return this.#quotedMembers();
    const from = this.#character();
    const range = this.#pattern[this.#at] === '-' && !/^-(?:\]|\[|&&|$)/.test(this.#pattern.slice(this.#at));
    if (!range || isClass(from)) return from;
    this.#at++;
    const to = this.#character();
    if (isClass(to)) throw this.#refused('Illegal character range');
    return `${from}-${to}`;
  }

  #quotedMembers(): string {
    const end = this.#pattern.indexOf('\\E', this.#at + 2);
    if (end < 0) throw this.#refused('Unclosed character class');
    const quoted = this.#pattern.slice(this.#at + 2, end);
    this.#at = end + 2;
    return [...quoted].map(literal).join('');
  }

  #character(): string {
    if (this.#pattern[this.#at] === '\\') return this.#escapedClass();
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return literal(character);
  }

  #refused(reason: string): RegexRefused {
    return new RegexRefused(`${reason} near index ${this.#at} of ${this.#pattern}`);
  }
}

/** Whether a translated member is a class of its own rather than one character. */
function isClass(translated: string): boolean {
  return translated.startsWith('[');
}
