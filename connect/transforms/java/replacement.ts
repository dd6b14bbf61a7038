/** Replacement texts of java.util.regex.Matcher: `$1`, `${name}`, and a backslash before what is to mean itself. */
import { type JavaRegex, RegexRefused } from './regex.js';

/** A fixed text, the number of a group or the name of one. */
type Part = { readonly text: string } | { readonly group: number } | { readonly name: string };

/** Replaces the first match in a text. */
export type ReplaceFirst = (text: string) => string;

/**
 * `matcher.replaceFirst(replacement)`. What Java finds wrong with a replacement at the first match is found at once.
 * @throws RegexRefused
 */
export function compileReplacement(regex: JavaRegex, replacement: string): ReplaceFirst {
  const parts = parse(regex, replacement);
  return (text) => {
    const match = regex.anywhere.exec(text);
    if (match === null) return text;
    const replaced = parts.map((part) => {
      if ('text' in part) return part.text;
      return ('name' in part ? match.groups?.[part.name] : match[part.group]) ?? '';
    });
    return text.slice(0, match.index) + replaced.join('') + text.slice(match.index + match[0].length);
  };
}

function parse(regex: JavaRegex, replacement: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < replacement.length) {
    const rest = replacement.slice(at);
    if (rest.startsWith('\\')) {
      if (rest.length === 1) throw new RegexRefused('character to be escaped is missing');
      parts.push({ text: rest.slice(1, 2) });
      at += 2;
    } else if (rest.startsWith('${')) {
      const name = /^\$\{([a-zA-Z][a-zA-Z0-9]*)\}/.exec(rest)?.[1];
      if (name === undefined) throw new RegexRefused(`Illegal group reference in ${replacement}`);
      if (!regex.names.has(name)) throw new RegexRefused(`No group with name {${name}}`);
      parts.push({ name });
      at += name.length + 3;
    } else if (rest.startsWith('$')) {
      const digits = groupDigits(regex, rest);
      parts.push({ group: Number(digits) });
      at += 1 + digits.length;
    } else {
      const text = /^[^\\$]+/.exec(rest)?.[0] ?? '';
      parts.push({ text });
      at += text.length;
    }
  }
  for (const part of parts) requireSteady(regex, part);
  return parts;
}

/** As many digits as make the number of a group that there is; at least one. */
function groupDigits(regex: JavaRegex, reference: string): string {
  const all = /^\$(\d+)/.exec(reference)?.[1];
  if (all === undefined) throw new RegexRefused(`Illegal group reference: ${reference}`);
  let digits = all.slice(0, 1);
  if (Number(digits) > regex.groups) throw new RegexRefused(`No group ${digits}`);
  while (digits.length < all.length && Number(all.slice(0, digits.length + 1)) <= regex.groups) {
    digits = all.slice(0, digits.length + 1);
  }
  return digits;
}

function requireSteady(regex: JavaRegex, part: Part): void {
  if ('text' in part || regex.unsteady.size === 0) return;
  if ('group' in part && !regex.unsteady.has(part.group)) return;
  throw new RegexRefused('References to groups inside a repeated group are not available');
}
