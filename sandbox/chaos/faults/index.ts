/** Every kind of fault, by the part that it breaks. A new kind is one entry in one of these lists. */
import { DATABASE_FAULTS } from './database.js';
import type { ChaosFault } from './fault.js';
import { OPERATIONS } from './operations.js';
import { SERVER_FAULTS } from './servers.js';
import { WORKER_FAULTS } from './workers.js';

export type { ChaosFault } from './fault.js';

export const FAULTS: readonly ChaosFault[] = [...DATABASE_FAULTS, ...WORKER_FAULTS, ...SERVER_FAULTS, ...OPERATIONS];
