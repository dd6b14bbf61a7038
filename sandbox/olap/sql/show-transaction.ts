/** SHOW TRANSACTION. Columns: TransProcDir.java of Doris. */

import { DatabaseError, type QueryResult } from '../model.js';
import type { Transaction } from '../transactions.js';
import { ddlError, unknownDatabase } from './errors.js';
import { syntaxError, type Token } from './lexer.js';
import { TokenReader } from './reader.js';
import { formatTime, likeMatcher, type RelationCell, relation } from './relation.js';
import type { SqlSession } from './session.js';

const COLUMNS = [
  ...['TransactionId', 'Label', 'Coordinator', 'TransactionStatus', 'LoadJobSourceType', 'PrepareTime'],
  ...['PreCommitTime', 'CommitTime', 'PublishTime', 'FinishTime', 'Reason', 'ErrorReplicasCount', 'ListenerId'],
  ...['TimeoutMs', 'ErrMsg'],
];

/**
 * `WHERE ID = n`, `WHERE LABEL = 'x'`, `WHERE LABEL LIKE 'x%'`, `WHERE TransactionStatus = 'x'`.
 *
 * @throws DatabaseError when there is no such database, id or label, or the condition is none of these
 */
export function showTransactions(
  session: SqlSession,
  named: string | undefined,
  condition: readonly Token[],
): QueryResult {
  const { engine, transactions } = session.context;
  const database = session.databaseOf({ database: named });
  if (!engine.databases().includes(database)) throw unknownDatabase(database);
  const { matches, missing } = parseCondition(condition);
  const found = transactions.list(database).filter(matches);
  if (found.length === 0 && missing !== undefined) throw ddlError(missing);
  return relation(COLUMNS, found.map(transactionRow));
}

interface Condition {
  matches(transaction: Transaction): boolean;
  /** The error when nothing matches; undefined where an empty list is an answer. */
  readonly missing: string | undefined;
}

function parseCondition(tokens: readonly Token[]): Condition {
  const reader = new TokenReader('', tokens);
  if (!reader.accept('WHERE')) {
    throw new DatabaseError("Where clause should looks like one of them: id = 123 or label =/like 'label'");
  }
  const field = reader.identifier().toUpperCase();
  const like = reader.accept('LIKE');
  if (!like) reader.expect('=');
  const value = reader.next();
  reader.expectEnd();
  switch (field) {
    case 'ID':
      return byId(value);
    case 'LABEL':
      return byLabel(value.text, like);
    case 'TRANSACTIONSTATUS':
      return { matches: ({ state }) => state === value.text.toUpperCase(), missing: undefined };
    default:
      throw syntaxError(field);
  }
}

function byId({ text }: Token): Condition {
  if (!/^\d+$/.test(text)) throw syntaxError(text);
  const id = BigInt(text);
  return { matches: (transaction) => transaction.id === id, missing: `transaction with id ${id} does not exist` };
}

function byLabel(label: string, like: boolean): Condition {
  if (like) {
    const matches = likeMatcher(label, { ignoreCase: false });
    return { matches: (transaction) => matches(transaction.label), missing: undefined };
  }
  return {
    matches: (transaction) => transaction.label === label,
    missing: `transaction with label ${label} does not exist`,
  };
}

function transactionRow(transaction: Transaction): RelationCell[] {
  const { id, label, coordinator, state, reason, timeoutMs } = transaction;
  const { prepareTimeMs, precommitTimeMs, commitTimeMs, publishTimeMs, finishTimeMs } = transaction;
  const source = coordinator.startsWith('BE') ? 'BACKEND_STREAMING' : 'INSERT_STREAMING';
  const times = [prepareTimeMs, precommitTimeMs, commitTimeMs, publishTimeMs, finishTimeMs].map(formatTime);
  return [id, label, coordinator, state, source, ...times, reason, 0, -1, timeoutMs, ''];
}
