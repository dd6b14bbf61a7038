/** Java's `.properties` format (java.util.Properties.load), in UTF-8. */
import { SluiceError } from '../errors.js';

const LINE_END = /\r\n|\n|\r/;
const LEADING_BLANKS = /^[ \t\f]+/;
const SEPARATOR = /^[ \t\f]*[=:]?[ \t\f]*/;
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/**
 * Reads the text of a properties file: `#` and `!` comments, `=`, `:` or blanks between key and value, lines continued
 * by a backslash, escapes. A key that is given twice has its last value, as in Java.
 *
 * @throws SluiceError CONFIG_INVALID for a malformed Unicode escape.
 */
export function parseProperties(text: string): Record<string, string> {
  const entries = logicalLines(text).map(parseLine);
  return Object.fromEntries(entries);
}

/** Drops comments and blank lines and joins continued ones. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let continued: string[] | undefined;
  for (const natural of text.replace(/^\uFEFF/, '').split(LINE_END)) {
    const line = natural.replace(LEADING_BLANKS, '');
    if (continued === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const parts: string[] = continued ?? [];
    continued = endsOpen(line) ? parts : undefined;
    parts.push(continued === undefined ? line : line.slice(0, -1));
    if (continued === undefined) lines.push(parts.join(''));
  }
  if (continued !== undefined) lines.push(continued.join(''));
  return lines;
}

/** An odd number of backslashes at the end continues the line. */
function endsOpen(line: string): boolean {
  let start = line.length;
  while (line[start - 1] === '\\') start--;
  return (line.length - start) % 2 === 1;
}

function parseLine(line: string): [string, string] {
  const key = /^(?:\\.|[^\\=: \t\f])*/s.exec(line)?.[0] ?? '';
  const value = line.slice(key.length).replace(SEPARATOR, '');
  return [unescapeText(key), unescapeText(value)];
}

function unescapeText(text: string): string {
  return text.replace(/\\(u([0-9a-fA-F]{4})?|[^u]|$)/gs, (_escape, letter: string, hex?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (letter === 'u') {
      throw new SluiceError('CONFIG_INVALID', 'Malformed \\uxxxx encoding.', {
        hint: 'Write \\u and four hexadecimal digits, or the character itself in UTF-8.',
      });
    }
    return ESCAPES[letter] ?? letter;
  });
}
