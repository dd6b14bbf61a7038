/** Schemas of records, and a driver with the MySQL port of a double of its own. */
import mysql from 'mysql2/promise';
import type { Field, PrimitiveType, Schema, StructSchema } from '../../../../connect/data/schema.js';
import type { TableChange, TableSchema } from '../../../../connect/pipeline/index.js';
import { openDorisSink } from '../../../../connectors/doris/sink.js';
import type { Sink } from '../../../../connectors/sink.js';
import { type DorisDouble, type DorisDoubleOptions, startDorisDouble } from '../../../../sandbox/doris/double.js';
import { rawConfig } from '../support/sink.js';

export const TABLE = { database: 'db', table: 't' };
export const attempt = { check: () => undefined, signal: new AbortController().signal };

export function field(name: string, type: PrimitiveType = 'STRING', more: Partial<Schema> = {}): Field {
  return { name, schema: { type, optional: true, ...more } as Schema };
}

export function struct(...fields: Field[]): StructSchema {
  return { type: 'STRUCT', optional: false, name: 'server1.shop.t.Value', fields };
}

export function rows(...fields: Field[]): TableSchema {
  return { row: struct(...fields), keys: [], dialect: 'mysql' };
}

/** What the record path asks for: the statements of it are for people only. */
export function changeFor(schema: TableSchema): TableChange {
  return { kind: 'schema', ...TABLE, schema, statements: [] };
}

export class DdlBench {
  private constructor(
    readonly doris: DorisDouble,
    private readonly connection: mysql.Connection,
  ) {}

  static async start(options: DorisDoubleOptions = {}): Promise<DdlBench> {
    const doris = await startDorisDouble(options);
    const connection = await mysql.createConnection({ host: '127.0.0.1', port: doris.mysqlPort, user: 'root' });
    await connection.query('CREATE DATABASE db');
    return new DdlBench(doris, connection);
  }

  sink(changes: Readonly<Record<string, string>> = {}): Sink {
    const { fePort, mysqlPort } = this.doris;
    return openDorisSink(rawConfig(fePort, { 'doris.query.port': String(mysqlPort), ...changes }));
  }

  /** The cells of the rows that a statement gives. */
  async sql(statement: string): Promise<unknown[][]> {
    const [rows] = await this.connection.query({ sql: statement, rowsAsArray: true });
    return Array.isArray(rows) ? (rows as unknown[][]) : [];
  }

  /** `name type` of every column. */
  async columns(): Promise<string[]> {
    return (await this.sql('DESC db.t')).map(([name, type]) => `${name} ${type}`);
  }

  async close(): Promise<void> {
    await this.connection.end();
    await this.doris.close();
  }
}
