/** Workers that die, or stand still, at one exact moment of a batch. */
import { reconfigureConnector } from '../../../client/connectors.js';
import type { Fault } from '../../olap/faults.js';
import type { Stage } from '../stage.js';
import { DATABASE } from '../topics.js';
import type { Scenario } from './scenario.js';

const HELD: Fault['effect'] = { kind: 'hang' };
const COMMIT = { point: 'be.2pc', operation: 'commit' } as const;
const ROWS = 3_000;

/** Every worker is killed while a request of a batch is held at one point, so that its answer is never heard. */
function killedAt(name: string, what: string, fault: Pick<Fault, 'point' | 'phase' | 'operation'>): Scenario {
  return {
    name,
    what,
    run: async (stage) => {
      const { events } = stage.feeds;
      const { fired } = stage.strike({ ...fault, effect: HELD });
      await stage.producer.send(events, ROWS);
      await fired;
      await stage.workers.killAll();
      stage.tally.count('worker: killed');
    },
  };
}

const killedAfterTheOffsets: Scenario = {
  name: 'killed-after-offsets',
  what: 'The workers die after the offsets are recorded and before the workflow hears of it.',
  run: async (stage) => {
    const commit = stage.strike({ ...COMMIT, phase: 'after', effect: { kind: 'delay', delayMs: 300 } });
    await stage.producer.send(stage.feeds.events, ROWS);
    await commit.fired;
    // The look whether the rows are visible comes after the offsets; it is the only one for a committed label.
    const [committed] = stage.doris.transactions
      .list(DATABASE)
      .filter(({ commitTimeMs }) => commitTimeMs !== undefined)
      .sort((one, other) => (other.commitTimeMs ?? 0) - (one.commitTimeMs ?? 0));
    const { fired } = stage.strike({
      point: 'fe.load_state',
      phase: 'before',
      effect: HELD,
      ...(committed === undefined ? {} : { label: committed.label }),
    });
    await fired;
    await stage.workers.killAll();
    stage.tally.count('worker: killed');
  },
};

const zombie: Scenario = {
  name: 'zombie-worker',
  what: 'A worker stands still in the middle of its commits for longer than its lease, then goes on beside its successor.',
  run: async (stage) => {
    stage.producer.start();
    const { fired } = stage.strike({ ...COMMIT, phase: 'before', effect: { kind: 'delay', delayMs: 1_000 } });
    await fired;
    await Promise.all([stage.workers.freeze(0, 9_500), stage.workers.freeze(1, 500)]);
    stage.tally.count('worker: frozen past its lease');
  },
};

const redealt: Scenario = {
  name: 'lanes-redealt',
  what: 'Partitions are dealt out over other tasks again and again while batches are in flight.',
  run: async (stage) => {
    const connector = stage.connectorOf(stage.feeds.events);
    slowCommits(stage);
    stage.producer.start();
    for (const tasks of ['1', '5', '2', '4']) {
      await reconfigureConnector(stage.session, connector.name, stage.configOf(connector, { 'tasks.max': tasks }));
      stage.tally.count('operator: other tasks.max');
    }
  },
};

function slowCommits(stage: Stage): void {
  stage.doris.faults.arm({ ...COMMIT, phase: 'before', effect: { kind: 'delay', delayMs: 400 } });
}

export const CRASHES: readonly Scenario[] = [
  killedAt('killed-before-send', 'The workers die before the rows are sent.', {
    point: 'fe.load_state',
    phase: 'before',
  }),
  killedAt('killed-after-send', 'The workers die after the rows are precommitted and before they hear of it.', {
    point: 'be.load',
    phase: 'after',
  }),
  killedAt('killed-before-commit', 'The workers die after the intent is recorded and before the commit.', {
    ...COMMIT,
    phase: 'before',
  }),
  killedAt('killed-after-commit', 'The workers die after the commit and before the offsets are recorded.', {
    ...COMMIT,
    phase: 'after',
  }),
  killedAfterTheOffsets,
  redealt,
  zombie,
];
