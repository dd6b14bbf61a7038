/** Columns and conditions that a load computes from its source columns, as one query. */
import { findColumn } from './catalog.js';
import type { TableDefinition } from './model.js';
import { duckdbType, quoteIdentifier } from './types.js';

/** What a load computes from its source columns, in DuckDB's SQL. */
export interface Computation {
  /** A column of this table is of the table's type in expressions; a column that it does not have is text. */
  readonly table: TableDefinition;
  readonly source: readonly string[];
  /** Columns made from the source. */
  readonly derived: readonly { readonly name: string; readonly expression: string }[];
  /** Conditions over the source and the derived columns. */
  readonly conditions: readonly string[];
}

/** The texts of the derived columns, then `true`, `false` or null for each condition. */
export type ComputedRow = readonly (string | null)[];

/** @param source the name of a table that has the source columns as text */
export function computationQuery({ table, source: columns, derived, conditions }: Computation, source: string): string {
  const made = new Set(derived.map(({ name }) => name.toLowerCase()));
  const kept = columns.filter((name) => !made.has(name.toLowerCase()));
  const typed = (name: string): string => {
    const column = quoteIdentifier(name);
    const known = findColumn(table, name);
    return known === undefined ? column : `TRY_CAST(${column} AS ${duckdbType(known.type)}) AS ${column}`;
  };
  // A source column that is made anew is text, because its expression is there to read it.
  const input = columns.map((name) => (made.has(name.toLowerCase()) ? quoteIdentifier(name) : typed(name)));
  const values = derived.map(({ name, expression }) => `(${dialect(expression)}) AS ${quoteIdentifier(name)}`);
  const inner = [...kept.map(quoteIdentifier), ...values];
  const output = [
    ...derived.map(({ name }) => `CAST(${quoteIdentifier(name)} AS VARCHAR)`),
    ...conditions.map((condition) => `CAST((${dialect(condition)}) AS VARCHAR)`),
  ];
  return (
    `SELECT ${output.join(', ')} FROM (SELECT ${[...kept, ...derived.map(({ name }) => name)].map(typed).join(', ')}` +
    ` FROM (SELECT ${inner.join(', ')} FROM (SELECT ${input.join(', ')} FROM ${source})))`
  );
}

/** Identifiers in back-ticks; everything else of an expression must be the same in both dialects. */
function dialect(expression: string): string {
  return expression.replaceAll('`', '"');
}
