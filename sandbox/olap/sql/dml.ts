/** INSERT and DELETE. An INSERT is a transaction of its own: all of its rows become visible, or none. */

import { randomUUID } from 'node:crypto';
import { findColumn } from '../catalog.js';
import { Rejection, UNCONVERTIBLE } from '../conversion.js';
import { type Cell, type ColumnDefinition, DatabaseError, type TableDefinition } from '../model.js';
import { TransactionRefused } from '../transactions.js';
import { quoteIdentifier } from '../types.js';
import { compileConverter } from '../values.js';
import type { OkResult } from './context.js';
import { ddlError, unknownColumn } from './errors.js';
import { conditionOf, runSelect, runTranslated } from './select.js';
import type { SqlSession } from './session.js';
import type { InsertValue, Statement } from './statements.js';
import { zonedDateTime } from './time-zone.js';

type Insert = Extract<Statement, { kind: 'insert' }>;
type Delete = Extract<Statement, { kind: 'delete' }>;

/** A value on its way into a column: text to be converted, or `default`. */
type Incoming = string | null | typeof DEFAULT;
const DEFAULT = Symbol('default');

export async function runInsert(session: SqlSession, sql: string, insert: Insert): Promise<OkResult> {
  const table = session.table(insert.table);
  const columns = targetColumns(table, insert.columns);
  const incoming = await incomingRows(session, sql, insert, columns.length);
  const firstNumber = await reserveNumbers(session, table, incoming.length);
  const rows = convertRows(session, table, columns, incoming, firstNumber);
  if (rows.length === 0) return { affectedRows: 0 };
  const names = table.columns.map((column) => column.name);
  const label = insert.label ?? `label_${randomUUID().replaceAll('-', '')}`;
  const id = await inTransaction(session, table, label, () =>
    session.context.engine.write(table.database, table.name, { columns: names, rows }),
  );
  return { affectedRows: rows.length, info: `{'label':'${label}', 'status':'VISIBLE', 'txnId':'${id}'}` };
}

function targetColumns(table: TableDefinition, names: readonly string[] | undefined): readonly ColumnDefinition[] {
  if (names === undefined) return table.columns;
  return names.map((name) => {
    const column = findColumn(table, name);
    if (column === undefined) throw unknownColumn(name, 'field list');
    return column;
  });
}

async function incomingRows(
  session: SqlSession,
  sql: string,
  { source }: Insert,
  columnCount: number,
): Promise<Incoming[][]> {
  if (source.kind === 'query') {
    const result = await runSelect(session, sql, source.tokens);
    checkCount(result.columns.length, columnCount);
    return result.rows.map((row) => [...row]);
  }
  for (const row of source.rows) checkCount(row.length, columnCount);
  return Promise.all(source.rows.map((row) => Promise.all(row.map((value) => incomingValue(session, sql, value)))));
}

function checkCount(given: number, wanted: number): void {
  if (given === wanted) return;
  throw new DatabaseError(`Column count doesn't match value count: ${wanted} columns, ${given} values`, 1136, '21S01');
}

async function incomingValue(session: SqlSession, sql: string, value: InsertValue): Promise<Incoming> {
  switch (value.kind) {
    case 'literal':
      return value.text;
    case 'default':
      return DEFAULT;
    default: {
      const expression = conditionOf(session, sql, value.tokens);
      const result = await runTranslated(session, `SELECT ${expression}`, true);
      return result.rows[0]?.[0] ?? null;
    }
  }
}

/** The first of `count` numbers for an AUTO_INCREMENT column, above all that are stored or given away. */
async function reserveNumbers(session: SqlSession, table: TableDefinition, count: number): Promise<bigint> {
  const column = table.columns.find((each) => each.autoIncrement === true);
  if (column === undefined) return 0n;
  const from = `${quoteIdentifier(table.database)}.${quoteIdentifier(table.name)}`;
  const { rows } = await runTranslated(session, `SELECT max(${quoteIdentifier(column.name)}) FROM ${from}`, true);
  const { lastNumbers } = session.context;
  const stored = BigInt(rows[0]?.[0] ?? 0);
  const given = lastNumbers.get(from) ?? 0n;
  const last = stored > given ? stored : given;
  lastNumbers.set(from, last + BigInt(count));
  return last + 1n;
}

/** Full rows of the table, in the order of its columns, each cell checked against its type. */
function convertRows(
  session: SqlSession,
  table: TableDefinition,
  columns: readonly ColumnDefinition[],
  rows: readonly (readonly Incoming[])[],
  firstNumber: bigint,
): Cell[][] {
  const targets = table.columns.map((column) => ({
    at: columns.indexOf(column),
    toCell: cellConverter(session, column),
    counts: column.autoIncrement === true,
  }));
  return rows.map((row, index) =>
    targets.map(({ at, toCell, counts }) => {
      const incoming = at < 0 ? DEFAULT : (row[at] ?? null);
      const missing = incoming === DEFAULT || incoming === null;
      return toCell(counts && missing ? String(firstNumber + BigInt(index)) : incoming);
    }),
  );
}

/** Strict, as `enable_insert_strict = true` is: what does not fit fails the statement. */
function cellConverter(session: SqlSession, column: ColumnDefinition): (incoming: Incoming) => Cell {
  const convert = compileConverter(column, session.variables);
  const reject = (reason: string): DatabaseError =>
    ddlError(`Insert has filtered data in strict mode. reason: ${reason}`);
  return (incoming) => {
    const text = incoming === DEFAULT ? defaultText(session, column) : incoming;
    if (text === null) {
      if (column.nullable) return null;
      throw reject(`column(${column.name}) values is null while columns is not nullable`);
    }
    const cell = convert(text);
    if (cell instanceof Rejection) throw reject(cell.reason);
    if (cell === UNCONVERTIBLE) {
      throw reject(`column(${column.name}) value is incorrect while strict mode is true, src value is ${text}`);
    }
    return cell;
  };
}

function defaultText(session: SqlSession, { name, defaultValue, nullable }: ColumnDefinition): string | null {
  if (defaultValue === undefined && !nullable) {
    throw ddlError(`Column has no default value, column=${name}`);
  }
  if (defaultValue === undefined || defaultValue === null) return null;
  const isClock = /^CURRENT_(TIMESTAMP|DATE)/.test(defaultValue);
  if (!isClock) return defaultValue;
  const now = zonedDateTime(session.context.now(), session.variables.timeZone);
  return defaultValue === 'CURRENT_DATE' ? now.slice(0, 10) : now;
}

/** Runs `load` under a label and returns the transaction's id. */
async function inTransaction(
  session: SqlSession,
  { database, name }: TableDefinition,
  label: string,
  load: () => Promise<void>,
): Promise<bigint> {
  const { transactions, cluster } = session.context;
  const coordinator = `FE: ${cluster.frontends()[0]?.host ?? '127.0.0.1'}`;
  try {
    const { id } = transactions.begin({ database, label, tables: [name], coordinator });
    try {
      await load();
    } catch (error) {
      transactions.abort(database, id, error instanceof Error ? error.message : String(error));
      throw error;
    }
    transactions.commitPrepared(database, id);
    transactions.publish(database, id);
    return id;
  } catch (error) {
    if (!(error instanceof TransactionRefused) || error.refusal.kind !== 'label-used') throw error;
    const { id, state } = error.refusal.transaction;
    throw ddlError(`Label [${label}] has already been used, relate to txn [${id}], status [${state}].`);
  }
}

/** Rows of keyed tables are removed by their keys, through the engine's own path; others by the condition. */
export async function runDelete(session: SqlSession, sql: string, statement: Delete): Promise<OkResult> {
  const table = session.table(statement.table);
  const where = conditionOf(session, sql, statement.where);
  const from = `FROM ${quoteIdentifier(table.database)}.${quoteIdentifier(table.name)} WHERE ${where}`;
  if (table.model === 'DUPLICATE' || table.model === 'AGGREGATE') {
    const deleted = await runTranslated(session, `DELETE ${from}`, true);
    return { affectedRows: Number(deleted.rows[0]?.[0] ?? 0) };
  }
  const { rows } = await runTranslated(session, `SELECT ${table.keys.map(quoteIdentifier).join(', ')} ${from}`, true);
  if (rows.length > 0) {
    const deleted = rows.map(() => true);
    await session.context.engine.write(table.database, table.name, { columns: table.keys, rows, deleted });
  }
  return { affectedRows: rows.length };
}
