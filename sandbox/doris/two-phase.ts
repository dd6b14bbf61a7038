/** The second phase at the backend: `PUT /api/{db}/_stream_load_2pc`. Source: stream_load_2pc.cpp. */
import type { FaultSubject } from '../olap/faults.js';
import { TransactionRefused } from '../olap/transactions.js';
import type { DorisContext } from './context.js';
import { injectFault } from './fault-effects.js';
import { basicCredentials, type Exchange, replyUnread } from './http.js';
import { header } from './load-headers.js';
import { twoPhaseReply } from './replies.js';
import {
  accessDenied,
  LoadFailure,
  noBasicAuthorization,
  refusalFailure,
  requireFrontend,
  unknownDatabase,
  unknownTable,
} from './wording.js';

const USER_ABORT = 'User Abort';

interface Request {
  readonly database: string;
  readonly operation: 'commit' | 'abort';
  /** Wins over the label where both are given. */
  readonly id: bigint | undefined;
  readonly label: string | undefined;
}

export async function twoPhase(context: DorisContext, exchange: Exchange, database: string): Promise<void> {
  const reply = async (text: string): Promise<void> =>
    replyUnread(exchange, 200, { 'Content-Type': 'application/json' }, text);
  try {
    const request = readRequest(context, exchange, database);
    const subject = {
      operation: request.operation,
      ...transactionSubject(context, database, request.id?.toString(), request.label),
    };
    requireFrontend(context);
    if (await injectFault(context.faults, 'be.2pc', 'before', subject, exchange)) return;
    const text = twoPhaseReply('Success', await execute(context, request));
    if (await injectFault(context.faults, 'be.2pc', 'after', subject, exchange, text)) return;
    await reply(text);
  } catch (error) {
    const failure = error instanceof TransactionRefused ? refusalFailure(error.refusal) : error;
    if (!(failure instanceof LoadFailure)) throw error;
    await reply(twoPhaseReply(failure.code, failure.text));
  }
}

function readRequest({ accounts, engine }: DorisContext, { request }: Exchange, database: string): Request {
  const operation = header(request.headers, 'txn_operation')?.toLowerCase();
  const credentials = basicCredentials(request);
  if (credentials === undefined) throw noBasicAuthorization();
  const id = header(request.headers, 'txn_id');
  const label = header(request.headers, 'label');
  if (id === undefined && label === undefined) {
    throw new LoadFailure('INTERNAL_ERROR', 'empty txn_id and label');
  }
  if (id !== undefined && !/^\d{1,19}$/.test(id)) {
    throw new LoadFailure('INTERNAL_ERROR', `convert txn_id [${id}] failed, reason=stoull`);
  }
  if (operation !== 'commit' && operation !== 'abort') {
    throw new LoadFailure('INTERNAL_ERROR', "transaction operation should be 'commit' or 'abort'");
  }
  if (!accounts.checkPassword(credentials.user, credentials.password)) {
    throw accessDenied(credentials.user, request.socket.remoteAddress ?? '');
  }
  if (!engine.databases().includes(database)) throw unknownDatabase(database);
  return { database, operation, id: id === undefined ? undefined : BigInt(id), label };
}

/** What a request for a transaction is about, for faults: its label and table, by whichever of the two names it has. */
export function transactionSubject(
  { loads: { manager } }: DorisContext,
  database: string,
  id: string | undefined,
  label: string | undefined,
): FaultSubject {
  const isNumber = id !== undefined && /^\d{1,19}$/.test(id);
  const found = isNumber ? manager.get(database, BigInt(id)) : manager.byLabel(database, label ?? '').at(-1);
  return { database, label: label ?? found?.label, table: found?.tables[0] };
}

/** @returns the sentence of success, made from what the client sent */
async function execute({ engine, loads }: DorisContext, { database, operation, id, label }: Request): Promise<string> {
  const found = id ?? loads.manager.idByLabel(database, label ?? '', operation);
  if (operation === 'abort') await loads.abort(database, found, USER_ABORT);
  else {
    const transaction = loads.manager.get(database, found);
    const dropped = transaction?.tables.find((table) => engine.table(database, table) === undefined);
    if (transaction?.state === 'PRECOMMITTED' && dropped !== undefined) throw unknownTable(dropped);
    await loads.commit(database, found);
  }
  const named = [label === undefined ? '' : `label [${label}] `, id === undefined ? '' : `transaction [${id}] `];
  return `${named.join('')}${operation} successfully.`;
}
