/** SHOW and DESCRIBE: what there is, as small tables. */

import type { ColumnDefinition, QueryResult, TableDefinition } from '../model.js';
import { formatColumnType } from './column-type.js';
import type { SqlContext } from './context.js';
import { ddlError, unknownDatabase } from './errors.js';
import { formatCreateTable, quoteBackticks } from './format-ddl.js';
import { INFORMATION_SCHEMA, informationSchemaTables } from './information-schema.js';
import { formatTime, likeMatcher, type RelationCell, relation } from './relation.js';
import { filterRelation } from './select.js';
import type { SqlSession } from './session.js';
import { showNodes } from './show-cluster.js';
import { showTransactions } from './show-transaction.js';
import type { PlainTopic, ShowFilter, ShowTopic } from './statements.js';

export async function runShow(
  session: SqlSession,
  sql: string,
  topic: ShowTopic,
  filter: ShowFilter,
): Promise<QueryResult> {
  if (topic.kind === 'transaction') return showTransactions(session, topic.database, filter.tail);
  const shown = show(session, topic);
  return filterRelation(session, like(shown, topic, filter.like), sql, filter.tail);
}

/** LIKE looks at the first column; at the second one, the table's name, of keys. */
function like(shown: QueryResult, topic: ShowTopic, pattern: string | undefined): QueryResult {
  if (pattern === undefined) return shown;
  const matches = likeMatcher(pattern, { ignoreCase: topic.kind !== 'tables' });
  return { ...shown, rows: shown.rows.filter((row) => matches(row[0] ?? '')) };
}

function show(session: SqlSession, topic: Exclude<ShowTopic, { kind: 'transaction' }>): QueryResult {
  const { context } = session;
  switch (topic.kind) {
    case 'databases':
      return relation(
        ['Database'],
        [INFORMATION_SCHEMA, ...context.engine.databases()].map((name) => [name]),
      );
    case 'tables':
      return showTables(session, topic);
    case 'tableStatus':
      return showTableStatus(session, topic.database);
    case 'columns':
      return topic.full ? showFullColumns(session.table(topic.table)) : describe(session.table(topic.table));
    case 'keys':
      session.table(topic.table);
      return relation(KEY_COLUMNS, []);
    case 'createTable': {
      const table = session.table(topic.table);
      return relation(['Table', 'Create Table'], [[table.name, formatCreateTable(table)]]);
    }
    case 'createDatabase':
      requireDatabase(context, topic.database);
      return relation(['Database', 'Create Database'], [createDatabaseRow(topic.database)]);
    case 'alterColumn':
      return showAlterJobs(session, topic.database);
    case 'copy':
      return showCopyJobs(session, topic.database);
    case 'grants':
      return showGrants(session, topic.user);
    default:
      return showPlain(session, topic.name);
  }
}

function requireDatabase(context: SqlContext, database: string): void {
  if (!context.engine.databases().includes(database)) throw unknownDatabase(database);
}

function createDatabaseRow(database: string): [string, string] {
  return [database, `CREATE DATABASE ${quoteBackticks(database)}`];
}

function showTables(session: SqlSession, topic: Extract<ShowTopic, { kind: 'tables' }>): QueryResult {
  const database = session.databaseOf(topic);
  const system = database.toLowerCase() === INFORMATION_SCHEMA;
  if (!system) requireDatabase(session.context, database);
  const names = system ? informationSchemaTables() : session.context.engine.tables(database).map(({ name }) => name);
  const type = system ? 'SYSTEM VIEW' : 'BASE TABLE';
  const columns = [`Tables_in_${database}`, ...(topic.full ? ['Table_type'] : [])];
  return relation(
    columns,
    [...names].sort().map((name) => [name, type]),
  );
}

const TABLE_STATUS_COLUMNS = [
  ...['Name', 'Engine', 'Version:n', 'Row_format', 'Rows:n', 'Avg_row_length:n', 'Data_length:n', 'Max_data_length:n'],
  ...['Index_length:n', 'Data_free:n', 'Auto_increment:n', 'Create_time', 'Update_time', 'Check_time', 'Collation'],
  ...['Checksum', 'Create_options', 'Comment'],
];

function showTableStatus(session: SqlSession, named: string | undefined): QueryResult {
  const database = session.databaseOf({ database: named });
  requireDatabase(session.context, database);
  const rows = session.context.engine.tables(database).map((table) => {
    const row: RelationCell[] = new Array<RelationCell>(TABLE_STATUS_COLUMNS.length).fill(undefined);
    row[0] = table.name;
    row[1] = 'Doris';
    row[row.length - 1] = table.comment;
    return row;
  });
  return relation(TABLE_STATUS_COLUMNS, rows);
}

const DESCRIBE_COLUMNS = ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'];

function describe(table: TableDefinition): QueryResult {
  return relation(
    DESCRIBE_COLUMNS,
    table.columns.map((column) => [
      column.name,
      formatColumnType(column.type),
      column.nullable ? 'Yes' : 'No',
      String(column.key),
      column.defaultValue ?? undefined,
      extra(column),
    ]),
  );
}

/** How the values of a column are merged; keys have nothing to merge. */
function extra(column: ColumnDefinition): string {
  if (column.autoIncrement === true) return 'AUTO_INCREMENT';
  return column.key ? '' : (column.aggregation ?? 'NONE');
}

const FULL_COLUMNS = ['Field', 'Type', 'Collation', 'Null', 'Key', 'Default', 'Extra', 'Privileges', 'Comment'];

function showFullColumns(table: TableDefinition): QueryResult {
  return relation(
    FULL_COLUMNS,
    table.columns.map((column) => [
      column.name,
      formatColumnType(column.type),
      '',
      column.nullable ? 'YES' : 'NO',
      column.key ? 'YES' : 'NO',
      column.defaultValue ?? undefined,
      extra(column),
      '',
      column.comment,
    ]),
  );
}

const KEY_COLUMNS = [
  ...['Table', 'Non_unique:n', 'Key_name', 'Seq_in_index:n', 'Column_name', 'Collation', 'Cardinality:n'],
  ...['Sub_part', 'Packed', 'Null', 'Index_type', 'Comment', 'Properties'],
];

const ALTER_COLUMNS = [
  ...['JobId:n', 'TableName', 'CreateTime', 'FinishTime', 'IndexName', 'IndexId:n', 'OriginIndexId:n'],
  ...['SchemaVersion', 'TransactionId:n', 'State', 'Msg', 'Progress', 'Timeout:n'],
];
const ALTER_TIMEOUT_SECONDS = 2_592_000;

function showAlterJobs(session: SqlSession, named: string | undefined): QueryResult {
  const database = session.databaseOf({ database: named });
  requireDatabase(session.context, database);
  const jobs = session.context.alterJobs.list(database);
  return relation(
    ALTER_COLUMNS,
    jobs.map((job) => {
      const times = [formatTime(job.createMs), job.finishMs === undefined ? undefined : formatTime(job.finishMs)];
      const index = [job.table, job.id + 1, job.id + 1, `1:${job.id}`, job.id];
      return [job.id, job.table, ...times, ...index, job.state, job.message, '\\N', ALTER_TIMEOUT_SECONDS];
    }),
  );
}

/** The columns that clients ask for: CopyLoad.java of the Java connector. */
function showCopyJobs(session: SqlSession, named: string | undefined): QueryResult {
  const database = session.databaseOf({ database: named });
  requireDatabase(session.context, database);
  const jobs = session.context.copyJobs.filter((job) => job.database === database);
  return relation(
    ['Id', 'TableName', 'State', 'Files', 'ErrorMsg', 'CreateTime'],
    jobs.map(({ id, table, state, files, message, createMs }) => {
      return [id, table, state, JSON.stringify(files), message, formatTime(createMs)];
    }),
  );
}

function showGrants(session: SqlSession, user: string = session.client.user): QueryResult {
  const { accounts } = session.context;
  if (!accounts.has(user)) throw ddlError(`User: '${user}'@'%' does not exist`);
  const privileges = user === 'root' || user === 'admin' ? 'Admin_priv,Grant_priv' : accounts.grants(user).join('; ');
  return relation(['UserIdentity', 'Password', 'GlobalPrivs'], [[`'${user}'@'%'`, 'Yes', privileges]]);
}

function showPlain(session: SqlSession, name: PlainTopic): QueryResult {
  const { context } = session;
  switch (name) {
    case 'BACKENDS':
    case 'FRONTENDS':
      return showNodes(context, name);
    case 'VARIABLES':
      return relation(['Variable_name', 'Value'], session.variables.list());
    case 'STATUS':
      return relation(['Variable_name', 'Value'], [['Threads_connected', context.connections.list().length]]);
    case 'CONFIG':
      return relation(['Key', 'Value'], context.settings.list());
    case 'PROCESSLIST':
      return showProcesses(session);
    default:
      return relation(...FIXED_TOPICS[name]);
  }
}

function showProcesses(session: SqlSession): QueryResult {
  const now = session.context.now();
  return relation(
    ['Id:n', 'User', 'Host', 'Db', 'Command', 'Time:n', 'State', 'Info'],
    session.context.connections.list().map(({ id, user, host, database, command, sinceMs }) => {
      const seconds = Math.max(0, Math.floor((now - sinceMs) / 1000));
      return [id, user, host, database, command, seconds, 'OK', undefined];
    }),
  );
}

type FixedTopic = Exclude<PlainTopic, 'BACKENDS' | 'FRONTENDS' | 'VARIABLES' | 'STATUS' | 'CONFIG' | 'PROCESSLIST'>;

const FIXED_TOPICS: Readonly<Record<FixedTopic, Parameters<typeof relation>>> = {
  WARNINGS: [['Level', 'Code:n', 'Message'], []],
  ERRORS: [['Level', 'Code:n', 'Message'], []],
  ENGINES: [
    ['Engine', 'Support', 'Comment', 'Transactions', 'XA', 'Savepoints'],
    [['OLAP', 'DEFAULT', 'Default storage engine', 'NO', 'NO', 'NO']],
  ],
  COLLATION: [
    ['Collation', 'Charset', 'Id:n', 'Default', 'Compiled', 'Sortlen:n'],
    [['utf8mb4_0900_bin', 'utf8mb4', 309, 'Yes', 'Yes', 1]],
  ],
  CHARSET: [
    ['Charset', 'Description', 'Default collation', 'Maxlen:n'],
    [['utf8mb4', 'UTF-8 Unicode', 'utf8mb4_0900_bin', 4]],
  ],
  PLUGINS: [['Name', 'Status', 'Type', 'Library', 'License'], []],
  EVENTS: [['Db', 'Name', 'Status'], []],
  TRIGGERS: [['Trigger', 'Event', 'Table', 'Statement', 'Timing'], []],
};
