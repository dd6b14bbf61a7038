/** What an armed fault does to an HTTP exchange. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultEffect, FaultPhase, FaultPoint, FaultSubject, Faults } from '../olap/faults.js';
import { type Exchange, replyUnread } from './http.js';
import { LoadFailure, tooManyVersions } from './wording.js';

/**
 * Asks for a fault and lets it happen.
 *
 * @returns true when the exchange is over: nothing may be sent any more
 * @throws LoadFailure for the effect `fail`
 */
export async function injectFault(
  faults: Faults,
  point: FaultPoint,
  phase: FaultPhase,
  subject: FaultSubject,
  exchange: Exchange,
): Promise<boolean> {
  const fault = faults.take(point, phase, subject);
  return fault === undefined ? false : applyEffect(fault.effect, exchange);
}

async function applyEffect(effect: FaultEffect, exchange: Exchange): Promise<boolean> {
  const { request, response } = exchange;
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
  }
}

export function injectedFailure({ code, text }: Extract<FaultEffect, { kind: 'fail' }>): LoadFailure {
  if (text === undefined && code === 'E-235') return tooManyVersions();
  return new LoadFailure(code, text ?? 'injected by the sandbox');
}
