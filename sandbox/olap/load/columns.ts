/** Which source column goes where: the `columns` header, or the columns of the table by name. */
import { DatabaseError, type TableDefinition } from '../model.js';
import type { LoadOptions } from './options.js';

export const DELETE_SIGN = '__DORIS_DELETE_SIGN__';

export interface ColumnMapping {
  /** The fields of a source row, in order. */
  readonly source: readonly string[];
  /** Target columns that are made from the source. */
  readonly derived: readonly { readonly name: string; readonly expression: string }[];
}

/** Reads `columns` (`a, b, c = a + 1`); without it the source has the columns of the table and the hidden ones. */
export function mapColumns(table: TableDefinition, options: LoadOptions): ColumnMapping {
  if (options.columns === undefined) {
    return { source: [...table.columns.map(({ name }) => name), ...options.hiddenColumns], derived: [] };
  }
  const source: string[] = [];
  const derived: { name: string; expression: string }[] = [];
  for (const item of splitTopLevel(options.columns)) {
    const [, name, expression] = /^\s*(`[^`]+`|[^\s=`()]+)\s*(?:=(?!=)([\s\S]+))?$/.exec(item) ?? [];
    if (name === undefined) throw new DatabaseError(`Invalid column: ${item.trim()}`);
    const plain = name.replaceAll('`', '');
    if (expression === undefined) source.push(plain);
    else derived.push({ name: plain, expression: expression.trim() });
  }
  return { source, derived };
}

/** Cuts at commas that are not inside of parentheses or quotes. */
function splitTopLevel(text: string): readonly string[] {
  const items: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === "'" || character === '"' || character === '`') quote = character;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      items.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...items, text.slice(start)].filter((item) => item.trim() !== '');
}
