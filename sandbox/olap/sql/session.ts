/** A session: the statements of one client, one after the other, against its own database and variables. */

import { DatabaseError, type QueryResult, type TableDefinition } from '../model.js';
import type { Parameter } from '../mysql/binary.js';
import type { MysqlSession, MysqlStatement } from '../mysql/session.js';
import { formatColumnType } from './column-type.js';
import type { OkResult, SqlClient, SqlContext, StatementResult } from './context.js';
import { alterTable, cancelAlter, createTable, createTableLike, dropTables } from './ddl.js';
import { withFaults } from './ddl-faults.js';
import { runDelete, runInsert } from './dml.js';
import { ddlError, noDatabase, unknownDatabase, unknownTable } from './errors.js';
import { INFORMATION_SCHEMA } from './information-schema.js';
import { bindParameters, splitStatements, type Token, tokenize } from './lexer.js';
import { parseStatement } from './parse.js';
import type { TableName } from './reader.js';
import { relation } from './relation.js';
import { runSelect } from './select.js';
import { runShow } from './show.js';
import type { Statement } from './statements.js';
import { SessionVariables } from './variables.js';

const DONE: OkResult = { affectedRows: 0 };

export class SqlSession implements MysqlSession {
  readonly variables: SessionVariables;
  #database: string | undefined;

  constructor(
    readonly context: SqlContext,
    readonly client: SqlClient,
  ) {
    this.variables = new SessionVariables(context);
    if (client.database !== undefined) this.use(client.database);
  }

  get database(): string | undefined {
    return this.#database;
  }

  use(database: string): void {
    const { engine } = this.context;
    const known = database.toLowerCase() === INFORMATION_SCHEMA || engine.databases().includes(database);
    if (!known) throw unknownDatabase(database);
    this.#database = database;
  }

  /** Runs every statement of a text in order and returns the last one's result. @throws DatabaseError */
  async execute(sql: string, parameters: readonly Parameter[] = []): Promise<StatementResult> {
    let result: StatementResult = DONE;
    for (const statement of this.statements(sql)) result = await statement.execute(parameters);
    return result;
  }

  statements(sql: string): readonly MysqlStatement[] {
    return this.#tokenized(sql).map((tokens) => ({
      parameterCount: tokens.filter((token) => token.kind === 'placeholder').length,
      execute: (parameters) => this.#execute(sql, tokens, parameters),
    }));
  }

  fields(table: string): QueryResult['columns'] {
    const { columns } = this.table({ database: undefined, name: table });
    return columns.map(({ name, type }) => ({ name, type: formatColumnType(type) }));
  }

  /** The database that a statement means. @throws DatabaseError 1046 when none is chosen */
  databaseOf({ database }: Pick<TableName, 'database'>): string {
    const meant = database ?? this.#database;
    if (meant === undefined) throw noDatabase();
    return meant;
  }

  /** @throws DatabaseError 1046, 1049 or 1146 */
  table(name: TableName): TableDefinition {
    const { engine } = this.context;
    const database = this.databaseOf(name);
    if (!engine.databases().includes(database)) throw unknownDatabase(database);
    const table = engine.table(database, name.name);
    if (table === undefined) throw unknownTable(name.name);
    return table;
  }

  #tokenized(sql: string): Token[][] {
    try {
      return splitStatements(tokenize(sql));
    } catch (error) {
      throw this.#phrased(error);
    }
  }

  /** Every error of a statement leaves in the product's own words. */
  async #execute(sql: string, tokens: readonly Token[], parameters: readonly Parameter[]): Promise<StatementResult> {
    try {
      return await this.#run(sql, parseStatement(sql, bindParameters(tokens, parameters)));
    } catch (error) {
      throw this.#phrased(error);
    }
  }

  #phrased(error: unknown): unknown {
    if (!(error instanceof DatabaseError)) return error;
    return new DatabaseError(this.context.dialect.phrase(error.message), error.errno, error.sqlState);
  }

  async #run(sql: string, statement: Statement): Promise<StatementResult> {
    const { engine } = this.context;
    switch (statement.kind) {
      case 'select':
        return runSelect(this, sql, statement.tokens);
      case 'insert':
        return runInsert(this, sql, statement);
      case 'delete':
        return runDelete(this, sql, statement);
      case 'show':
        return runShow(this, sql, statement.topic, statement.filter);
      case 'explain':
        return this.#explain(statement.text);
      case 'createDatabase':
        await engine.createDatabase(statement.database, { ifNotExists: statement.ifNotExists });
        return DONE;
      case 'dropDatabase':
        return this.#dropDatabase(statement);
      case 'createTable':
        return withFaults(this, 'create', statement.table, () => createTable(this, statement));
      case 'createTableLike':
        return createTableLike(this, statement);
      case 'dropTable':
        return dropTables(this, statement);
      case 'truncateTable':
        return withFaults(this, 'truncate', statement.table, () => this.#truncate(this.table(statement.table)));
      case 'alterTable':
        return withFaults(this, 'alter', statement.table, () => alterTable(this, statement));
      case 'cancelAlter':
        return cancelAlter(this, statement);
      default:
        return this.#administer(statement);
    }
  }

  #administer(statement: Extract<Statement, { kind: AdministrativeKind }>): OkResult {
    const { accounts, connections } = this.context;
    switch (statement.kind) {
      case 'use':
        this.use(statement.database);
        return DONE;
      case 'set':
        for (const assignment of statement.assignments) this.variables.set(assignment);
        return DONE;
      case 'createUser':
        accounts.create(statement.user, statement.password, { ifNotExists: statement.ifNotExists });
        return DONE;
      case 'alterUser':
        if (statement.password !== undefined) accounts.setPassword(statement.user, statement.password);
        return DONE;
      case 'setPassword':
        accounts.setPassword(statement.user ?? this.client.user, statement.password);
        return DONE;
      case 'dropUser':
        accounts.drop(statement.user, { ifExists: statement.ifExists });
        return DONE;
      case 'grant':
        accounts.grant(statement.user, statement.text);
        return DONE;
      case 'setConfig':
        for (const [name, value] of statement.entries) {
          if (!this.context.settings.set(name, value)) throw ddlError(`Config '${name}' does not exist`);
        }
        return DONE;
      case 'kill':
        if (!statement.queryOnly && !connections.kill(statement.connectionId)) {
          throw new DatabaseError(`Unknown thread id: ${statement.connectionId}`, 1094, 'HY000');
        }
        return DONE;
      default:
        return DONE;
    }
  }

  async #dropDatabase({ database, ifExists }: Extract<Statement, { kind: 'dropDatabase' }>): Promise<OkResult> {
    await this.context.engine.dropDatabase(database, { ifExists });
    if (this.#database === database) this.#database = undefined;
    return DONE;
  }

  async #truncate({ database, name }: TableDefinition): Promise<OkResult> {
    this.context.alterJobs.requireNormal(database, name);
    await this.context.engine.truncateTable(database, name);
    return DONE;
  }

  #explain(text: string): QueryResult {
    return relation(
      ['Explain String'],
      [['PLAN FRAGMENT 0'], [`  ${this.context.dialect.versionComment}`], [`  ${text}`]],
    );
  }
}

type AdministrativeKind =
  | 'use'
  | 'set'
  | 'createUser'
  | 'alterUser'
  | 'setPassword'
  | 'dropUser'
  | 'grant'
  | 'setConfig'
  | 'kill'
  | 'accepted';
