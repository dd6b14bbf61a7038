/** What a frontend does with loads: it checks the request and sends it on to a backend. Source: LoadAction.java. */
import type { DorisContext } from './context.js';
import { injectFault } from './fault-effects.js';
import { basicCredentials, type Credentials, type Exchange, replyUnread } from './http.js';
import { header, isGroupCommitMode } from './load-headers.js';
import { ERROR_CODE, envelope, failed, UNAUTHORIZED_CODE } from './replies.js';
import { transactionSubject } from './two-phase.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** `java.net.URI` leaves these characters of the user information as they are. */
const PLAIN_USERINFO = /[^A-Za-z0-9_\-!.~'()*,;:$&+=]/gu;

/** `PUT /api/{db}/{table}/_stream_load`: never reads the body, never says `100 Continue`. */
export async function redirectLoad(context: DorisContext, exchange: Exchange, database: string, table: string) {
  const { headers } = exchange.request;
  const mode = header(headers, 'group_commit');
  if (mode !== undefined && !isGroupCommitMode(mode)) {
    return refuse(exchange, 'Header `group_commit` can only be `sync_mode`, `async_mode` or `off_mode`.');
  }
  const credentials = await authenticate(context, exchange);
  if (credentials === undefined) return;
  const subject = { database, table, label: header(headers, 'label') };
  if (await injectFault(context.faults, 'fe.redirect', 'before', subject, exchange)) return;
  if (headers.expect === undefined) return refuse(exchange, 'There is no 100-continue header');
  if (database === '') return refuse(exchange, 'No database selected.');
  if (table === '') return refuse(exchange, 'No table selected.');
  if (await injectFault(context.faults, 'fe.redirect', 'after', subject, exchange)) return;
  await redirect(exchange, credentials, { scheme: context.scheme, address: context.backendAddress() });
}

/** `PUT /api/{db}/_stream_load_2pc`: needs no Expect header. */
export async function redirectTwoPhase(context: DorisContext, exchange: Exchange, database: string): Promise<void> {
  const { headers } = exchange.request;
  const credentials = await authenticate(context, exchange);
  if (credentials === undefined) return;
  const label = header(headers, 'label');
  const operation = header(headers, 'txn_operation');
  const id = header(headers, 'txn_id');
  const subject = { operation, ...transactionSubject(context, database, id, label) };
  if (await injectFault(context.faults, 'fe.2pc', 'before', subject, exchange)) return;
  if (database === '') return refuse(exchange, 'No database selected.');
  if (id === undefined && label === undefined) {
    return refuse(exchange, 'No transaction id or label selected.');
  }
  if (operation === undefined) return refuse(exchange, "No transaction operation('commit' or 'abort') selected.");
  if (await injectFault(context.faults, 'fe.2pc', 'after', subject, exchange)) return;
  await redirect(exchange, credentials, { scheme: context.scheme, address: context.backendAddress() });
}

/** `PUT /copy/upload`: where the file named in the header is to be put. CopyIntoAction.java */
export async function redirectUpload(context: DorisContext, exchange: Exchange): Promise<void> {
  const credentials = await authenticate(context, exchange);
  if (credentials === undefined) return;
  const fileName = header(exchange.request.headers, 'filename');
  if (fileName === undefined) {
    return replyUnread(exchange, 200, JSON_TYPE, envelope('fileName is null', 'Error', ERROR_CODE));
  }
  const place = context.copies.sign(credentials.user, fileName);
  const location = `${context.scheme}://${context.backendAddress()}${place}`;
  await replyUnread(exchange, 307, { 'Content-Type': 'text/html;charset=utf-8', Location: location });
}

/** Replies and returns undefined when the password is not right: HTTP 200 with code 401 inside. */
export async function authenticate(context: DorisContext, exchange: Exchange): Promise<Credentials | undefined> {
  const credentials = basicCredentials(exchange.request);
  if (credentials === undefined) {
    await replyUnread(exchange, 200, JSON_TYPE, envelope('Need auth information.', 'Unauthorized', UNAUTHORIZED_CODE));
    return undefined;
  }
  if (context.accounts.checkPassword(credentials.user, credentials.password)) return credentials;
  const address = exchange.request.socket.remoteAddress ?? '';
  const denied = `Access denied for ${credentials.user}@${address}`;
  await replyUnread(exchange, 200, JSON_TYPE, envelope(denied, 'Unauthorized', UNAUTHORIZED_CODE));
  return undefined;
}

async function refuse(exchange: Exchange, message: string): Promise<void> {
  await replyUnread(exchange, 200, JSON_TYPE, failed(message));
}

/**
 * 307 with the user's name and password in the Location, an empty query behind a `?`, then the query of the request:
 * RestBaseController.java builds it so.
 */
export async function redirect(
  exchange: Exchange,
  { user, password }: Credentials,
  { scheme, address }: { scheme: string; address: string },
): Promise<void> {
  const { url } = exchange;
  const userInfo = `${user}:${password}`.replace(PLAIN_USERINFO, encodeURIComponent);
  const location = `${scheme}://${userInfo}@${address}${url.pathname}?${url.search.slice(1)}`;
  await replyUnread(exchange, 307, { 'Content-Type': 'text/html;charset=utf-8', Location: location });
}
