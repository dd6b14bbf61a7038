/** Kafka, Temporal and people: gaps in the offsets, pauses, servers that are lost. */
import { pauseConnector, resumeConnector } from '../../../client/connectors.js';
import { until } from '../until.js';
import type { Scenario } from './scenario.js';

const ROWS = 3_000;

const gaps: Scenario = {
  name: 'offset-gaps',
  what: 'Transactions, committed and aborted, of one row to many: the log is full of offsets that hold no row.',
  run: async (stage) => {
    const { events, accounts } = stage.feeds;
    for (let round = 0; round < 12; round++) {
      const ending = round % 3 === 0 ? 'commit' : 'abort';
      await stage.producer.transaction(events, 1 + round * 7, ending, round % 2);
      await stage.producer.transaction(accounts, 5, ending);
      stage.tally.count(`transaction: ${ending}`, 2);
    }
    // The end of a range may be a marker, and nothing but markers may be left.
    await stage.producer.transaction(events, 10, 'abort', 3);
  },
};

const pauses: Scenario = {
  name: 'pause-during-poll',
  what: 'The connector is paused and resumed ten times while it reads.',
  run: async (stage) => {
    const { name } = stage.connectorOf(stage.feeds.events);
    stage.producer.start();
    for (let round = 0; round < 10; round++) {
      await pauseConnector(stage.session, name);
      await stage.producer.send(stage.feeds.events, 200);
      await resumeConnector(stage.session, name);
      stage.tally.count('operator: pause, resume');
    }
  },
};

const twelvePartitions: Scenario = {
  name: 'partition-1-and-10',
  what: 'Twelve partitions, rows in 1 and 10 only, and a kill: the offset of one is not taken for the other.',
  options: { partitions: 12 },
  run: async (stage) => {
    const { events } = stage.feeds;
    for (let round = 0; round < 6; round++) {
      await stage.producer.transaction(events, 300 + round, 'commit', round % 2 === 0 ? 1 : 10);
    }
    const { fired } = stage.strike({ point: 'be.2pc', phase: 'after', operation: 'commit', effect: { kind: 'hang' } });
    await stage.producer.transaction(events, 500, 'commit', 10);
    await fired;
    await stage.workers.killAll();
    stage.tally.count('worker: killed');
  },
};

const brokerKilled: Scenario = {
  name: 'broker-killed',
  what: 'The broker is killed while the connector reads, and comes back.',
  run: async (stage) => {
    await stage.producer.send(stage.feeds.events, ROWS * 3);
    await stage.producer.quietWhile(() => stage.world.restart('kafka'));
    await until('the broker takes records', () => stage.producer.send(stage.feeds.events, 100).then(() => true), {
      timeoutMs: 30_000,
    });
    stage.tally.count('Kafka: killed and started again');
  },
};

const temporalRestarted: Scenario = {
  name: 'temporal-restarted',
  what: "Temporal's server is killed in the middle of a commit and comes back on the same database.",
  run: async (stage) => {
    const { fired } = stage.strike({
      point: 'be.2pc',
      phase: 'before',
      operation: 'commit',
      effect: { kind: 'delay', delayMs: 1_500 },
    });
    await stage.producer.send(stage.feeds.events, ROWS);
    await fired;
    await stage.world.restart('temporal');
    await stage.reconnect();
    stage.tally.count('Temporal: killed and started again');
  },
};

/**
 * Nothing of the connector is left but its consumer group and what the database knows. The operator finds no connector
 * and starts one of the same name.
 */
function temporalLost(name: string, what: string, phase: 'before' | 'after'): Scenario {
  return {
    name,
    what,
    run: async (stage) => {
      const { events, accounts } = stage.feeds;
      const { fired } = stage.strike({ point: 'be.2pc', phase, operation: 'commit', effect: { kind: 'hang' } });
      await stage.producer.send(events, ROWS);
      await stage.producer.send(accounts, 500);
      await fired;
      await stage.loseTemporal();
      // What comes meanwhile must not change the ranges of the batch that was being committed.
      await stage.producer.send(events, ROWS);
      stage.tally.count('Temporal: lost with everything in it');
      await until('the connector is started anew', () => stage.tally.counts.has('operator: started anew'), {
        timeoutMs: 30_000,
      });
    },
  };
}

export const LOG_SCENARIOS: readonly Scenario[] = [
  gaps,
  pauses,
  twelvePartitions,
  brokerKilled,
  temporalRestarted,
  temporalLost(
    'temporal-lost-before-commit',
    "Temporal's database is lost after the intent is recorded and before the commit; started anew from the consumer group alone.",
    'before',
  ),
  temporalLost(
    'temporal-lost-after-commit',
    "Temporal's database is lost after the commit and before the offsets are recorded; started anew from the consumer group alone.",
    'after',
  ),
];
