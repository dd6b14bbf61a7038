/**
 * The storage behind the doubles of Doris and StarRocks: an OlapEngine over DuckDB, one DuckDB schema per database.
 *
 * Everything that changes data runs one after the other on one connection, each change in one DuckDB transaction;
 * queries run on a connection of their own and see whole loads or nothing of them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, VARCHAR } from '@duckdb/node-api';
import { Catalog, ddlError } from './catalog.js';
import { renderValue } from './cells.js';
import { type Computation, type ComputedRow, computationQuery } from './computation.js';
import { defaultExpression, mergeStatements, STAGE_DELETE, STAGE_MASK, STAGE_ORDER, tableName } from './merge.js';
import {
  type Cell,
  type ColumnDefinition,
  DatabaseError,
  type OlapEngine,
  type QueryResult,
  type TableDefinition,
} from './model.js';
import { Serial } from './serial.js';
import { CHUNK_ROWS, StagedRows, type StagingOptions } from './staging.js';
import { TransactionStore } from './transaction-store.js';
import type { Transaction } from './transactions.js';
import { duckdbType, quoteIdentifier, quoteLiteral } from './types.js';

/** Where the definitions of a database file are kept: DuckDB knows neither table models nor the databases' types. */
const META_SCHEMA = '__sluice_sandbox';
const META = quoteIdentifier(META_SCHEMA);
const STAGE = quoteIdentifier('__stage');
/** Chunks that are appended before other work of the process gets a turn. */
const CHUNKS_PER_TURN = 16;

export interface EngineOptions {
  /** A DuckDB file; absent keeps everything in memory. */
  readonly dataFile?: string;
}

/** What the load side needs beyond OlapEngine: rows that are staged first and become visible later. */
export interface LoadEngine extends OlapEngine {
  /** Collects rows for the table as it is defined now. */
  stage(database: string, table: string, options: StagingOptions): StagedRows;
  /** Where transactions are kept; absent in memory. */
  readonly store: TransactionStore | undefined;
  /** Makes staged rows visible in one step. The table may have gained or lost columns since. */
  publish(rows: StagedRows): Promise<void>;
  /** The same for all rows of a transaction, whose new state is kept in the same step. */
  settle(transaction: Transaction, loads: readonly StagedRows[]): Promise<void>;
  /** Computes columns and conditions over rows of text; throws DatabaseError when an expression does not fit them. */
  compute(computation: Computation, rows: readonly (readonly (string | null)[])[]): Promise<readonly ComputedRow[]>;
}

/** A division by zero is NULL, not infinite. */
const SETTINGS = { ieee_floating_point_ops: 'false' };

/** Opens the storage. The caller owns it and closes it. */
export async function createEngine(options: EngineOptions = {}): Promise<LoadEngine> {
  const instance = await DuckDBInstance.create(options.dataFile ?? ':memory:', SETTINGS);
  const writer = await instance.connect();
  const reader = await instance.connect();
  const catalog = new Catalog();
  await writer.run(`CREATE SCHEMA IF NOT EXISTS ${META}`);
  await writer.run(
    `CREATE TABLE IF NOT EXISTS ${META}.definitions (database VARCHAR, name VARCHAR, definition VARCHAR)`,
  );
  await restore(writer, catalog);
  return new DuckdbEngine(instance, writer, reader, catalog, options.dataFile);
}

async function restore(connection: DuckDBConnection, catalog: Catalog): Promise<void> {
  const stored = await connection.runAndReadAll(`SELECT database, definition FROM ${META}.definitions ORDER BY rowid`);
  for (const [database, definition] of stored.getRows()) {
    if (!catalog.has(String(database))) catalog.addDatabase(String(database));
    if (definition === null) continue;
    const table = JSON.parse(String(definition)) as TableDefinition;
    catalog.put(table);
    await restoreCounter(connection, catalog, table);
  }
}

async function restoreCounter(connection: DuckDBConnection, catalog: Catalog, table: TableDefinition): Promise<void> {
  const counted = table.columns.find(({ autoIncrement }) => autoIncrement === true);
  if (counted === undefined) return;
  const highest = await connection.runAndReadAll(
    `SELECT max(${quoteIdentifier(counted.name)}) FROM ${tableName(table)}`,
  );
  catalog.countFrom(table.database, table.name, BigInt(String(highest.getRows()[0]?.[0] ?? 0)));
}

class DuckdbEngine implements LoadEngine {
  private readonly writes = new Serial();
  private readonly reads = new Serial();
  private readerDatabase: string | undefined;
  readonly store: TransactionStore | undefined;

  constructor(
    private readonly instance: DuckDBInstance,
    private readonly writer: DuckDBConnection,
    private readonly reader: DuckDBConnection,
    private readonly catalog: Catalog,
    dataFile: string | undefined,
  ) {
    if (dataFile === undefined) return;
    this.store = new TransactionStore({
      journalFile: `${dataFile}.transactions`,
      connection: writer,
      schema: META_SCHEMA,
      change: (work) => this.change(work),
      append: (rows, table, schema) => this.append(rows, table, schema),
    });
  }

  databases(): readonly string[] {
    return this.catalog.databases();
  }

  tables(database: string): readonly TableDefinition[] {
    return this.catalog.tables(database);
  }

  table(database: string, name: string): TableDefinition | undefined {
    return this.catalog.table(database, name);
  }

  async createDatabase(name: string, options: { ifNotExists?: boolean } = {}): Promise<void> {
    await this.change(async () => {
      if (this.catalog.has(name)) {
        if (options.ifNotExists === true) return undefined;
        throw new DatabaseError(`Can't create database '${name}'; database exists`, 1007);
      }
      await this.writer.run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}`);
      await this.writer.run(`INSERT INTO ${META}.definitions VALUES (${quoteLiteral(name)}, NULL, NULL)`);
      return () => this.catalog.addDatabase(name);
    });
  }

  async dropDatabase(name: string, options: { ifExists?: boolean } = {}): Promise<void> {
    await this.change(async () => {
      if (!this.catalog.has(name)) {
        if (options.ifExists === true) return undefined;
        throw new DatabaseError(`Can't drop database '${name}'; database doesn't exist`, 1008);
      }
      for (const table of this.catalog.tables(name)) await this.writer.run(`DROP TABLE ${tableName(table)}`);
      if (name !== 'main') await this.writer.run(`DROP SCHEMA ${quoteIdentifier(name)} CASCADE`);
      await this.writer.run(`DELETE FROM ${META}.definitions WHERE database = ${quoteLiteral(name)}`);
      return () => this.catalog.removeDatabase(name);
    });
  }

  async createTable(definition: TableDefinition, options: { ifNotExists?: boolean } = {}): Promise<void> {
    await this.change(async () => {
      if (this.catalog.requireDatabase(definition.database).has(definition.name)) {
        if (options.ifNotExists === true) return undefined;
        throw new DatabaseError(`Table '${definition.name}' already exists`, 1050, '42S01');
      }
      const columns = definition.columns.map((column) => columnClause(column));
      await this.writer.run(`CREATE TABLE ${tableName(definition)} (${columns.join(', ')})`);
      await this.remember(definition);
      return () => this.catalog.put(definition);
    });
  }

  async dropTable(database: string, name: string, options: { ifExists?: boolean } = {}): Promise<void> {
    await this.change(async () => {
      if (options.ifExists === true && this.catalog.table(database, name) === undefined) return undefined;
      const table = this.catalog.requireTable(database, name);
      await this.writer.run(`DROP TABLE ${tableName(table)}`);
      await this.forget(table);
      return () => this.catalog.remove(database, name);
    });
  }

  async truncateTable(database: string, name: string): Promise<void> {
    await this.change(async () => {
      await this.writer.run(`DELETE FROM ${tableName(this.catalog.requireTable(database, name))}`);
      return undefined;
    });
  }

  async addColumns(database: string, name: string, columns: readonly ColumnDefinition[]): Promise<void> {
    await this.alter(database, name, (table) => {
      const known = new Set(table.columns.map((column) => column.name.toLowerCase()));
      for (const column of columns) {
        if (known.has(column.name.toLowerCase())) {
          throw ddlError(`Can not add column which already exists in base table: ${column.name}`);
        }
        known.add(column.name.toLowerCase());
      }
      return {
        statements: columns.map((column) => `ADD COLUMN ${columnClause(column)}`),
        table: { ...table, columns: [...table.columns, ...columns] },
      };
    });
  }

  async dropColumn(database: string, name: string, columnName: string): Promise<void> {
    await this.alter(database, name, (table) => {
      const dropped = this.catalog.requireColumn(table, columnName);
      if (dropped.key) throw ddlError(`Can not drop key column ${dropped.name} in a light schema change`);
      return {
        statements: [`DROP COLUMN ${quoteIdentifier(dropped.name)}`],
        table: { ...table, columns: table.columns.filter((column) => column !== dropped) },
      };
    });
  }

  async modifyColumn(database: string, name: string, column: ColumnDefinition): Promise<void> {
    await this.alter(database, name, (table) => {
      const present = this.catalog.requireColumn(table, column.name);
      return {
        statements: [`ALTER COLUMN ${quoteIdentifier(present.name)} TYPE ${duckdbType(column.type)}`],
        table: { ...table, columns: table.columns.map((each) => (each === present ? column : each)) },
      };
    });
  }

  async renameColumn(database: string, name: string, from: string, to: string): Promise<void> {
    await this.alter(database, name, (table) => {
      const present = this.catalog.requireColumn(table, from);
      const renamed = (other: string): string => (other === present.name ? to : other);
      return {
        statements: [`RENAME COLUMN ${quoteIdentifier(present.name)} TO ${quoteIdentifier(to)}`],
        table: {
          ...table,
          keys: table.keys.map(renamed),
          columns: table.columns.map((each) => ({ ...each, name: renamed(each.name) })),
        },
      };
    });
  }

  async write(
    database: string,
    name: string,
    change: {
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
      readonly deleted?: readonly boolean[];
      readonly partial?: boolean;
    },
  ): Promise<void> {
    const table = this.catalog.requireTable(database, name);
    const rows = this.stage(database, name, {
      columns: change.columns.map((column) => this.catalog.requireColumn(table, column)),
      partial: change.partial ?? false,
      deletes: change.deleted !== undefined,
    });
    for (const [index, row] of change.rows.entries()) rows.append(row, change.deleted?.[index] ?? false);
    rows.seal();
    await this.publish(rows);
  }

  stage(database: string, name: string, options: StagingOptions): StagedRows {
    return new StagedRows(this.catalog.requireTable(database, name), options);
  }

  async publish(rows: StagedRows): Promise<void> {
    if (rows.rowCount === 0) return;
    await this.change(async () => {
      await this.add(rows, this.catalog.requireTable(rows.table.database, rows.table.name));
      return undefined;
    });
  }

  async settle(transaction: Transaction, loads: readonly StagedRows[]): Promise<void> {
    await this.change(async () => {
      for (const rows of loads) {
        // A table that was dropped in the meantime takes its rows along.
        const table = this.catalog.table(rows.table.database, rows.table.name);
        if (table !== undefined && rows.rowCount > 0) await this.add(rows, table);
      }
      await this.store?.release(transaction.id);
      return undefined;
    });
    await this.store?.put(transaction);
  }

  nextAutoIncrement(database: string, table: string): bigint {
    return this.catalog.count(database, table);
  }

  async query(sql: string, options: { database?: string }): Promise<QueryResult> {
    return this.reads.run(async () => {
      const database = options.database ?? 'main';
      try {
        if (this.readerDatabase !== database) await this.reader.run(`USE ${quoteIdentifier(database)}`);
        this.readerDatabase = database;
        const result = await this.reader.runAndReadAll(sql);
        const types = result.columnTypes();
        const names = result.columnNames();
        const rows = result.getRows().map((row) =>
          row.map((value, index) => {
            const type = types[index];
            return type === undefined ? null : renderValue(value, type);
          }),
        );
        return { columns: names.map((name, index) => ({ name, type: String(types[index]) })), rows };
      } catch (error) {
        throw new DatabaseError(error instanceof Error ? error.message : String(error));
      }
    });
  }

  async compute(
    computation: Computation,
    rows: readonly (readonly (string | null)[])[],
  ): Promise<readonly ComputedRow[]> {
    const connection = await this.instance.connect();
    try {
      const columns = computation.source.map((name) => `${quoteIdentifier(name)} VARCHAR`);
      await connection.run(`CREATE TEMP TABLE source (${columns.join(', ')})`);
      const appender = await connection.createAppender('source');
      for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
        const chunk = DuckDBDataChunk.create(columns.map(() => VARCHAR));
        chunk.setRows(rows.slice(start, start + CHUNK_ROWS));
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
      const result = await connection.runAndReadAll(computationQuery(computation, 'source'));
      return result.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
    } catch (error) {
      throw new DatabaseError(error instanceof Error ? error.message : String(error));
    } finally {
      connection.closeSync();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.writes.idle(), this.reads.idle()]);
    await this.store?.close();
    this.reader.closeSync();
    this.writer.closeSync();
    this.instance.closeSync();
  }

  /** Runs `work` in one transaction; what it returns updates the catalog after the commit. */
  private async change(work: () => Promise<(() => void) | undefined>): Promise<void> {
    await this.writes.run(async () => {
      await this.writer.run('BEGIN TRANSACTION');
      let then: (() => void) | undefined;
      try {
        then = await work();
        await this.writer.run('COMMIT');
      } catch (error) {
        await this.writer.run('ROLLBACK');
        throw error;
      }
      then?.();
    });
  }

  private async alter(
    database: string,
    name: string,
    plan: (table: TableDefinition) => { statements: readonly string[]; table: TableDefinition },
  ): Promise<void> {
    await this.change(async () => {
      const before = this.catalog.requireTable(database, name);
      const { statements, table } = plan(before);
      for (const statement of statements) await this.writer.run(`ALTER TABLE ${tableName(before)} ${statement}`);
      await this.forget(before);
      await this.remember(table);
      return () => this.catalog.put(table);
    });
  }

  private async remember(table: TableDefinition): Promise<void> {
    const values = [table.database, table.name, JSON.stringify(table)].map(quoteLiteral);
    await this.writer.run(`INSERT INTO ${META}.definitions VALUES (${values.join(', ')})`);
  }

  private async forget(table: TableDefinition): Promise<void> {
    const where = `database = ${quoteLiteral(table.database)} AND name = ${quoteLiteral(table.name)}`;
    await this.writer.run(`DELETE FROM ${META}.definitions WHERE ${where}`);
  }

  private async add(rows: StagedRows, table: TableDefinition): Promise<void> {
    if (appendsAsIs(rows, table)) await this.append(rows, table.name, table.database);
    else await this.merge(rows, table);
  }

  private async append(rows: StagedRows, name: string, schema: string): Promise<void> {
    const appender = await this.writer.createAppender(name, schema);
    try {
      for (const [index, chunk] of rows.chunks.entries()) {
        appender.appendDataChunk(chunk);
        if (index % CHUNKS_PER_TURN === CHUNKS_PER_TURN - 1) await nextTurn();
      }
    } finally {
      appender.closeSync();
    }
  }

  private async merge(rows: StagedRows, table: TableDefinition): Promise<void> {
    const staged = rows.options.columns.map((column, index) => `${quoteIdentifier(column.name)} ${rows.types[index]}`);
    if (rows.options.deletes) staged.push(`${quoteIdentifier(STAGE_DELETE)} UTINYINT`);
    if (rows.options.masked === true) staged.push(`${quoteIdentifier(STAGE_MASK)} VARCHAR`);
    await this.writer.run(`CREATE TEMP TABLE ${STAGE} (${staged.join(', ')})`);
    await this.append(rows, '__stage', 'main');
    const kept = new Set(rows.options.columns.map((column) => column.name));
    const statements = mergeStatements({
      table,
      columns: table.columns.filter((column) => kept.has(column.name)),
      partial: rows.options.partial,
      deletes: rows.options.deletes,
      ...(rows.options.masked === true ? { masked: rows.options.columns.map(({ name }) => name) } : {}),
      ...(rows.options.sequence === undefined ? {} : { sequence: rows.options.sequence }),
      stage: `(SELECT *, rowid AS ${quoteIdentifier(STAGE_ORDER)} FROM temp.${STAGE})`,
    });
    for (const statement of statements) await this.writer.run(statement);
    await this.writer.run(`DROP TABLE ${STAGE}`);
  }
}

function columnClause(column: ColumnDefinition): string {
  return `${quoteIdentifier(column.name)} ${duckdbType(column.type)} DEFAULT ${defaultExpression(column)}`;
}

/** True when the staged chunks are the rows of the table, column for column. */
function appendsAsIs(rows: StagedRows, table: TableDefinition): boolean {
  const staged = rows.options.columns;
  if (table.model !== 'DUPLICATE' || rows.options.deletes || staged.length !== table.columns.length) return false;
  return table.columns.every(
    (column, index) =>
      staged[index]?.name === column.name && String(rows.types[index]) === String(duckdbType(column.type)),
  );
}
