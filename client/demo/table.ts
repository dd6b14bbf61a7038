/**
 * The demo's table, made and read the way any MySQL client does it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { COLUMNS, TABLE, type TextRow, tableStatements } from './example.js';

const QUERY_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 200;

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
}

/** Runs with a connection that is closed afterwards. */
export async function withMysql<T>(
  { host, port }: MysqlAddress,
  body: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({
    host,
    port,
    user: 'root',
    connectTimeout: QUERY_TIMEOUT_MS,
    rowsAsArray: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  try {
    return await body(connection);
  } finally {
    connection.destroy();
  }
}

export async function createTable(connection: Connection): Promise<void> {
  for (const sql of await tableStatements()) await connection.query({ sql, timeout: QUERY_TIMEOUT_MS });
}

export async function readTable(connection: Connection): Promise<TextRow[]> {
  const sql = `SELECT ${COLUMNS.join(', ')} FROM ${TABLE} ORDER BY ${COLUMNS.join(', ')}`;
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, timeout: QUERY_TIMEOUT_MS });
  return rows.map((row) => row.map(String));
}

/** Polls until the table has at least so many rows, or time is up; what is there then is returned either way. */
export async function waitForRows(
  connection: Connection,
  rowCount: number,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<TextRow[]> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const rows = await readTable(connection);
    if (rows.length >= rowCount || Date.now() > deadline) return rows;
    await delay(POLL_INTERVAL_MS, undefined, { signal: options.signal });
  }
}
