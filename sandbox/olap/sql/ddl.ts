/** CREATE, DROP, TRUNCATE and ALTER: statements checked and completed, then handed to the engine. */

import { findColumn } from '../catalog.js';
import type { ColumnDefinition, ColumnType, TableDefinition, TableModel } from '../model.js';
import { formatColumnType } from './column-type.js';
import type { OkResult, SqlDialect } from './context.js';
import { ddlError, unknownDatabase, unknownTable, unknownTableToDrop } from './errors.js';
import type { SqlSession } from './session.js';
import type { AlterAction, ColumnSpec, CreateTable, Statement, TableKeys } from './statements.js';

const DONE: OkResult = { affectedRows: 0 };
/** Types that cannot be a key. */
const NO_KEYS: readonly string[] = [
  ...['FLOAT', 'DOUBLE', 'STRING', 'JSON', 'VARIANT', 'ARRAY', 'MAP', 'STRUCT', 'BITMAP', 'HLL'],
];
/** The property of tables that sort their rows by nothing. */
const WITHOUT_KEYS = 'enable_duplicate_without_keys_by_default';
/** A DUPLICATE table without a key clause has the first columns as its key, this many at most. */
const MAX_IMPLIED_KEYS = 3;

export async function createTable(session: SqlSession, statement: CreateTable): Promise<OkResult> {
  const { engine, dialect } = session.context;
  const database = session.databaseOf(statement.table);
  if (!engine.databases().includes(database)) throw unknownDatabase(database);
  const keys = tableKeys(dialect, statement);
  const definition: TableDefinition = {
    database,
    name: statement.table.name,
    model: keys.model,
    keys: keys.columns,
    columns: statement.columns.map((column) => withKey(column, keys.columns)),
    distribution: statement.distribution,
    properties: dialect.tableProperties(statement.properties, keys.model),
    comment: statement.comment,
    ...(statement.partitioning === undefined ? {} : { partitioning: statement.partitioning }),
  };
  checkColumns(definition);
  await engine.createTable(definition, { ifNotExists: statement.ifNotExists });
  return DONE;
}

/** The key clause, the KEY words of the columns, or what the product makes of a table without either. */
function tableKeys(dialect: SqlDialect, { keys, columns, properties }: CreateTable): TableKeys {
  if (keys !== undefined) {
    if (!dialect.models.includes(keys.model)) throw ddlError(`Not supported key type: ${keys.model}`);
    const names = keys.columns.map((key) => columns.find((column) => same(column.name, key))?.name ?? key);
    return { model: keys.model, columns: names };
  }
  const marked = columns.filter((column) => column.key).map((column) => column.name);
  if (columns.some((column) => column.aggregation !== undefined)) {
    const grouped = columns.filter((column) => column.aggregation === undefined);
    return { model: 'AGGREGATE', columns: grouped.map((column) => column.name) };
  }
  if (marked.length > 0) return { model: 'DUPLICATE', columns: marked };
  const isWithout = properties[WITHOUT_KEYS]?.toLowerCase() === 'true';
  return { model: 'DUPLICATE', columns: isWithout ? [] : impliedKeys(columns) };
}

function impliedKeys(columns: readonly ColumnSpec[]): string[] {
  const end = columns.findIndex((column) => NO_KEYS.includes(column.type.base));
  const first = columns.slice(0, Math.min(end < 0 ? columns.length : end, MAX_IMPLIED_KEYS));
  const varchar = first.findIndex((column) => column.type.base === 'VARCHAR');
  return first.slice(0, varchar < 0 ? first.length : varchar + 1).map((column) => column.name);
}

/** MySQL compares column names in any case. */
function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function withKey({ aggregation, ...column }: ColumnSpec, keys: readonly string[]): ColumnDefinition {
  const key = keys.some((name) => same(name, column.name));
  return { ...column, key, ...(aggregation === undefined ? {} : { aggregation }) };
}

/** Wording: CreateTableStmt.java and ColumnDef.java of Doris. */
function checkColumns({ columns, keys, model }: TableDefinition): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) throw ddlError(`Duplicate column name '${name}'`);
    seen.add(name.toLowerCase());
  }
  for (const [index, key] of keys.entries()) {
    const column = columns[index];
    if (!seen.has(key.toLowerCase())) throw ddlError(`Key column[${key}] doesn't exist.`);
    if (column === undefined || !same(column.name, key)) {
      throw ddlError(
        `Key columns should be a ordered prefix of the schema. KeyColumns[${index}] (starts from zero) is ${key}, ` +
          `but corresponding column is ${column?.name ?? ''} in the previous columns declaration.`,
      );
    }
    if (NO_KEYS.includes(column.type.base)) {
      throw ddlError(`${column.type.base} Type should not be used in key column[${key}].`);
    }
  }
  for (const column of columns) checkAggregation(column, model);
}

function checkAggregation(column: ColumnDefinition, model: TableModel): void {
  if (column.aggregation !== undefined && model !== 'AGGREGATE') {
    throw ddlError(`${model} table should not specify aggregate type for non-key column[${column.name}]`);
  }
  if (column.aggregation === undefined && model === 'AGGREGATE' && !column.key) {
    throw ddlError(`${column.name} must specify aggregate type`);
  }
}

export async function createTableLike(
  session: SqlSession,
  statement: Extract<Statement, { kind: 'createTableLike' }>,
): Promise<OkResult> {
  const model = session.table(statement.like);
  const definition = { ...model, database: session.databaseOf(statement.table), name: statement.table.name };
  await session.context.engine.createTable(definition, { ifNotExists: statement.ifNotExists });
  return DONE;
}

export async function dropTables(
  session: SqlSession,
  { tables, ifExists }: Extract<Statement, { kind: 'dropTable' }>,
): Promise<OkResult> {
  const { engine } = session.context;
  for (const table of tables) {
    const database = session.databaseOf(table);
    const known = engine.table(database, table.name) !== undefined;
    if (!known && !ifExists) throw unknownTableToDrop(table.name);
    if (known) await engine.dropTable(database, table.name, { ifExists: true });
  }
  return DONE;
}

export async function alterTable(
  session: SqlSession,
  statement: Extract<Statement, { kind: 'alterTable' }>,
): Promise<OkResult> {
  const { context } = session;
  const { database, name } = session.table(statement.table);
  context.alterJobs.requireNormal(database, name);
  const table = session.table(statement.table);
  const actions = merged(statement.actions);
  // What is refused is refused at once, also where a job is to do it.
  for (const action of actions) if (action.kind === 'modifyColumn') modifiedColumn(table, action.column);
  const isLight = actions.every((action) => isLightAction(table, action));
  await context.alterJobs.run(database, name, isLight, async () => {
    for (const action of actions) await applyAction(session, database, name, action);
  });
  return DONE;
}

/** Done in the metadata alone: all but new types; a VARCHAR may grow so. */
function isLightAction(table: TableDefinition, action: AlterAction): boolean {
  if (action.kind !== 'modifyColumn') return true;
  const present = findColumn(table, action.column.name)?.type;
  if (present === undefined || formatColumnType(present) === formatColumnType(action.column.type)) return true;
  return present.base === 'VARCHAR' && action.column.type.base === 'VARCHAR';
}

export function cancelAlter(session: SqlSession, statement: Extract<Statement, { kind: 'cancelAlter' }>): OkResult {
  const { database, name } = session.table(statement.table);
  session.context.alterJobs.cancel(database, name);
  return DONE;
}

/** Several ADD COLUMN of one statement are one change: all of the columns are added, or none. */
function merged(actions: readonly AlterAction[]): AlterAction[] {
  const result: AlterAction[] = [];
  for (const action of actions) {
    const last = result.at(-1);
    if (action.kind === 'addColumns' && last?.kind === 'addColumns') {
      result[result.length - 1] = { ...last, columns: [...last.columns, ...action.columns] };
    } else result.push(action);
  }
  return result;
}

async function applyAction(session: SqlSession, database: string, name: string, action: AlterAction): Promise<void> {
  const { engine } = session.context;
  const table = engine.table(database, name);
  if (table === undefined) throw unknownTable(name);
  switch (action.kind) {
    case 'addColumns':
      return engine.addColumns(database, name, addedColumns(table, action));
    case 'dropColumn':
      return engine.dropColumn(database, name, action.column);
    case 'renameColumn':
      if (findColumn(table, action.to) !== undefined) {
        throw ddlError(`Column name[${action.to}] is already used`);
      }
      return engine.renameColumn(database, name, action.from, action.to);
    case 'modifyColumn':
      return engine.modifyColumn(database, name, modifiedColumn(table, action.column));
    default:
      return undefined;
  }
}

function addedColumns(
  table: TableDefinition,
  { columns, after }: Extract<AlterAction, { kind: 'addColumns' }>,
): ColumnDefinition[] {
  if (after !== undefined && findColumn(table, after) === undefined) {
    throw ddlError(`Column[${after}] does not found`);
  }
  return columns.map((column) => {
    if (column.key) throw ddlError(`Can not add key column ${column.name} in a light schema change`);
    const added = withKey(column, []);
    checkAggregation(added, table.model);
    return added;
  });
}

function modifiedColumn(table: TableDefinition, spec: ColumnSpec): ColumnDefinition {
  const present = findColumn(table, spec.name);
  if (present === undefined) throw ddlError(`Column[${spec.name}] does not exists`);
  checkWidening(present.type, spec.type);
  if (present.nullable && !spec.nullable) {
    throw ddlError(`Can not change from nullable to non-nullable, column=${present.name}`);
  }
  const aggregation = spec.aggregation ?? present.aggregation;
  return { ...withKey({ ...spec, aggregation }, table.keys), name: present.name };
}

/** Each may become any of those behind it. */
const WIDENING: readonly (readonly ColumnType['base'][])[] = [
  ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'LARGEINT', 'VARCHAR', 'STRING'],
  ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'DOUBLE'],
  ['FLOAT', 'DOUBLE', 'VARCHAR', 'STRING'],
  ['DATE', 'DATETIME', 'VARCHAR', 'STRING'],
  ['CHAR', 'VARCHAR', 'STRING'],
  ['DECIMAL', 'VARCHAR', 'STRING'],
  ['JSON', 'VARIANT', 'STRING'],
];

/** Values that are there must fit the new type. Wording: ColumnType.java of Doris. */
function checkWidening(from: ColumnType, to: ColumnType): void {
  const [source, target] = [formatColumnType(from), formatColumnType(to)];
  if (source === target) return;
  if (from.base !== to.base) {
    const widens = WIDENING.some(
      (chain) => chain.includes(from.base) && chain.indexOf(from.base) < chain.indexOf(to.base),
    );
    if (!widens) throw ddlError(`Can not change ${source} to ${target}`);
    return;
  }
  const shorter =
    (to.length ?? 0) < (from.length ?? 0) ||
    (to.scale ?? 0) < (from.scale ?? 0) ||
    (to.precision ?? 0) - (to.scale ?? 0) < (from.precision ?? 0) - (from.scale ?? 0);
  if (shorter) {
    throw ddlError(`Shorten type length is prohibited, srcType=${source}, targetType=${target}`);
  }
}
