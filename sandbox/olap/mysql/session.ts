/** What the protocol needs of the SQL side: it neither parses nor runs anything itself. */

import type { QueryResult } from '../model.js';
import type { Parameter } from './binary.js';

/** A statement that returns no rows. */
export interface OkResult {
  readonly affectedRows: number;
  /** The text behind the counts in the OK packet. */
  readonly info?: string;
}

export type StatementResult = QueryResult | OkResult;

export interface MysqlStatement {
  /** How many `?` it has. */
  readonly parameterCount: number;
  execute(parameters: readonly Parameter[]): Promise<StatementResult>;
}

/** Thrown by a statement: its client loses the connection and hears nothing of it. */
export class ConnectionCut extends Error {}

export interface MysqlSession {
  readonly database: string | undefined;
  /** The statements of a text, in order, none of them run yet. @throws DatabaseError when it is no SQL at all */
  statements(sql: string): readonly MysqlStatement[];
  /** Makes it the session's database. @throws DatabaseError 1049 */
  use(database: string): void;
  /** The columns of a table, for COM_FIELD_LIST. @throws DatabaseError */
  fields(table: string): QueryResult['columns'];
}

/** An open connection, for SHOW PROCESSLIST and KILL. */
export interface OpenConnection {
  readonly id: number;
  readonly user: string;
  readonly host: string;
  readonly database: string | undefined;
  readonly command: 'Sleep' | 'Query';
  /** Since when the command lasts, epoch milliseconds. */
  readonly sinceMs: number;
}

export interface MysqlServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** In PEM; with it clients may ask for TLS. */
  readonly certificate?: { readonly key: string; readonly cert: string } | undefined;
  /** The version in the greeting; clients decide by it what they may send. */
  readonly serverVersion: string;
  /**
   * Decides over a login. `verify` says whether the client's reply fits SHA1(SHA1(password)), as
   * mysql_native_password keeps it; the empty password has the empty hash.
   */
  authenticate(login: { user: string; verify(passwordHash: Buffer): boolean }): boolean;
  openSession(client: { user: string; host: string; connectionId: number }): MysqlSession;
}

export interface MysqlServer {
  readonly port: number;
  connections(): readonly OpenConnection[];
  /** Closes a connection; false when there is none of this id. */
  kill(id: number): boolean;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}
