/** `/_sandbox/…`: what the double offers beyond the database it doubles. */
import { parseFault } from '../olap/faults.js';
import { DatabaseError } from '../olap/model.js';
import type { DorisContext } from './context.js';
import { type Exchange, readText, replyUnread } from './http.js';

/**
 * `GET|POST|DELETE /_sandbox/faults`, `DELETE /_sandbox/faults/{id}`, `GET|DELETE /_sandbox/stats`,
 * `POST /_sandbox/clean` (runs the transaction cleaner now).
 */
export async function serveSandboxApi(context: DorisContext, exchange: Exchange): Promise<void> {
  try {
    const result = await perform(context, exchange);
    const status = result === undefined ? 404 : 200;
    await replyJson(exchange, status, result ?? { error: 'no such sandbox route' });
  } catch (error) {
    if (!(error instanceof DatabaseError || error instanceof SyntaxError)) throw error;
    await replyJson(exchange, 400, { error: error.message });
  }
}

async function perform(context: DorisContext, exchange: Exchange): Promise<unknown> {
  const { faults, stats, loads } = context;
  const [, subject, id] = exchange.path;
  switch (`${exchange.request.method} ${subject}`) {
    case 'GET faults':
      return faults.list();
    case 'POST faults':
      return { id: faults.arm(parseFault(JSON.parse(await readText(exchange)))) };
    case 'DELETE faults':
      faults.disarm(id === undefined ? undefined : Number(id));
      return faults.list();
    case 'GET stats':
      return stats.totals;
    case 'DELETE stats':
      stats.reset();
      return stats.totals;
    case 'POST clean':
      loads.clean();
      return {};
    default:
      return undefined;
  }
}

async function replyJson(exchange: Exchange, status: number, value: unknown): Promise<void> {
  await replyUnread(exchange, status, { 'Content-Type': 'application/json' }, `${JSON.stringify(value)}\n`);
}
