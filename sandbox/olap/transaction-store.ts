/**
 * Transactions that outlive the process. Their states are lines of a journal beside the database file, the last line of
 * each counts; rows that are staged are tables in the database, which go in the step that makes the rows visible. So a
 * COMMITTED transaction whose tables are gone is published.
 *
 * Holds against a process that is killed; against a machine that loses its power only as far as the system has written.
 */
import { type FileHandle, open, readFile, rename, writeFile } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { TableDefinition } from './model.js';
import { Serial } from './serial.js';
import { StagedRows, type StagingOptions } from './staging.js';
import type { Transaction } from './transactions.js';
import { quoteIdentifier, quoteLiteral } from './types.js';

export interface StoredTransaction {
  readonly transaction: Transaction;
  /** Those of a transaction that is not finished. */
  readonly rows: readonly StagedRows[];
}

export interface TransactionStoreParts {
  readonly journalFile: string;
  readonly connection: DuckDBConnection;
  /** The schema of the sandbox's own tables. */
  readonly schema: string;
  /** Runs work in one DuckDB transaction, after what was begun before. */
  change(work: () => Promise<undefined>): Promise<void>;
  append(rows: StagedRows, table: string, schema: string): Promise<void>;
}

/** One load of a transaction, as the journal describes it. */
interface StoredLoad extends StagingOptions {
  readonly table: TableDefinition;
}

interface Entry {
  readonly transaction: Transaction;
  readonly loads: readonly StoredLoad[];
}

export class TransactionStore {
  private readonly entries = new Map<bigint, Entry>();
  private readonly writes = new Serial();
  private journal: FileHandle | undefined;

  constructor(private readonly parts: TransactionStoreParts) {}

  /** Once, before anything else: what an earlier life has left, in the order of ids. */
  async open(): Promise<readonly StoredTransaction[]> {
    const staged = new Set(await this.stagedTables());
    const found: StoredTransaction[] = [];
    for (const entry of await this.readJournal()) {
      const { transaction, loads } = entry;
      const rows: StagedRows[] = [];
      for (const [index, load] of loads.entries()) {
        const name = stagedName(transaction.id, index);
        if (isFinished(transaction) || !staged.delete(name)) continue;
        rows.push(await this.readRows(name, load));
      }
      const isPublished = transaction.state === 'COMMITTED' && rows.length === 0;
      const settled = isPublished ? published(transaction) : transaction;
      this.entries.set(transaction.id, { transaction: settled, loads: rows.length === 0 ? [] : loads });
      found.push({ transaction: settled, rows });
    }
    // Of transactions that were given up just when the process ended.
    await this.drop([...staged]);
    await this.writes.run(() => this.rewrite());
    return found;
  }

  /** The state, and with it the rows of the transaction where it has just got them. */
  async put(transaction: Transaction, rows: readonly StagedRows[] = []): Promise<void> {
    const { id } = transaction;
    if (rows.length > 0) await this.parts.change(() => this.stage(id, rows));
    const known = this.entries.get(id)?.loads ?? [];
    const loads = rows.length > 0 ? rows.map(describe) : known;
    const entry = { transaction, loads: isFinished(transaction) ? [] : loads };
    this.entries.set(id, entry);
    await this.writes.run(async () => this.journal?.appendFile(line(entry)));
    if (transaction.state === 'ABORTED') await this.drop(loads.map((_, index) => stagedName(id, index)));
  }

  /** Takes the staged rows away, within the change that makes them visible. */
  async release(id: bigint): Promise<void> {
    const loads = this.entries.get(id)?.loads ?? [];
    for (const [index] of loads.entries()) await this.dropTable(stagedName(id, index));
  }

  /** Forgets what `isKnown` does not know any more. */
  async retain(isKnown: (database: string, id: bigint) => boolean): Promise<void> {
    const gone = [...this.entries].filter(([id, { transaction }]) => !isKnown(transaction.database, id));
    if (gone.length === 0) return;
    for (const [id] of gone) this.entries.delete(id);
    await this.writes.run(() => this.rewrite());
  }

  async close(): Promise<void> {
    await this.writes.run(async () => this.journal?.close());
    this.journal = undefined;
  }

  private async readJournal(): Promise<readonly Entry[]> {
    const text = await readFile(this.parts.journalFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const last = new Map<bigint, Entry>();
    // What follows the last line break was cut off in the middle.
    for (const each of text.split('\n').slice(0, -1)) {
      const { transaction, loads } = JSON.parse(each) as {
        transaction: Omit<Transaction, 'id'> & { id: string };
        loads: StoredLoad[];
      };
      const id = BigInt(transaction.id);
      last.set(id, { transaction: { ...transaction, id }, loads });
    }
    return [...last.values()].sort((left, right) => Number(left.transaction.id - right.transaction.id));
  }

  /** The journal with one line for each transaction; goes on behind them. */
  private async rewrite(): Promise<void> {
    const { journalFile } = this.parts;
    await this.journal?.close();
    await writeFile(`${journalFile}.new`, [...this.entries.values()].map(line).join(''));
    await rename(`${journalFile}.new`, journalFile);
    this.journal = await open(journalFile, 'a');
  }

  private async stage(id: bigint, rows: readonly StagedRows[]): Promise<undefined> {
    const { connection, append, schema } = this.parts;
    for (const [index, load] of rows.entries()) {
      const columns = load.types.map((type, column) => `c${column} ${type}`);
      await connection.run(`CREATE TABLE ${this.table(stagedName(id, index))} (${columns.join(', ')})`);
      await append(load, stagedName(id, index), schema);
    }
    return undefined;
  }

  private async stagedTables(): Promise<readonly string[]> {
    const { connection, schema } = this.parts;
    const found = await connection.runAndReadAll(
      `SELECT table_name FROM duckdb_tables() WHERE schema_name = ${quoteLiteral(schema)} AND starts_with(table_name, 'staged_')`,
    );
    return found.getRows().map(([name]) => String(name));
  }

  private async readRows(name: string, load: StoredLoad): Promise<StagedRows> {
    const { table, ...options } = load;
    const found = await this.parts.connection.run(`SELECT * FROM ${this.table(name)}`);
    return StagedRows.restored(table, options, await found.fetchAllChunks());
  }

  private async drop(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.parts.change(async () => {
      for (const name of names) await this.dropTable(name);
      return undefined;
    });
  }

  private async dropTable(name: string): Promise<void> {
    await this.parts.connection.run(`DROP TABLE IF EXISTS ${this.table(name)}`);
  }

  private table(name: string): string {
    return `${quoteIdentifier(this.parts.schema)}.${quoteIdentifier(name)}`;
  }
}

function stagedName(id: bigint, load: number): string {
  return `staged_${id}_${load}`;
}

function describe({ table, options }: StagedRows): StoredLoad {
  return { table, ...options };
}

function line({ transaction, loads }: Entry): string {
  return `${JSON.stringify({ transaction: { ...transaction, id: transaction.id.toString() }, loads })}\n`;
}

function isFinished({ state }: Transaction): boolean {
  return state === 'VISIBLE' || state === 'ABORTED';
}

function published(transaction: Transaction): Transaction {
  const timeMs = transaction.commitTimeMs ?? transaction.prepareTimeMs;
  return { ...transaction, state: 'VISIBLE', publishTimeMs: timeMs, finishTimeMs: timeMs };
}
