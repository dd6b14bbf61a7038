/** CREATE TABLE and ALTER TABLE, with the clauses of Doris and StarRocks. */

import type { TableModel } from '../model.js';
import { parseColumnType } from './column-type.js';
import { quoteBackticks } from './format-ddl.js';
import type { TokenReader } from './reader.js';
import type { AlterAction, ColumnSpec, CreateTable, Statement, TableKeys } from './statements.js';

const AGGREGATIONS = ['SUM', 'MAX', 'MIN', 'REPLACE', 'REPLACE_IF_NOT_NULL', 'HLL_UNION', 'BITMAP_UNION'] as const;
const MODELS: readonly TableModel[] = ['DUPLICATE', 'UNIQUE', 'AGGREGATE', 'PRIMARY'];

/** From the word behind CREATE TABLE on. */
export function parseCreateTable(reader: TokenReader): Statement {
  const ifNotExists = reader.ifNotExists();
  const table = reader.tableName();
  if (reader.accept('LIKE')) return { kind: 'createTableLike', table, like: reader.tableName(), ifNotExists };
  const body = parseTableBody(reader);
  let clauses: TableClauses = { comment: '', partitioning: undefined, distribution: undefined, properties: {} };
  let keys = body.keys;
  for (let clause = parseClause(reader); clause !== undefined; clause = parseClause(reader)) {
    if ('model' in clause) keys = clause;
    else clauses = { ...clauses, ...clause };
  }
  return { kind: 'createTable', table, ifNotExists, columns: body.columns, keys, ...withDistribution(clauses) };
}

type TableClauses = Pick<CreateTable, 'comment' | 'partitioning' | 'properties'> & {
  readonly distribution: string | undefined;
};

function withDistribution(clauses: TableClauses): TableClauses & Pick<CreateTable, 'distribution'> {
  return { ...clauses, distribution: clauses.distribution ?? 'RANDOM BUCKETS AUTO' };
}

/** `( column, …, [INDEX …], [PRIMARY KEY (…)] )`; a comma may end the list, as DorisParser.g4 allows. */
function parseTableBody(reader: TokenReader): { columns: ColumnSpec[]; keys: TableKeys | undefined } {
  const columns: ColumnSpec[] = [];
  let keys: TableKeys | undefined;
  reader.expect('(');
  do {
    if (isIndex(reader)) skipIndex(reader);
    else if (reader.sees('PRIMARY', 'KEY')) keys = parseKeys(reader);
    else columns.push(parseColumn(reader));
  } while (reader.accept(',') && !reader.sees(')'));
  reader.expect(')');
  return { columns, keys };
}

function isIndex(reader: TokenReader): boolean {
  return reader.sees('INDEX') && (reader.peek(2)?.keyword === '(' || reader.peek(2)?.keyword === 'IF');
}

/** `INDEX name (columns) [USING kind] [PROPERTIES (…)] [COMMENT '…']`: nothing here is faster with an index. */
function skipIndex(reader: TokenReader): void {
  reader.expect('INDEX');
  reader.ifNotExists();
  reader.identifier();
  reader.balancedText();
  if (reader.accept('USING')) reader.identifier();
  if (reader.accept('PROPERTIES')) reader.balancedText();
  if (reader.accept('COMMENT')) reader.string();
}

function parseClause(reader: TokenReader): TableKeys | Partial<TableClauses> | undefined {
  if (MODELS.some((model) => reader.sees(model, 'KEY'))) return parseKeys(reader);
  if (reader.accept('ENGINE')) {
    reader.accept('=');
    reader.identifier();
    return {};
  }
  if (reader.accept('COMMENT')) {
    reader.accept('=');
    return { comment: reader.string() };
  }
  if (reader.sees('AUTO', 'PARTITION') || reader.sees('PARTITION')) return { partitioning: parsePartitioning(reader) };
  if (reader.accept('DISTRIBUTED', 'BY')) return { distribution: parseDistribution(reader) };
  if (reader.accept('PROPERTIES')) return { properties: parseProperties(reader) };
  if (reader.accept('ORDER', 'BY') || reader.accept('CLUSTER', 'BY')) {
    reader.balancedText();
    return {};
  }
  return undefined;
}

function parseKeys(reader: TokenReader): TableKeys {
  const model = MODELS.find((each) => reader.accept(each));
  if (model === undefined) throw reader.error();
  reader.expect('KEY');
  return { model, columns: reader.parenthesized(() => reader.identifier()) };
}

/** Kept as it is written: `RANGE(...) (...)`, `LIST(...) (...)` or an expression. */
function parsePartitioning(reader: TokenReader): string {
  const start = reader.next();
  if (start.keyword === 'AUTO') reader.expect('PARTITION');
  reader.expect('BY');
  while (!reader.sees('(')) reader.identifier();
  reader.balancedText();
  if (reader.sees('(')) reader.balancedText();
  return reader.textSince(start);
}

function parseDistribution(reader: TokenReader): string {
  const hash = reader.accept('HASH');
  if (!hash) reader.expect('RANDOM');
  const by = hash ? `HASH(${reader.parenthesized(() => quoteBackticks(reader.identifier())).join(', ')})` : 'RANDOM';
  if (!reader.accept('BUCKETS')) return `${by} BUCKETS AUTO`;
  return `${by} BUCKETS ${reader.accept('AUTO') ? 'AUTO' : reader.integer()}`;
}

/** `("key" = "value", …)` */
export function parseProperties(reader: TokenReader): Record<string, string> {
  const entries = reader.parenthesized((): [string, string] => {
    const key = reader.name();
    reader.expect('=');
    return [key, reader.peek()?.kind === 'number' ? reader.next().text : reader.name()];
  });
  return Object.fromEntries(entries);
}

/** `name type [KEY] [aggregation] [NULL | NOT NULL] [DEFAULT …] [AUTO_INCREMENT] [COMMENT …]`, in any order. */
export function parseColumn(reader: TokenReader): ColumnSpec {
  const name = reader.identifier();
  const type = parseColumnType(reader);
  let column: ColumnSpec = { name, type, nullable: true, key: false, aggregation: undefined, comment: '' };
  for (let part = parseColumnPart(reader); part !== undefined; part = parseColumnPart(reader)) {
    column = { ...column, ...part };
  }
  return column;
}

function parseColumnPart(reader: TokenReader): Partial<ColumnSpec> | undefined {
  if (reader.accept('NOT', 'NULL')) return { nullable: false };
  if (reader.accept('NULL')) return { nullable: true };
  if (reader.accept('PRIMARY', 'KEY') || reader.accept('KEY')) return { key: true };
  if (reader.accept('DEFAULT')) return { defaultValue: parseDefault(reader) };
  if (reader.accept('AUTO_INCREMENT')) {
    if (reader.sees('(')) reader.balancedText();
    return { autoIncrement: true };
  }
  if (reader.accept('COMMENT')) return { comment: reader.string() };
  if (reader.accept('ON', 'UPDATE')) {
    parseDefault(reader);
    return {};
  }
  if (reader.accept('CHARACTER', 'SET') || reader.accept('CHARSET') || reader.accept('COLLATE')) {
    reader.name();
    return {};
  }
  const aggregation = AGGREGATIONS.find((each) => reader.accept(each));
  return aggregation === undefined ? undefined : { aggregation };
}

/** A literal, or CURRENT_TIMESTAMP with the digits it is asked for. */
function parseDefault(reader: TokenReader): string | null {
  const token = reader.peek();
  if (reader.accept('NULL')) return null;
  if (reader.accept('CURRENT_TIMESTAMP') || reader.accept('NOW')) {
    return `CURRENT_TIMESTAMP${reader.sees('(') ? reader.balancedText() : ''}`.replace('()', '');
  }
  if (reader.accept('CURRENT_DATE')) return 'CURRENT_DATE';
  if (token?.keyword === '-' || token?.keyword === '+') {
    reader.next();
    return `${token.keyword === '-' ? '-' : ''}${reader.next().text}`;
  }
  if (token?.keyword === 'TRUE' || token?.keyword === 'FALSE') return reader.next().text.toLowerCase();
  if (token?.kind === 'string' || token?.kind === 'number') return reader.next().text;
  throw reader.error();
}

/** From the table's name on: `action, action, …` */
export function parseAlterTable(reader: TokenReader): Statement {
  const table = reader.tableName();
  return { kind: 'alterTable', table, actions: reader.list(() => parseAction(reader)) };
}

function parseAction(reader: TokenReader): AlterAction {
  if (reader.accept('ADD')) return parseAdd(reader);
  if (reader.accept('DROP')) {
    reader.accept('COLUMN');
    const column = reader.identifier();
    parseRollup(reader);
    return { kind: 'dropColumn', column };
  }
  if (reader.accept('MODIFY', 'COLUMN')) {
    const column = parseColumn(reader);
    parsePosition(reader);
    parseRollup(reader);
    return { kind: 'modifyColumn', column };
  }
  if (reader.accept('RENAME', 'COLUMN')) return parseRename(reader);
  if (reader.accept('MODIFY', 'COMMENT')) {
    reader.string();
    return { kind: 'accepted' };
  }
  reader.expect('SET');
  parseProperties(reader);
  return { kind: 'accepted' };
}

/** `ADD COLUMN a INT [AFTER x | FIRST]` or `ADD COLUMN (a INT, b INT)` */
function parseAdd(reader: TokenReader): AlterAction {
  reader.accept('COLUMN');
  const columns = reader.sees('(') ? reader.parenthesized(() => parseColumn(reader)) : [parseColumn(reader)];
  const after = parsePosition(reader);
  parseRollup(reader);
  return { kind: 'addColumns', columns, after };
}

function parseRename(reader: TokenReader): AlterAction {
  const from = reader.identifier();
  reader.accept('TO');
  return { kind: 'renameColumn', from, to: reader.identifier() };
}

function parsePosition(reader: TokenReader): string | undefined {
  if (reader.accept('FIRST')) return undefined;
  return reader.accept('AFTER') ? reader.identifier() : undefined;
}

/** `[TO | FROM rollup] [PROPERTIES (…)]`: there are no rollups here. */
function parseRollup(reader: TokenReader): void {
  if (reader.accept('TO') || reader.accept('FROM')) reader.identifier();
  if (reader.accept('PROPERTIES')) parseProperties(reader);
}
