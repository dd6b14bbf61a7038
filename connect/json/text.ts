import { BACKSLASH } from './bytes.js';

/** The text of a string given as the span between its quotes, which a scan has found to be well-formed. */
export function decodeString(source: Buffer, start: number, end: number): string {
  const text = source.toString('utf8', start, end);
  for (let at = start; at < end; at++) {
    if (source[at] === BACKSLASH) return JSON.parse(`"${text}"`) as string;
  }
  return text;
}
