/** What an armed fault does to an HTTP exchange. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultEffect, FaultPhase, FaultPoint, FaultSubject, Faults } from '../olap/faults.js';
import { type Exchange, replyUnread } from './http.js';
import { LoadFailure, tooManyVersions } from './wording.js';

/**
 * Asks for a fault and lets it happen.
 *
 * @param reply what would be answered, in phase `after`
 * @returns true when the exchange is over: nothing may be sent any more
 * @throws LoadFailure for the effect `fail`
 */
export async function injectFault(
  faults: Faults,
  point: FaultPoint,
  phase: FaultPhase,
  subject: FaultSubject,
  exchange: Exchange,
  reply = '',
): Promise<boolean> {
  const fault = faults.take(point, phase, subject);
  return fault === undefined ? false : applyEffect(fault.effect, exchange, reply);
}

export async function applyEffect(effect: FaultEffect, exchange: Exchange, reply = ''): Promise<boolean> {
  const { request, response, url } = exchange;
  switch (effect.kind) {
    case 'reply':
      await replyUnread(exchange, effect.status, { 'Content-Type': effect.contentType ?? 'text/html' }, effect.body);
      return true;
    case 'reset':
      request.socket.resetAndDestroy();
      return true;
    case 'hang':
      if (!response.destroyed) await once(response, 'close');
      return true;
    case 'delay':
      await sleep(effect.delayMs);
      return false;
    case 'fail':
      throw injectedFailure(effect);
    case 'truncate':
      await truncate(effect, exchange, Buffer.from(reply));
      return true;
    case 'redirect': {
      const to = effect.to ?? request.headers.host ?? '';
      await replyUnread(exchange, 307, { Location: `http://${to}${url.pathname}${url.search}` });
      return true;
    }
  }
}

/** The beginning of a reply that says it is longer than it is, unless it is to look complete. */
async function truncate(
  { bytes, complete = false }: Extract<FaultEffect, { kind: 'truncate' }>,
  { request, response }: Exchange,
  reply: Buffer,
): Promise<void> {
  const part = reply.subarray(0, bytes);
  const length = complete ? part.length : Math.max(reply.length, part.length + 1);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length });
  if (complete) {
    response.end(part);
    return;
  }
  response.flushHeaders();
  await new Promise<void>((resolve) => response.write(part, () => resolve()));
  request.socket.resetAndDestroy();
}

function injectedFailure({ code, text }: Extract<FaultEffect, { kind: 'fail' }>): LoadFailure {
  if (text === undefined && code === 'E-235') return tooManyVersions();
  return new LoadFailure(code, text ?? 'injected by the sandbox');
}
