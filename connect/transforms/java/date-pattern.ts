/** Patterns of java.text.SimpleDateFormat, taken apart. */

/** A fixed text, or a letter and how often it stands there. */
export type PatternPart = { readonly text: string } | { readonly letter: string; readonly count: number };

/** A pattern that Java would refuse. */
export class DatePatternRefused extends Error {
  override readonly name = 'DatePatternRefused';
}

const LETTERS = 'GyMdkHmsSEDFwWahKzZYuXL';

/** @throws DatePatternRefused with the words of SimpleDateFormat */
export function parseDatePattern(pattern: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  let at = 0;
  const addText = (text: string): void => {
    const last = parts.at(-1);
    if (last !== undefined && 'text' in last) parts[parts.length - 1] = { text: last.text + text };
    else parts.push({ text });
  };
  while (at < pattern.length) {
    const character = pattern.charAt(at);
    if (character === "'") {
      const { text, end } = quoted(pattern, at);
      addText(text);
      at = end;
    } else if (/[a-zA-Z]/.test(character)) {
      if (!LETTERS.includes(character)) throw new DatePatternRefused(`Illegal pattern character '${character}'`);
      let end = at;
      while (pattern[end] === character) end++;
      if (character === 'X' && end - at > 3)
        throw new DatePatternRefused(`invalid ISO 8601 format: length=${end - at}`);
      parts.push({ letter: character, count: end - at });
      at = end;
    } else {
      addText(character);
      at++;
    }
  }
  return parts;
}

/** Two quotes in a row are one, inside quotes and outside. */
function quoted(pattern: string, open: number): { text: string; end: number } {
  if (pattern[open + 1] === "'") return { text: "'", end: open + 2 };
  let text = '';
  for (let at = open + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at];
    else if (pattern[at + 1] === "'") {
      text += "'";
      at++;
    } else return { text, end: at + 1 };
  }
  throw new DatePatternRefused('Unterminated quote');
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
