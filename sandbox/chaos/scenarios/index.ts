/** Named stories: each is a fault, or an order of events, that other systems demonstrably fail. */
import { CRASHES } from './crash.js';
import { DATABASE_SCENARIOS } from './database.js';
import { LOG_SCENARIOS } from './log.js';
import type { Scenario } from './scenario.js';

export type { Scenario } from './scenario.js';

export const SCENARIOS: readonly Scenario[] = [...CRASHES, ...DATABASE_SCENARIOS, ...LOG_SCENARIOS];
