/** Transactions over the sandbox API: to look at, and to put a label into a state for a test. */
import type { LoadTransactions } from '../olap/load-transactions.js';
import { DatabaseError } from '../olap/model.js';
import type { Transaction, TransactionState } from '../olap/transactions.js';

const STATES: readonly TransactionState[] = ['PREPARE', 'PRECOMMITTED', 'COMMITTED', 'VISIBLE', 'ABORTED'];

/** Those of `database`, of one `label` where it is given. */
export function listTransactions({ manager }: LoadTransactions, query: URLSearchParams): readonly Transaction[] {
  const database = query.get('database') ?? '';
  const label = query.get('label');
  return label === null ? manager.list(database) : manager.byLabel(database, label);
}

/** Brings a label into a state by a transaction without rows. One that is COMMITTED stays so. */
export function plantTransaction({ manager }: LoadTransactions, request: unknown): Transaction {
  const { database, label, tables, state } = readRequest(request);
  const { id } = manager.begin({ database, label, tables, coordinator: 'BE: sandbox' });
  if (state === 'ABORTED') manager.abort(database, id, 'by the sandbox');
  else if (state !== 'PREPARE') manager.precommit(database, id);
  if (state === 'COMMITTED' || state === 'VISIBLE') manager.commit(database, id);
  if (state === 'VISIBLE') manager.publish(database, id);
  const planted = manager.get(database, id);
  if (planted === undefined) throw new DatabaseError(`transaction [${id}] is forgotten already`);
  return planted;
}

function readRequest(request: unknown): Pick<Transaction, 'database' | 'label' | 'tables' | 'state'> {
  const { database, label, table, state } = Object(request) as Record<string, unknown>;
  if (typeof database !== 'string' || typeof label !== 'string') {
    throw new DatabaseError('a transaction has a database and a label');
  }
  const known = STATES.find((each) => each === state);
  if (known === undefined) throw new DatabaseError(`state must be one of ${STATES.join(', ')}`);
  return { database, label, tables: typeof table === 'string' ? [table] : [], state: known };
}
