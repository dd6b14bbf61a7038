/** SELECT: translated, run by the engine, with its errors in the database's words. */

import { DatabaseError, type QueryResult, type TableDefinition } from '../model.js';
import { quoteIdentifier, quoteLiteral } from '../types.js';
import { noDatabase, unknownColumn, unknownDatabase, unknownTable } from './errors.js';
import { INFORMATION_SCHEMA, informationSchemaTable } from './information-schema.js';
import { syntaxError, type Token } from './lexer.js';
import type { TableName } from './reader.js';
import { inlineRelation } from './relation.js';
import type { SqlSession } from './session.js';
import { zonedDateTime } from './time-zone.js';
import { type TranslationScope, translateClauses, translateCondition, translateQuery } from './translate.js';

/** @throws DatabaseError */
export async function runSelect(session: SqlSession, sql: string, tokens: readonly Token[]): Promise<QueryResult> {
  const scope = new SessionScope(session, sql);
  return runTranslated(session, translateQuery(tokens, scope), scope.wideIntegers);
}

/** Rows of a made-up table that meet what stands behind it: `WHERE …`, `ORDER BY …`, `LIMIT …`. */
export async function filterRelation(
  session: SqlSession,
  rows: QueryResult,
  sql: string,
  tail: readonly Token[],
): Promise<QueryResult> {
  if (tail.length === 0) return rows;
  const clauses = translateClauses(tail, new SessionScope(session, sql));
  return runTranslated(session, `SELECT * FROM ${inlineRelation(rows)} AS shown ${clauses}`, false);
}

/** A condition for a statement of the engine's own. */
export function conditionOf(session: SqlSession, sql: string, tokens: readonly Token[]): string {
  return translateCondition(tokens, new SessionScope(session, sql));
}

/** @param wideIntegers whether a 128-bit integer can be a LARGEINT; else it is a SUM, which Doris returns as BIGINT */
export async function runTranslated(
  session: SqlSession,
  duckdbSql: string,
  wideIntegers: boolean,
): Promise<QueryResult> {
  const database = session.database;
  const known = database !== undefined && session.context.engine.databases().includes(database);
  try {
    const result = await session.context.engine.query(duckdbSql, known ? { database } : {});
    if (wideIntegers) return result;
    const columns = result.columns.map(({ name, type }) => ({ name, type: type === 'HUGEINT' ? 'BIGINT' : type }));
    return { ...result, columns };
  } catch (error) {
    throw error instanceof DatabaseError ? inOwnWords(error) : error;
  }
}

/** DuckDB's complaint as the database would have put it. */
function inOwnWords(error: DatabaseError): DatabaseError {
  const message = error.message.replace(/^Error: /, '');
  const column = /Referenced column "([^"]+)" (?:not found|was not)|does not have a column named "([^"]+)"/.exec(
    message,
  );
  if (column !== null) return unknownColumn(column[1] ?? column[2] ?? '', 'table list');
  const table = /Table with name "?([^"\s]+)"? does not exist|Referenced table "([^"]+)" not found/.exec(message);
  if (table !== null) return unknownTable(table[1] ?? table[2] ?? '');
  const near = /Parser Error: syntax error at (?:or near "(.*)"|end of input)/.exec(message);
  if (near !== null) return syntaxError(near[1] ?? '');
  const name = /Function with name "?(\S+?)"? does not exist/.exec(message)?.[1];
  if (name !== undefined) return new DatabaseError(`Can not found function '${name}'`, 1105);
  return new DatabaseError(message.split('\n')[0] ?? message, error.errno, error.sqlState);
}

class SessionScope implements TranslationScope {
  /** Does any of the tables have a LARGEINT? */
  wideIntegers = false;

  constructor(
    private readonly session: SqlSession,
    readonly sql: string,
  ) {}

  table(name: TableName): string {
    const { context } = this.session;
    const database = name.database ?? this.session.database;
    if (database === undefined) throw noDatabase();
    if (database.toLowerCase() === INFORMATION_SCHEMA) {
      const made = informationSchemaTable(context, name.name);
      if (made === undefined) throw unknownTable(name.name);
      return inlineRelation(made);
    }
    if (!context.engine.databases().includes(database)) throw unknownDatabase(database);
    const table = context.engine.table(database, name.name);
    if (table === undefined) throw unknownTable(name.name);
    this.wideIntegers ||= hasLargeint(table);
    return `${quoteIdentifier(database)}.${quoteIdentifier(table.name)}`;
  }

  variable(token: Token): string | null {
    return this.session.variables.read(token);
  }

  sessionFunction(name: string): string | undefined {
    const { client, context, database } = this.session;
    switch (name) {
      case 'DATABASE':
      case 'SCHEMA':
        return database === undefined ? 'NULL' : quoteLiteral(database);
      case 'VERSION':
        return quoteLiteral(context.dialect.serverVersion);
      case 'CURRENT_VERSION':
        return quoteLiteral(context.dialect.productVersion);
      case 'CONNECTION_ID':
        return String(client.connectionId ?? 0);
      case 'USER':
      case 'SESSION_USER':
      case 'SYSTEM_USER':
        return quoteLiteral(`'${client.user}'@'${client.host ?? '127.0.0.1'}'`);
      case 'CURRENT_USER':
        return quoteLiteral(`'${client.user}'@'%'`);
      default:
        return this.clock(name);
    }
  }

  private clock(name: string): string | undefined {
    const now = this.session.context.now();
    const local = zonedDateTime(now, this.session.variables.timeZone);
    switch (name) {
      case 'NOW':
      case 'CURRENT_TIMESTAMP':
      case 'LOCALTIME':
      case 'LOCALTIMESTAMP':
      case 'SYSDATE':
        return `TIMESTAMP_S '${local.slice(0, 19)}'`;
      case 'UTC_TIMESTAMP':
        return `TIMESTAMP_S '${new Date(now).toISOString().slice(0, 19)}'`;
      case 'CURDATE':
      case 'CURRENT_DATE':
        return `DATE '${local.slice(0, 10)}'`;
      default:
        return undefined;
    }
  }
}

function hasLargeint(table: TableDefinition): boolean {
  return table.columns.some((column) => column.type.base === 'LARGEINT');
}
