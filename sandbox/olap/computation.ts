/** Columns and conditions that a load computes from its source columns, as one query. */
import { findColumn } from './catalog.js';
import { DatabaseError, type TableDefinition } from './model.js';
import { type Token, tokenize } from './sql/lexer.js';
import { translateCondition } from './sql/translate.js';
import { duckdbType, quoteIdentifier } from './types.js';

/** What a load computes from its source columns, in the words of Doris. */
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
export function computationQuery(computation: Computation, source: string): string {
  const { table, source: columns, derived, conditions } = computation;
  const { isMade, isText, isTextInConditions } = columnKinds(computation);
  const kept = columns.filter((name) => !isMade(name));
  const typed = (name: string): string => {
    const column = quoteIdentifier(name);
    const known = findColumn(table, name);
    return known === undefined ? column : `TRY_CAST(${column} AS ${duckdbType(known.type)}) AS ${column}`;
  };
  const input = columns.map((name) => (isMade(name) ? quoteIdentifier(name) : typed(name)));
  const values = derived.map(
    ({ name, expression }) => `(${translated(expression, isText)}) AS ${quoteIdentifier(name)}`,
  );
  const inner = [...kept.map(quoteIdentifier), ...values];
  const output = [
    ...derived.map(({ name }) => `CAST(${quoteIdentifier(name)} AS VARCHAR)`),
    ...conditions.map((condition) => `CAST((${translated(condition, isTextInConditions)}) AS VARCHAR)`),
  ];
  return (
    `SELECT ${output.join(', ')} FROM (SELECT ${[...kept, ...derived.map(({ name }) => name)].map(typed).join(', ')}` +
    ` FROM (SELECT ${inner.join(', ')} FROM (SELECT ${input.join(', ')} FROM ${source})))`
  );
}

type ColumnTest = (name: string) => boolean;

/** A source column that is made anew is text, because its expression is there to read it; conditions see what was made. */
function columnKinds({
  table,
  source,
  derived,
}: Computation): Record<'isMade' | 'isText' | 'isTextInConditions', ColumnTest> {
  const sources = new Set(source.map((name) => name.toLowerCase()));
  const made = new Set(derived.map(({ name }) => name.toLowerCase()));
  const isMade: ColumnTest = (name) => made.has(name.toLowerCase());
  const isKnown: ColumnTest = (name) => findColumn(table, name) !== undefined;
  const isSource: ColumnTest = (name) => sources.has(name.toLowerCase());
  return {
    isMade,
    isText: (name) => isSource(name) && (isMade(name) || !isKnown(name)),
    isTextInConditions: (name) => isSource(name) && !isMade(name) && !isKnown(name),
  };
}

const ARITHMETIC = /^(?:[-+*/%]|DIV|MOD)$/;
const COMPARISON = /^(?:[<>!]?=|[<>]|<>)$/;

/** DuckDB's words. A text that is calculated with, or compared with a number, is read as a number, as Doris does. */
function translated(expression: string, isText: ColumnTest): string {
  const sql = numbersFromText(expression, isText);
  return translateCondition(tokenize(sql), {
    sql,
    table: () => refuse('a query'),
    variable: () => refuse('a variable'),
    sessionFunction: () => undefined,
  });
}

function numbersFromText(expression: string, isText: ColumnTest): string {
  const tokens = tokenize(expression);
  const isOperand = ({ kind, text }: Token, index: number): boolean => {
    const isName = (kind === 'word' && tokens[index + 1]?.keyword !== '(') || kind === 'quoted';
    const meetsNumber = [-1, 1].some((side) => {
      const operator = tokens[index + side]?.keyword ?? '';
      const isCompared = COMPARISON.test(operator) && tokens[index + 2 * side]?.kind === 'number';
      return ARITHMETIC.test(operator) || isCompared;
    });
    return isName && isText(text) && meetsNumber;
  };
  let sql = '';
  let end = 0;
  for (const [index, token] of tokens.entries()) {
    if (!isOperand(token, index)) continue;
    sql += `${expression.slice(end, token.start)}CAST(${expression.slice(token.start, token.end)} AS DOUBLE)`;
    end = token.end;
  }
  return sql + expression.slice(end);
}

function refuse(what: string): never {
  throw new DatabaseError(`${what} cannot stand in the expressions of a load`);
}
