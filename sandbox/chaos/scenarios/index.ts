/** Named stories: each is a fault, or an order of events, that other systems demonstrably fail. */
import { CLUSTER_SCENARIOS } from './cluster.js';
import { CRASHES } from './crash.js';
import { DATABASE_SCENARIOS } from './database.js';
import { LOG_SCENARIOS } from './log.js';
import type { Scenario } from './scenario.js';
import { UNCLEAN_ELECTIONS } from './unclean-election.js';

export type { Scenario } from './scenario.js';

export const SCENARIOS: readonly Scenario[] = [
  ...CRASHES,
  ...DATABASE_SCENARIOS,
  ...LOG_SCENARIOS,
  ...CLUSTER_SCENARIOS,
  ...UNCLEAN_ELECTIONS,
];
