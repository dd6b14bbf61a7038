import { byteAt } from './bytes.js';
import { JsonSyntaxError } from './syntax-error.js';

/**
 * Checks the character of two to four bytes that begins at `position` and returns the position past it: the well-formed
 * sequences of the Unicode standard's table 3-7, hence no overlong forms, no surrogates, nothing past U+10FFFF.
 * @throws JsonSyntaxError
 */
export function skipMultibyte(source: Buffer, position: number, end: number): number {
  const lead = byteAt(source, position, end);
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = byteAt(source, position + 1, end);
  let wellFormed = lead >= 0xc2 && lead <= 0xf4 && second >= lowestSecond(lead) && second <= highestSecond(lead);
  for (let at = position + 2; wellFormed && at < position + length; at++) {
    wellFormed = (byteAt(source, at, end) & 0xc0) === 0x80;
  }
  if (!wellFormed) throw new JsonSyntaxError(position, 'bytes that are not UTF-8');
  return position + length;
}

function lowestSecond(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function highestSecond(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}
