/**
 * Stories of a Kafka cluster of three brokers, each told to the end and held against what was produced: connections
 * that are reset, records and topics that are gone, a log that a new leader has truncated. `make chaos` has more.
 */

import { Runner, SCENARIOS } from '../../sandbox/chaos/index.js';
import { ClusterWorld } from '../../sandbox/chaos/kafka-cluster/index.js';
import { temporalAddress } from '../support/temporal.js';

let world: ClusterWorld;
let runner: Runner;

beforeAll(async () => {
  world = await ClusterWorld.open({ seed: 'test', temporalAddress: temporalAddress() });
  runner = new Runner(world, { seed: 'test' });
}, 180_000);
afterAll(async () => {
  await runner?.close();
  await world?.close();
}, 60_000);

test.each([
  'connection-resets',
  'retention-passes-position',
  'topic-recreated-while-stopped',
  'unclean-election-loaded',
])(
  '%s: exact',
  async (name) => {
    const scenario = SCENARIOS.find((candidate) => candidate.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    const { problems, tables, exact } = await runner.scenario(scenario);
    expect(problems).toEqual([]);
    expect({ exact, tables }).toMatchObject({ exact: true });
  },
  400_000,
);
