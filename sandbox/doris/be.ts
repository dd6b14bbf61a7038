/** The HTTP server of a backend (`webserver_port` 8040): Stream Load, its second phase, error logs. */
import type { DorisContext } from './context.js';
import { type Exchange, type Handler, readBytes, replyUnread } from './http.js';
import { twoPhaseReply } from './replies.js';
import { isSandboxApi, serveSandboxApi } from './sandbox-api.js';
import { StreamLoad } from './stream-load.js';
import { twoPhase } from './two-phase.js';

/** What stands for the object storage behind a stage: whoever has the signed address may write there. */
async function putStageFile({ copies }: DorisContext, exchange: Exchange): Promise<void> {
  const [, user = '', fileName = ''] = exchange.path;
  const content = await readBytes(exchange);
  const isStored = copies.put(user, fileName, exchange.url.searchParams.get('X-Signature') ?? '', content);
  exchange.response.writeHead(isStored ? 200 : 403).end();
}

export function createBackend(context: DorisContext): Handler {
  return async (exchange) => {
    const { request, path, url } = exchange;
    const [api, database = '', table = ''] = path;
    if (isSandboxApi(path)) return serveSandboxApi(context, exchange);
    if (api === 'api' && request.method === 'PUT') {
      if (path.length === 4 && path[3] === '_stream_load') {
        return new StreamLoad(context, exchange, database, table).serve();
      }
      if (path.at(-1) === '_stream_load_2pc' && (path.length === 3 || path.length === 4)) {
        return twoPhase(context, exchange, database);
      }
    }
    if (api === '_stage' && request.method === 'PUT') return putStageFile(context, exchange);
    if (api === 'api' && request.method === 'GET') {
      if (path[1] === '_load_error_log') {
        const log = context.errorLogs.get(url.searchParams.get('file') ?? '');
        const text = log ?? 'Error log file not exist.';
        return replyUnread(
          exchange,
          log === undefined ? 404 : 200,
          { 'Content-Type': 'text/plain; charset=utf-8' },
          text,
        );
      }
      if (path[1] === 'health') {
        return replyUnread(
          exchange,
          200,
          { 'Content-Type': 'application/json' },
          '{"status": "OK","msg": "To Be Added"}',
        );
      }
    }
    if (api === 'api' && request.method === 'POST' && path[1] === 'debug_point') {
      const done = context.debugPoints.perform('be', path.slice(2), url.searchParams);
      if (done !== undefined) {
        const status = done.failure === undefined ? 200 : 500;
        const [code, words] = done.failure === undefined ? ['OK', 'OK'] : ['INTERNAL_ERROR', done.failure];
        return replyUnread(exchange, status, { 'Content-Type': 'application/json' }, twoPhaseReply(code, words));
      }
    }
    return replyUnread(exchange, 404, { 'Content-Type': 'text/plain' }, 'Not Found');
  };
}
