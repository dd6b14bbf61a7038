/** The escapes of java.util.regex that stand for a character or a class of characters, in JavaScript's syntax. */

/** What Java takes for the end of a line. */
export const LINE_ENDS = '\\n\\r\\u0085\\u2028\\u2029';

export interface ClassEscape {
  /** One character, or a class, in a form that can stand inside and outside of brackets. */
  readonly translated: string;
  /** Just past the escape. */
  readonly end: number;
}

/** A character that means itself. */
export function literal(character: string): string {
  return /^[A-Za-z0-9]$/.test(character) ? character : codePoint(character.codePointAt(0) ?? 0);
}

function codePoint(value: number): string {
  return `\\u{${value.toString(16)}}`;
}

const SHORTHANDS: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[a-zA-Z_0-9]',
  W: '[^a-zA-Z_0-9]',
  s: '[ \\t\\n\\v\\f\\r]',
  S: '[^ \\t\\n\\v\\f\\r]',
  h: '[ \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  H: '[^ \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  v: '[\\n\\v\\f\\r\\u0085\\u2028\\u2029]',
  V: '[^\\n\\v\\f\\r\\u0085\\u2028\\u2029]',
};

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };

/** Octal is up to \0377, as in Java. */
const NUMERIC = /^\\(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|0([0-3][0-7]{2}|[0-7]{1,2}))/;

/** Shorthands, control characters, numbers of characters, and any sign that is no letter or digit. */
export function classEscape(pattern: string, at: number): ClassEscape | undefined {
  const next = pattern[at + 1];
  if (next === undefined) throw new Error('Unexpected internal error: the pattern ends with a backslash');
  const shorthand = Object.hasOwn(SHORTHANDS, next) ? SHORTHANDS[next] : undefined;
  if (shorthand !== undefined) return { translated: shorthand, end: at + 2 };
  const control = Object.hasOwn(CONTROLS, next) ? CONTROLS[next] : undefined;
  if (control !== undefined) return { translated: codePoint(control), end: at + 2 };
  const numeric = NUMERIC.exec(pattern.slice(at));
  if (numeric !== null) {
    const hexadecimal = numeric[1] ?? numeric[2] ?? numeric[3];
    const value = hexadecimal === undefined ? Number.parseInt(numeric[4] ?? '0', 8) : Number.parseInt(hexadecimal, 16);
    if (value > 0x10ffff) throw new Error('Hexadecimal codepoint is too big');
    return { translated: codePoint(value), end: at + numeric[0].length };
  }
  if (/[A-Za-z0-9]/.test(next)) return undefined;
  const sign = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 0);
  return { translated: literal(sign), end: at + 1 + sign.length };
}

/** The POSIX classes, US-ASCII only. */
const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\u{0}-\\u{7f}',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '\\u{21}-\\u{2f}\\u{3a}-\\u{40}\\u{5b}-\\u{60}\\u{7b}-\\u{7e}',
  Graph: '\\u{21}-\\u{7e}',
  Print: '\\u{20}-\\u{7e}',
  Blank: ' \\t',
  Cntrl: '\\u{0}-\\u{1f}\\u{7f}',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\v\\f\\r',
};

/** `\p{…}` and `\P{…}`: POSIX classes, general categories, scripts and the binary properties that both sides know. */
export function propertyClass(pattern: string, at: number): ClassEscape | undefined {
  const found = /^\\([pP])(?:\{(\^?)([A-Za-z0-9_=]+)\}|([A-Z]))/.exec(pattern.slice(at));
  if (found === null) return undefined;
  const [whole, letter, caret, braced, single] = found;
  const name = braced ?? single ?? '';
  const negated = (letter === 'P') !== (caret === '^');
  const end = at + whole.length;
  const posix = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
  if (posix !== undefined) return { translated: `[${negated ? '^' : ''}${posix}]`, end };
  const property = unicodeProperty(name);
  if (property === undefined) throw new Error(`The property {${name}} is not available`);
  return { translated: `[\\${negated ? 'P' : 'p'}{${property}}]`, end };
}

const BINARY: Readonly<Record<string, string>> = {
  IsAlphabetic: 'Alphabetic',
  IsLetter: 'L',
  IsLowercase: 'Lowercase',
  IsUppercase: 'Uppercase',
  IsWhite_Space: 'White_Space',
  IsDigit: 'Nd',
  IsIdeographic: 'Ideographic',
};

function unicodeProperty(name: string): string | undefined {
  const binary = Object.hasOwn(BINARY, name) ? BINARY[name] : undefined;
  if (binary !== undefined) return binary;
  const script = /^(?:Is|script=|sc=)([A-Z][A-Za-z_]{3,})$/.exec(name)?.[1];
  if (script !== undefined) return `Script=${script}`;
  return /^(?:Is|general_category=|gc=)?([CLMNPSZ][a-z]?)$/.exec(name)?.[1];
}
