/** Names and texts in SQL, whatever they hold. */
import { SluiceError } from '../../../connect/errors.js';

/** Longest name of a column or table in Doris, in characters. */
const MAX_NAME_CHARACTERS = 256;

/**
 * The name in backticks. What names may hold is for Doris to say; here it is only made sure that a name is nothing else.
 * @throws SluiceError SINK_UNSUPPORTED for a text that no column or table can be named
 */
export function quoteName(name: string): string {
  const length = [...name].length;
  if (length === 0 || length > MAX_NAME_CHARACTERS || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new SluiceError('SINK_UNSUPPORTED', `${JSON.stringify(name)} cannot be the name of a column or a table.`, {
      hint: 'Rename the field with a transform.',
    });
  }
  return `\`${name.replaceAll('`', '``')}\``;
}

/** The text in single quotes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '')}'`;
}
