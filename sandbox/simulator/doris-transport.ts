/** The Doris driver's way to the simulated cluster: the place of HTTP in `connectors/doris/http.ts`. */
import {
  type Address,
  addressName,
  type BodyRequest,
  type DorisTransport,
  type Redirect,
  unreachable,
} from '../../connectors/doris/http.js';
import type { HttpReply } from '../../connectors/doris/replies.js';
import type { SimulatedDoris } from './doris.js';
import type { Network } from './network.js';
import type { SimulatedProcess } from './process.js';
import type { SimulationSettings } from './settings.js';

/** The words by which `unreachable` knows what has happened. */
const REASONS = {
  refused: 'connect ECONNREFUSED',
  reset: 'read ECONNRESET',
  timeout: 'no reply within the time-out',
  cancelled: 'This operation was aborted',
} as const;

const SLOWEST_MS = 15_000;

export function dorisTransport(
  process: SimulatedProcess,
  network: Network,
  doris: SimulatedDoris,
  { mode }: SimulationSettings,
): DorisTransport {
  const send = (to: Address, call: BodyRequest): Promise<Redirect | HttpReply> => {
    // The buffers belong to the caller, who may use them again as soon as the call has ended.
    const body = Buffer.concat(call.body?.chunks ?? []).toString();
    return network.ask({
      process,
      signal: call.signal,
      what: `${process.name} → ${addressName(to)} ${describe(call)}`,
      timeoutMs: call.readTimeoutMs,
      slowestMs: SLOWEST_MS,
      // Two-phase commit promises to hold even against loads that arrive when nobody waits for them any more.
      endsWithCaller: mode !== 'twoPhase',
      serve: (server) => doris.serve(to, call, body, server),
      failure: (why) => unreachable(new Error(REASONS[why]), to, call),
    });
  };
  return { hop: (to, call) => send(to, call), send, close: async () => {} };
}

function describe({ method, path, headers }: Pick<BodyRequest, 'method' | 'path' | 'headers'>): string {
  const operation = headers?.txn_operation;
  if (operation === undefined) return `${method} ${path}`;
  return `${operation} ${headers?.txn_id ?? headers?.label ?? ''}`;
}
