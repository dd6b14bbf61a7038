/** A database that loses replies, refuses, forgets, is late or is down. */
import type { Fault } from '../../olap/faults.js';
import { DEFAULT_TRANSACTION_SETTINGS } from '../../olap/transactions.js';
import { select } from '../checker.js';
import type { Stage } from '../stage.js';
import { DATABASE } from '../topics.js';
import { until } from '../until.js';
import type { Scenario } from './scenario.js';

const ROWS = 6_000;
const LOSE: Fault['effect'] = { kind: 'reset' };
const refuse = (status: number): Fault['effect'] => ({
  kind: 'reply',
  status,
  body: 'refused',
  contentType: 'text/plain',
});

/** The same fault at so many requests in a row, under load. */
function again(name: string, what: string, fault: Fault & { times: number }, options?: Scenario['options']): Scenario {
  return {
    name,
    what,
    ...(options === undefined ? {} : { options }),
    run: async (stage) => {
      const id = stage.doris.faults.arm(fault);
      await stage.producer.send(stage.feeds.events, ROWS);
      await stage.producer.send(stage.feeds.accounts, 1_000);
      await until(`${name} has struck`, () => stage.firings(id) === fault.times, { timeoutMs: 60_000 });
      stage.tally.count(name, fault.times);
    },
  };
}

const labelExpired: Scenario = {
  name: 'label-expired',
  what: 'The reply to a commit is lost, and the label is forgotten before it can be asked for: in doubt, decided by a look into the table.',
  run: async (stage) => {
    stage.doris.transactions.settings.labelKeepCount = 0;
    for (const phase of ['after', 'before'] as const) {
      const held = stage.strike({ point: 'be.2pc', phase, operation: 'commit', effect: { kind: 'hang' } });
      await stage.producer.send(stage.feeds.events, ROWS / 2);
      await held.fired;
      await until('the commit is published', () => !isPublishing(stage), { timeoutMs: 10_000, everyMs: 5 });
      // In phase `before` the transaction is still open: it times out, and then it is forgotten too.
      const { settings } = stage.doris.transactions;
      settings.precommitTimeoutMs = phase === 'before' ? 1 : DEFAULT_TRANSACTION_SETTINGS.precommitTimeoutMs;
      await stage.clean();
      settings.precommitTimeoutMs = DEFAULT_TRANSACTION_SETTINGS.precommitTimeoutMs;
      await stage.doris.restartBackend();
      await until('the doubt is resolved', () => isResolved(stage, phase), { timeoutMs: 30_000 });
    }
  },
};

function isPublishing({ doris }: Stage): boolean {
  return doris.transactions.list(DATABASE).some(({ state }) => state === 'COMMITTED');
}

function isResolved({ tally }: Stage, phase: 'before' | 'after'): boolean {
  return (tally.counts.get(`operator: resolved by ${phase === 'after' ? 'skip' : 'reload'}`) ?? 0) > 0;
}

const lateVisible: Scenario = {
  name: 'committed-not-visible',
  what: 'Commits become visible seconds later; meanwhile the workers die and the connector is started anew.',
  options: { transactions: { publishDelayMs: 3_000 } },
  run: async (stage) => {
    const connector = stage.connectorOf(stage.feeds.events);
    const { fired } = stage.strike({ point: 'be.2pc', phase: 'after', operation: 'commit', effect: LOSE });
    await stage.producer.send(stage.feeds.events, ROWS);
    await fired;
    await stage.workers.killAll();
    await stage.operator.aside(connector, async () => {
      await stage.terminate(connector);
      await stage.begin(connector);
    });
    stage.tally.count('worker: killed');
  },
};

const backendDown: Scenario = {
  name: 'back-end-down',
  what: 'The only back end is down for a second, three times, under load.',
  run: async (stage) => {
    stage.producer.start();
    for (let outage = 0; outage < 3; outage++) {
      await stage.doris.stopBackend();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await stage.doris.startBackend();
      await stage.producer.send(stage.feeds.events, 500);
      stage.tally.count('back end: down');
    }
  },
};

const failOver: Scenario = {
  name: 'front-end-fail-over',
  what: 'One front end after the other goes down and comes back.',
  run: async (stage) => {
    stage.producer.start();
    for (const gate of [...stage.gates, ...stage.gates]) {
      await gate.stop();
      await stage.producer.send(stage.feeds.events, 1_000);
      await gate.start();
      stage.tally.count('front end: down');
    }
  },
};

const refused: Scenario = {
  name: 'refused',
  what: 'The database answers 401 and 403: tasks fail at once, and go on where they were when they are restarted.',
  run: async (stage) => {
    for (const status of [401, 403]) {
      const load = stage.strike({ point: 'be.load', phase: 'before', effect: refuse(status) });
      await stage.producer.send(stage.feeds.events, 1_000);
      await load.fired;
      const commit = stage.strike({ point: 'be.2pc', phase: 'before', operation: 'commit', effect: refuse(status) });
      await stage.producer.send(stage.feeds.events, 1_000);
      await commit.fired;
      stage.tally.count(`HTTP ${status}`, 2);
    }
  },
};

const schemaChange: Scenario = {
  name: 'schema-change',
  what: 'A column is added while loads are on their way and a worker dies; batches have rows with it and without.',
  options: {},
  run: async (stage) => {
    const { events } = stage.feeds;
    const table = `${DATABASE}.${events.table}`;
    stage.producer.start();
    await stage.strike({ point: 'be.load', phase: 'before', times: 10, effect: { kind: 'delay', delayMs: 300 } }).fired;
    await stage.sql.query(`ALTER TABLE ${table} ADD COLUMN extra BIGINT`);
    stage.tally.count('column added');
    const before = await stage.producer.extend(events);
    await stage.producer.send(events, 2_000);
    await stage.workers.kill(0);
    stage.tally.count('worker: killed');
    await stage.producer.send(events, 2_000);
    await stage.producer.stop();
    const wanted = [...(stage.truth.rows.get(events.topic) ?? [])].filter((id) => id > before).length;
    await until(
      'every row has its new column',
      async () => {
        const [found] = await select(stage.sql, `SELECT COUNT(*) AS n FROM ${table} WHERE extra = id`);
        return Number(found?.n) === wanted;
      },
      { timeoutMs: 90_000 },
    );
  },
};

export const DATABASE_SCENARIOS: readonly Scenario[] = [
  again('load-500-before', 'Five loads are answered by HTTP 500, nothing of them is stored.', {
    point: 'be.load',
    phase: 'before',
    times: 5,
    effect: { kind: 'reply', status: 500, body: '' },
  }),
  again('load-500-after', 'Five loads are stored and answered by HTTP 500.', {
    point: 'be.load',
    phase: 'after',
    times: 5,
    effect: { kind: 'reply', status: 500, body: '' },
  }),
  again('load-reply-lost', 'Five loads are stored and their replies lost.', {
    point: 'be.load',
    phase: 'after',
    times: 5,
    effect: LOSE,
  }),
  again(
    'too-many-versions',
    'Twelve loads are refused by -235: more than the retries other systems have in their life.',
    {
      point: 'be.load',
      phase: 'before',
      times: 12,
      effect: { kind: 'fail', code: 'E-235' },
    },
  ),
  again('commit-500-in-a-row', 'Five commits in a row are answered by HTTP 500.', {
    point: 'be.2pc',
    phase: 'before',
    operation: 'commit',
    times: 5,
    effect: { kind: 'reply', status: 500, body: '' },
  }),
  again('commit-reply-lost', 'Five commits are done and their replies lost.', {
    point: 'be.2pc',
    phase: 'after',
    operation: 'commit',
    times: 5,
    effect: LOSE,
  }),
  again(
    'lost-reply-committed',
    'Without two-phase commit: five loads are committed and their replies lost.',
    { point: 'be.load', phase: 'after', times: 5, effect: LOSE },
    { config: { 'enable.2pc': 'false' } },
  ),
  labelExpired,
  lateVisible,
  refused,
  backendDown,
  failOver,
  schemaChange,
];
