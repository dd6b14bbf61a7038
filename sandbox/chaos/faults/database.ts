/** Faults of the database: replies that are lost, late, refused or none at all, nodes that are down, labels forgotten. */

import type { Fault } from '../../olap/faults.js';
import type { TransactionSettings } from '../../olap/transactions.js';
import type { Random } from '../../simulator/random.js';
import type { Stage } from '../stage.js';
import { until } from '../until.js';
import { type ChaosFault, pause } from './fault.js';

/** How long an armed fault waits for its chance: loads may be standing still because of another one. */
const CHANCE_MS = 8_000;

const PROXY_PAGE = '<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>';
const HALF_JSON = '{\n    "TxnId": 17,\n    "Label": "';
/** RFC 5737: of no machine. */
const FOREIGN_ADDRESS = '192.0.2.1:8040';
const json = 'application/json';
const reply = (status: number, body: string, contentType = 'text/html') =>
  ({ kind: 'reply', status, body, contentType }) as const;
const reset = { kind: 'reset' } as const;
const hang = { kind: 'hang' } as const;

/** FE: RestBaseController answers in its envelope, with HTTP 200. */
const envelope = (data: unknown, code = 0) =>
  JSON.stringify({ msg: code === 0 ? 'success' : 'Error', code, data, count: 0 });

/** Named faults at the double's points. */
const REPLIES: Readonly<Record<string, Pick<Fault, 'point' | 'phase' | 'effect' | 'operation'>>> = {
  'load: HTTP 500 before': { point: 'be.load', phase: 'before', effect: reply(500, '') },
  'load: HTTP 502 page after': { point: 'be.load', phase: 'after', effect: reply(502, PROXY_PAGE) },
  'load: HTTP 503 after': { point: 'be.load', phase: 'after', effect: reply(503, 'busy', 'text/plain') },
  'load: HTTP 401': { point: 'be.load', phase: 'before', effect: reply(401, 'Unauthorized', 'text/plain') },
  'load: HTTP 403': { point: 'be.load', phase: 'before', effect: reply(403, 'Forbidden', 'text/plain') },
  'load: reset before': { point: 'be.load', phase: 'before', effect: reset },
  'load: reset in the body': { point: 'be.load', phase: 'body', effect: reset },
  'load: reply lost': { point: 'be.load', phase: 'after', effect: reset },
  'load: half a reply': { point: 'be.load', phase: 'after', effect: reply(200, HALF_JSON, json) },
  'load: no reply': { point: 'be.load', phase: 'after', effect: hang },
  'load: slow': { point: 'be.load', phase: 'before', effect: { kind: 'delay', delayMs: 800 } },
  'load: reset after the last byte': { point: 'be.load', phase: 'received', effect: reset },
  'load: reply cut': { point: 'be.load', phase: 'after', effect: { kind: 'truncate', bytes: 40 } },
  'load: slow disk': { point: 'be.load', phase: 'body', effect: { kind: 'delay', delayMs: 150 } },
  'load: disk full': {
    point: 'be.load',
    phase: 'body',
    effect: { kind: 'fail', code: 'IO_ERROR', text: 'No space left on device' },
  },
  'load: too many versions (-235)': { point: 'be.load', phase: 'before', effect: { kind: 'fail', code: 'E-235' } },
  'commit: HTTP 500 before': { point: 'be.2pc', phase: 'before', operation: 'commit', effect: reply(500, '') },
  'commit: HTTP 500 after': { point: 'be.2pc', phase: 'after', operation: 'commit', effect: reply(500, '') },
  'commit: reset before': { point: 'be.2pc', phase: 'before', operation: 'commit', effect: reset },
  'commit: reply lost': { point: 'be.2pc', phase: 'after', operation: 'commit', effect: reset },
  'commit: half a reply': { point: 'be.2pc', phase: 'after', operation: 'commit', effect: reply(200, '{"sta', json) },
  'commit: slow': { point: 'be.2pc', phase: 'before', operation: 'commit', effect: { kind: 'delay', delayMs: 800 } },
  'abort: reply lost': { point: 'be.2pc', phase: 'after', operation: 'abort', effect: reset },
  'label state: HTTP 500': { point: 'fe.load_state', phase: 'before', effect: reply(500, PROXY_PAGE) },
  'label state: error': { point: 'fe.load_state', phase: 'before', effect: reply(200, envelope('internal', 1), json) },
  'label state: reset': { point: 'fe.load_state', phase: 'after', effect: reset },
  'redirect: HTTP 503': { point: 'fe.redirect', phase: 'before', effect: reply(503, PROXY_PAGE) },
  'redirect: reset': { point: 'fe.redirect', phase: 'before', effect: reset },
  'redirect: loop': { point: 'fe.redirect', phase: 'before', effect: { kind: 'redirect' } },
  'redirect: wrong address': {
    point: 'fe.redirect',
    phase: 'before',
    effect: { kind: 'redirect', to: FOREIGN_ADDRESS },
  },
  'redirect of a commit: HTTP 500': { point: 'fe.2pc', phase: 'before', effect: reply(500, '') },
  'back ends: none': { point: 'fe.backends', phase: 'before', effect: reply(200, envelope({ backends: [] }), json) },
};

function replyFault(name: string, fault: (typeof REPLIES)[string]): ChaosFault {
  return {
    name,
    strike: async (stage, random) => {
      const times = random.between(1, 4);
      const id = stage.doris.faults.arm({ ...fault, times });
      const used = () => stage.firings(id) === times;
      await until(name, used, { timeoutMs: CHANCE_MS, everyMs: 20 }).catch(() => undefined);
      const struck = stage.firings(id);
      stage.doris.faults.disarm(id);
      return struck;
    },
  };
}

/** Other settings of the transaction manager for a while, with the cleaner running at their end. */
function settingFault(name: string, change: Partial<TransactionSettings>, durationMs: number): ChaosFault {
  return {
    name,
    strike: async ({ doris }, random) => {
      const { settings } = doris.transactions;
      const before = { ...settings };
      Object.assign(settings, change);
      await pause(random.between(durationMs / 2, durationMs));
      for (const key of Object.keys(change) as (keyof TransactionSettings)[]) settings[key] = before[key];
      return 1;
    },
  };
}

const outage =
  (stop: (stage: Stage) => Promise<void>, start: (stage: Stage) => Promise<void>, longestMs: number) =>
  async (stage: Stage, random: Random) => {
    await stop(stage);
    await pause(random.between(200, longestMs));
    await start(stage);
    return 1;
  };

const NODES: readonly ChaosFault[] = [
  {
    name: 'back end: down',
    strike: outage(
      ({ doris }) => doris.stopBackend(),
      ({ doris }) => doris.startBackend(),
      2_500,
    ),
  },
  {
    name: 'back end: restarted',
    strike: async ({ doris }) => {
      await doris.restartBackend();
      return 1;
    },
  },
  {
    name: 'front end: first down',
    strike: outage(
      ({ gates }) => gates[0].stop(),
      ({ gates }) => gates[0].start(),
      3_000,
    ),
  },
  {
    name: 'front ends: all down',
    strike: outage(
      async ({ gates }) => void (await Promise.all(gates.map((gate) => gate.stop()))),
      async ({ gates }) => void (await Promise.all(gates.map((gate) => gate.start()))),
      2_000,
    ),
  },
];

const LEADERS: readonly ChaosFault[] = [
  {
    name: 'front end: another leads',
    strike: async ({ doris: { nodes } }) => {
      const next = nodes.list().find(({ name, leader }) => name.startsWith('fe-') && !leader);
      if (next === undefined) return 0;
      nodes.elect(next.name);
      return 1;
    },
  },
  {
    name: 'front end: the leader ends',
    strike: async ({ doris: { nodes } }, random) => {
      const leader = nodes.list().find(({ leader }) => leader);
      if (leader === undefined) return 0;
      await nodes.stop(leader.name);
      await pause(random.between(200, 2_500));
      await nodes.start(leader.name);
      return 1;
    },
  },
];

const TRANSACTIONS: readonly ChaosFault[] = [
  settingFault('transactions: quota exhausted', { maxRunningPerDatabase: 0 }, 2_000),
  settingFault('transactions: precommit times out', { precommitTimeoutMs: 1 }, 800),
  settingFault('transactions: labels forgotten', { labelKeepCount: 0 }, 1_500),
  settingFault('transactions: published late', { publishDelayMs: 1_500 }, 3_000),
];

/** By name; `REPLIES` in the order in which they are written. */
export const DATABASE_FAULTS: readonly ChaosFault[] = [
  ...Object.entries(REPLIES).map(([name, fault]) => replyFault(name, fault)),
  ...NODES,
  ...LEADERS,
  ...TRANSACTIONS,
];
