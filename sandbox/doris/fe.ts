/** The HTTP server of a frontend (`http_port` 8030): redirects loads, answers the API, takes the sandbox's own orders. */

import type { FaultPoint, FaultSubject } from '../olap/faults.js';
import type { DorisContext } from './context.js';
import { injectFault } from './fault-effects.js';
import {
  backends,
  bootstrap,
  health,
  lightSchemaChange,
  loadInfo,
  loadState,
  runCopy,
  runStatement,
  schema,
} from './fe-api.js';
import { authenticate, redirect, redirectLoad, redirectTwoPhase, redirectUpload } from './fe-redirect.js';
import { type Credentials, type Exchange, type Handler, replyUnread } from './http.js';
import { ERROR_CODE, envelope, failed, send } from './replies.js';
import { isSandboxApi, serveSandboxApi } from './sandbox-api.js';
import { LoadFailure } from './wording.js';

interface Route {
  /** Segments of the path; `:` takes any one of them. */
  readonly path: readonly string[];
  readonly method: 'GET' | 'POST';
  readonly point?: FaultPoint;
  readonly open?: boolean;
  /** A follower sends the client on to the leader. */
  readonly byLeader?: boolean;
  answer(context: DorisContext, exchange: Exchange, credentials: Credentials): string | Promise<string>;
}

const segment = ({ path }: Exchange, index: number): string => path[index] ?? '';
const label = ({ url }: Exchange): string | null => url.searchParams.get('label');

/** In the order in which they are tried: fixed words before placeholders. */
const ROUTES: readonly Route[] = [
  { method: 'GET', path: ['api', 'backends'], point: 'fe.backends', answer: (context) => backends(context) },
  { method: 'GET', path: ['api', 'health'], open: true, answer: () => health() },
  { method: 'GET', path: ['api', 'bootstrap'], open: true, answer: () => bootstrap() },
  {
    method: 'GET',
    path: ['api', 'enable_light_schema_change', ':', ':'],
    answer: (context, exchange) => lightSchemaChange(context, segment(exchange, 2), segment(exchange, 3)),
  },
  {
    method: 'POST',
    path: ['api', 'query', ':', ':'],
    point: 'fe.query',
    answer: (context, exchange, user) => runStatement(context, exchange, user, segment(exchange, 3)),
  },
  {
    method: 'POST',
    path: ['copy', 'query'],
    point: 'fe.query',
    answer: (context, exchange, user) => runCopy(context, exchange, user),
  },
  {
    method: 'GET',
    path: ['api', ':', ':', '_schema'],
    point: 'fe.schema',
    answer: (context, exchange) => schema(context, segment(exchange, 1), segment(exchange, 2)),
  },
  {
    method: 'GET',
    path: ['api', ':', 'get_load_state'],
    point: 'fe.load_state',
    byLeader: true,
    answer: (context, exchange) => loadState(context, segment(exchange, 1), label(exchange)),
  },
  { method: 'GET', path: ['api', ':', '_load_info'], answer: (_, exchange) => loadInfo(label(exchange)) },
];

/** @param index among the front ends of the double */
export function createFrontend(context: DorisContext, index: number): Handler {
  return async (exchange) => {
    try {
      await serve(context, exchange, index);
    } catch (error) {
      if (!(error instanceof LoadFailure)) throw error;
      const isLoad = exchange.path.at(-1)?.startsWith('_stream_load') === true;
      const body = isLoad ? failed(error.text) : envelope(error.text, 'Error', ERROR_CODE);
      await replyUnread(exchange, 200, { 'Content-Type': 'application/json' }, body);
    }
  };
}

async function serve(context: DorisContext, exchange: Exchange, index: number): Promise<void> {
  const { request, path, url } = exchange;
  if (isSandboxApi(path)) return serveSandboxApi(context, exchange);
  if (request.method === 'PUT' && path[0] === 'api') {
    if (path.at(-1) === '_stream_load') {
      const [database = '', table = ''] = path.slice(1, -1);
      return redirectLoad(context, exchange, database, table);
    }
    if (path.at(-1) === '_stream_load_2pc') return redirectTwoPhase(context, exchange, path.slice(1, -1)[0] ?? '');
  }
  if (request.method === 'PUT' && path.join('/') === 'copy/upload') return redirectUpload(context, exchange);
  if (request.method === 'POST' && path[0] === 'api' && path[1] === 'debug_point') {
    const done = context.debugPoints.perform('fe', path.slice(2), url.searchParams);
    if (done !== undefined) {
      const { failure } = done;
      return send(exchange.response, failure === undefined ? envelope(null) : envelope(failure, 'Error', ERROR_CODE));
    }
  }
  const route = ROUTES.find((each) => each.method === request.method && matches(each.path, path));
  if (route === undefined) return replyUnread(exchange, 404, { 'Content-Type': 'text/plain' }, 'Not Found');
  return answer(context, exchange, route, index);
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((part, index) => part === ':' || part === path[index]);
}

async function answer(context: DorisContext, exchange: Exchange, route: Route, index: number): Promise<void> {
  const nobody = { user: '', password: '' };
  const credentials = route.open === true ? nobody : await authenticate(context, exchange);
  if (credentials === undefined) return;
  const subject: FaultSubject = {
    database: route.path[1] === ':' ? segment(exchange, 1) : segment(exchange, 3),
    table: route.path[2] === ':' && route.path.length === 4 ? segment(exchange, 2) : undefined,
    label: label(exchange) ?? undefined,
  };
  const { point } = route;
  if (point !== undefined && (await injectFault(context.faults, point, 'before', subject, exchange))) return;
  const leader = context.leaderAddress();
  if (route.byLeader === true && leader !== undefined && !context.nodes.isLeader(index)) {
    return redirect(exchange, credentials, { scheme: context.scheme, address: leader });
  }
  const body = await route.answer(context, exchange, credentials);
  if (point !== undefined && (await injectFault(context.faults, point, 'after', subject, exchange, body))) return;
  send(exchange.response, body);
}
