/** The tables of a database server by name, with the rules of light schema change. */
import { type ColumnDefinition, DatabaseError, type TableDefinition } from './model.js';

/** Doris and StarRocks keep the case of names; columns are found in any case. */
export function findColumn(table: TableDefinition, name: string): ColumnDefinition | undefined {
  const folded = name.toLowerCase();
  return table.columns.find((column) => column.name.toLowerCase() === folded);
}

/** Wording: Doris FE, `errCode = 2, detailMessage = …` of DdlException (MySQL error 1105). */
export function ddlError(detail: string): DatabaseError {
  return new DatabaseError(`errCode = 2, detailMessage = ${detail}`);
}

/** Keeps definitions only; whoever changes them changes the stored rows first. */
export class Catalog {
  private readonly byDatabase = new Map<string, Map<string, TableDefinition>>();
  private readonly counters = new Map<string, bigint>();

  databases(): readonly string[] {
    return [...this.byDatabase.keys()];
  }

  has(database: string): boolean {
    return this.byDatabase.has(database);
  }

  tables(database: string): readonly TableDefinition[] {
    return [...(this.byDatabase.get(database)?.values() ?? [])];
  }

  table(database: string, name: string): TableDefinition | undefined {
    return this.byDatabase.get(database)?.get(name);
  }

  addDatabase(database: string): void {
    this.byDatabase.set(database, new Map());
  }

  removeDatabase(database: string): void {
    this.byDatabase.delete(database);
  }

  put(table: TableDefinition): void {
    this.requireDatabase(table.database).set(table.name, table);
  }

  remove(database: string, name: string): void {
    this.requireDatabase(database).delete(name);
  }

  /** The next value of an AUTO_INCREMENT column. */
  count(database: string, name: string): bigint {
    const key = JSON.stringify([database, name]);
    const next = (this.counters.get(key) ?? 0n) + 1n;
    this.counters.set(key, next);
    return next;
  }

  /** Goes on counting behind a value that is stored already. */
  countFrom(database: string, name: string, stored: bigint): void {
    this.counters.set(JSON.stringify([database, name]), stored);
  }

  requireDatabase(database: string): Map<string, TableDefinition> {
    const tables = this.byDatabase.get(database);
    if (tables === undefined) throw new DatabaseError(`Unknown database '${database}'`, 1049, '42000');
    return tables;
  }

  requireTable(database: string, name: string): TableDefinition {
    const table = this.requireDatabase(database).get(name);
    if (table === undefined) throw new DatabaseError(`Unknown table '${name}'`, 1051, '42S02');
    return table;
  }

  requireColumn(table: TableDefinition, name: string): ColumnDefinition {
    const column = findColumn(table, name);
    if (column === undefined) throw ddlError(`Column does not exists: ${name}`);
    return column;
  }
}
