/** `/_sandbox/…`: what the double offers beyond the database it doubles, on every port that speaks HTTP. */
import { parseFault } from '../olap/faults.js';
import { DatabaseError } from '../olap/model.js';
import { TransactionRefused } from '../olap/transactions.js';
import type { DorisContext } from './context.js';
import { type Exchange, readText, replyUnread } from './http.js';
import { changeSettings, readSettings } from './settings.js';
import { listTransactions, plantTransaction } from './transactions-api.js';
import { refusalFailure } from './wording.js';

type Action = (context: DorisContext, exchange: Exchange) => unknown;

/** By method and first segment behind `/_sandbox/`; docs/fault-injection.md is the page for users. */
const ACTIONS: Readonly<Record<string, Action>> = {
  'GET faults': ({ faults }) => faults.list(),
  'POST faults': async ({ faults }, exchange) => ({ id: faults.arm(parseFault(await readJson(exchange))) }),
  'DELETE faults': ({ faults }, { path }) => {
    faults.disarm(path[2] === undefined ? undefined : Number(path[2]));
    return faults.list();
  },
  'GET settings': readSettings,
  'PATCH settings': async (context, exchange) => changeSettings(context, await readJson(exchange)),
  'GET nodes': ({ nodes }) => nodes.list(),
  'POST nodes': operateNode,
  'GET transactions': ({ loads }, { url }) => listTransactions(loads, url.searchParams),
  'POST transactions': async ({ loads }, exchange) => plantTransaction(loads, await readJson(exchange)),
  'POST clean': async ({ loads }) => {
    await loads.clean();
    return {};
  },
  'GET stats': ({ stats }) => stats.totals,
  'DELETE stats': ({ stats }) => {
    stats.reset();
    return stats.totals;
  },
};

/** Whether the request is one of these; `/stats` is short for `/_sandbox/stats`. */
export function isSandboxApi([first]: readonly string[]): boolean {
  return first === '_sandbox' || first === 'stats';
}

export async function serveSandboxApi(context: DorisContext, exchange: Exchange): Promise<void> {
  const [first, second] = exchange.path;
  const action = ACTIONS[`${exchange.request.method} ${first === 'stats' ? first : second}`];
  try {
    if (action === undefined) await replyJson(exchange, 404, { error: 'no such sandbox route' });
    else await replyJson(exchange, 200, await action(context, exchange));
  } catch (error) {
    await replyJson(exchange, 400, { error: wordsOf(error) });
  }
}

/** What the caller did wrong; anything else is thrown on. */
function wordsOf(error: unknown): string {
  if (error instanceof TransactionRefused) return refusalFailure(error.refusal).text;
  if (error instanceof DatabaseError || error instanceof SyntaxError) return error.message;
  throw error;
}

/** `POST /_sandbox/nodes/{name}/{stop|start|restart|elect}`; `stop?forMs=2000` starts it again by itself. */
async function operateNode({ nodes }: DorisContext, { path, url, request, response }: Exchange): Promise<unknown> {
  const [, , name = '', operation = ''] = path;
  const forMs = url.searchParams.get('forMs');
  const duration = forMs === null ? undefined : Number(forMs);
  if (duration !== undefined && !(duration >= 0)) throw new DatabaseError('forMs must be a number of milliseconds');
  const operations: Readonly<Record<string, () => Promise<void> | void>> = {
    stop: () => nodes.stop(name, duration),
    start: () => nodes.start(name),
    restart: () => nodes.restart(name),
    elect: () => nodes.elect(name),
  };
  const operate = operations[operation];
  if (operate === undefined) throw new DatabaseError(`a node can ${Object.keys(operations).join(', ')}`);
  const own = nodes.list().find((node) => node.name === name || `${name}-0` === node.name);
  // A node that stops itself answers first.
  if (own?.port === request.socket.localPort && (operation === 'stop' || operation === 'restart')) {
    response.once('finish', () => void Promise.resolve(operate()).catch(() => undefined));
    return [];
  }
  await operate();
  return nodes.list();
}

async function readJson(exchange: Exchange): Promise<unknown> {
  return JSON.parse(await readText(exchange));
}

async function replyJson(exchange: Exchange, status: number, value: unknown): Promise<void> {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  await replyUnread(exchange, status, { 'Content-Type': 'application/json' }, `${text}\n`);
}
