/**
 * One worker process: two Temporal workers over one connection. The first runs workflows and loads; the second, on a
 * task queue of its own with many slots, runs the waits, which are long and cheap.
 */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ConnectorPool } from '../activities/connector-pool.js';
import { Discovery } from '../activities/discovery.js';
import { createActivities } from '../activities/index.js';
import { createMetrics } from '../activities/metrics.js';
import { resolveTemporalSettings } from '../client/temporal.js';
import type { WorkerConfig } from '../connect/config/index.js';
import { ChunkPool } from '../connect/rows/index.js';
import { waitTaskQueue } from '../workflows/messages.js';
import { workflowBundle } from './bundle.js';
import { previousCheckpoints } from './checkpoints.js';
import { connectorFactory } from './connector-factory.js';
import { MemoryBudget } from './memory-budget.js';

/** Loads and commits under way when a worker is asked to stop may come to an end for this long. */
const SHUTDOWN_GRACE = '30s';
const SHUTDOWN_FORCE = '45s';
/** Cancellation reaches an activity with its next heartbeat: pause is as quick as this. */
const HEARTBEAT_THROTTLE = '1s';
/** How long a workflow waits for the worker that it ran on before any other may take it: the delay after a crash. */
const STICKY_TIMEOUT = '3s';
const MAX_WAITS = 1_000;
const MAX_LOADS = 64;

export interface WorkerOptions {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called once the worker polls. */
  readonly onReady?: () => void;
}

/** Runs until the signal is aborted; batches under way end first. */
export async function runWorker({ config, logger, signal, onReady }: WorkerOptions): Promise<void> {
  const temporal = resolveTemporalSettings({}, config.raw);
  const taskQueue = config.values['temporal.task.queue'];
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  const clientConnection = await Connection.connect(temporal.connectionOptions);
  const connectors = new ConnectorPool(connectorFactory(config.raw));
  try {
    const activities = createActivities({
      connectors,
      discovery: new Discovery(),
      memory: new MemoryBudget(Number(config.values['memory.budget.bytes'])),
      chunks: new ChunkPool(),
      logger,
      metrics: createMetrics(Runtime.instance().metricMeter),
      previousCheckpoint: previousCheckpoints(
        new Client({
          connection: clientConnection,
          namespace: temporal.namespace,
          dataConverter: temporal.dataConverter,
        }),
        logger,
      ),
    });
    const shared = {
      connection,
      namespace: temporal.namespace,
      dataConverter: temporal.dataConverter,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    } as const;
    const loads = await Worker.create({
      ...shared,
      taskQueue,
      activities,
      workflowBundle: await workflowBundle(),
      maxConcurrentActivityTaskExecutions: MAX_LOADS,
      maxEagerActivityReservationsPerWorkflowTask: 16,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    });
    const waits = await Worker.create({
      ...shared,
      taskQueue: waitTaskQueue(taskQueue),
      activities: { awaitBatch: activities.awaitBatch },
      // A wait has nothing to bring to an end: the next worker begins it anew.
      shutdownGraceTime: 0,
      maxConcurrentActivityTaskExecutions: MAX_WAITS,
    });
    const stop = () => {
      for (const worker of [loads, waits]) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    signal.addEventListener('abort', stop, { once: true });
    logger.info({ address: temporal.address, namespace: temporal.namespace, taskQueue }, 'worker is polling');
    onReady?.();
    if (signal.aborted) return;
    await Promise.all([loads.run(), waits.run()]);
  } finally {
    await connectors.close();
    await clientConnection.close();
    await connection.close();
  }
}
