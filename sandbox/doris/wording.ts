/**
 * What Apache Doris says: its codes and sentences, to the letter, commas and full stops included.
 *
 * Sources: be/src/load/stream_load/stream_load_executor.cpp, be/src/service/http/action/stream_load.cpp,
 * fe DatabaseTransactionMgr.java, FrontendServiceImpl.java, LabelAlreadyUsedException.java.
 */
import type { Refusal, Transaction, TransactionState } from '../olap/transactions.js';

/** A failure of Stream Load: `code` is the thrift name or `E-NNN`, `text` is what stands behind it. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';
  constructor(
    readonly code: string,
    readonly text: string,
  ) {
    super(`[${code}]${text}`);
  }
}

/** A failure that a BE relays from the FE. `errorCode` is 2 for user errors, 7 for missing databases and tables. */
export function relayed(detail: string, errorCode = 2, code = 'ANALYSIS_ERROR'): LoadFailure {
  return new LoadFailure(code, `TStatus: errCode = ${errorCode}, detailMessage = ${detail}`);
}

export const invalidArgument = (text: string): LoadFailure => new LoadFailure('INVALID_ARGUMENT', text);
export const unknownDatabase = (name: string): LoadFailure => relayed(`unknown database, database=${name}`, 7);
export const unknownTable = (name: string): LoadFailure => relayed(`unknown table, tableName=${name}`, 7);
export const accessDenied = (user: string, host: string): LoadFailure =>
  relayed(`Access denied for ${user}@${host}`, 2, 'NOT_AUTHORIZED');
export const noBasicAuthorization = (): LoadFailure =>
  new LoadFailure('NOT_AUTHORIZED', 'no valid Basic authorization');
export const tooManyFilteredRows = (): LoadFailure => new LoadFailure('DATA_QUALITY_ERROR', 'too many filtered rows');
export const labelFormat = (label: string): LoadFailure =>
  relayed(`Label format error. regex: ^[-_A-Za-z0-9:]{1,128}$, label: ${label}`);

/** BE, thrift_rpc_helper.cpp: a backend can do nothing for transactions without a front end that leads. */
export function requireFrontend({ leaderAddress }: { leaderAddress(): string | undefined }): void {
  if (leaderAddress() !== undefined) return;
  throw new LoadFailure(
    'THRIFT_RPC_ERROR',
    'failed to call frontend service, FE address=127.0.0.1:9020, reason: connect() failed: Connection refused',
  );
}

/** BE, rowset_builder.cpp: the tablet has more versions than `max_tablet_version_num`. */
export function tooManyVersions(limit = 2000): LoadFailure {
  return new LoadFailure(
    'E-235',
    `failed to init rowset builder. version count: ${limit + 1}, exceed limit: ${limit}, tablet: 10023. Please reduce the` +
      ' frequency of loading data or adjust the max_tablet_version_num or time_series_max_tablet_version_num in be.conf' +
      ' to a larger value.',
  );
}

/** BE, stream_load.cpp: `size` and `limit` in bytes. */
export function bodyTooLarge(what: 'body' | 'json body', setting: string, size: number, limit: number): LoadFailure {
  return new LoadFailure(
    'E-217',
    `${what} size ${size} exceed BE's conf \`${setting}\` ${limit}. increase it if you are sure this load is reasonable`,
  );
}

export const PUBLISH_TIMEOUT_MESSAGE =
  '[PUBLISH_TIMEOUT]TStatus: transaction commit successfully, BUT data will be visible later';

/** LabelAlreadyUsedException.java: COMMITTED and VISIBLE cannot be told apart. */
export function existingJobStatus(state: TransactionState): string {
  if (state === 'PRECOMMITTED') return 'PRECOMMITTED';
  return state === 'COMMITTED' || state === 'VISIBLE' ? 'FINISHED' : 'RUNNING';
}

/** What the transaction manager refuses, as the FE says it. */
export function refusalFailure(refusal: Refusal): LoadFailure {
  switch (refusal.kind) {
    case 'label-used':
      return relayed(
        `Label [${refusal.label}] has already been used, relate to txn [${refusal.transaction.id}]`,
        2,
        'LABEL_ALREADY_EXISTS',
      );
    case 'quota':
      return relayed(
        `current running txns on db ${refusal.databaseId} is ${refusal.running}, larger than limit ${refusal.limit}`,
      );
    case 'unknown-id':
      return relayed(`transaction [${refusal.id}] not found`);
    case 'unknown-label':
      return relayed(`transaction not found, label=${refusal.label}`);
    case 'label-not-running':
      return relayed(`running transaction not found, label=${refusal.label}`);
    case 'wrong-state':
      return relayed(
        refusal.operation === 'commit' ? notPrecommitted(refusal.transaction) : notAbortable(refusal.transaction),
      );
  }
}

/** A full stop stands before the reason here, and a comma in `notAbortable`: both as in DatabaseTransactionMgr.java. */
function notPrecommitted({ id, state, reason }: Transaction): string {
  switch (state) {
    case 'ABORTED':
      return `transaction [${id}] is already aborted. abort reason: ${reason}`;
    case 'COMMITTED':
    case 'VISIBLE':
      return `transaction [${id}] is already ${state.toLowerCase()}, not pre-committed.`;
    default:
      return `transaction [${id}] is ${state.toLowerCase()}, not pre-committed.`;
  }
}

function notAbortable({ id, state, reason }: Transaction): string {
  if (state === 'ABORTED') return `transaction [${id}] is already aborted, abort reason: ${reason}`;
  return `transaction [${id}] is already ${state}, could not abort.`;
}
