/** What activities are made with: everything that has a life of its own belongs to the worker. */
import type { Logger } from 'pino';
import type { Clock } from '../connect/clock.js';
import type { ChunkPool } from '../connect/rows/index.js';
import type { Checkpoint } from '../workflows/core/model.js';
import type { ConnectorPool } from './connector-pool.js';
import type { Discovery } from './discovery.js';
import type { MemoryBudget } from './memory-budget.js';
import type { Metrics } from './metrics.js';

export interface ActivityDeps {
  readonly connectors: ConnectorPool;
  readonly discovery: Discovery;
  readonly memory: MemoryBudget;
  readonly chunks: ChunkPool;
  readonly logger: Logger;
  /** The system's clock unless given. */
  readonly clock?: Clock;
  readonly metrics: Metrics;
  /** The final checkpoint of a closed run; undefined when it cannot be had. */
  readonly previousCheckpoint: (connector: string, runId: string) => Promise<Checkpoint | undefined>;
}
