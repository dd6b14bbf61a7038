/**
 * One worker process: two Temporal workers over one connection. The first runs workflows and loads; the second, on a
 * task queue of its own with many slots, runs the waits, which are long and cheap.
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ConnectorPool } from '../activities/connector-pool.js';
import { Discovery } from '../activities/discovery.js';
import { createActivities } from '../activities/index.js';
import { MemoryBudget } from '../activities/memory-budget.js';
import { createMetrics } from '../activities/metrics.js';
import { resolveTemporalSettings } from '../client/temporal.js';
import type { WorkerConfig } from '../connect/config/index.js';
import { ChunkPool } from '../connect/rows/index.js';
import { waitTaskQueue } from '../workflows/messages.js';
import { workflowBundle } from './bundle.js';
import { previousCheckpoints } from './checkpoints.js';
import { connectorFactory } from './connector-factory.js';
import { checkNamespace } from './namespace.js';

/** Loads and commits under way when a worker is asked to stop may come to an end for this long. */
const SHUTDOWN_GRACE = '30s';
const SHUTDOWN_FORCE = '45s';
/** Cancellation reaches an activity with its next heartbeat: pause is as quick as this. */
const HEARTBEAT_THROTTLE = '1s';
/** How long a workflow waits for the worker that it ran on before any other may take it: the delay after a crash. */
const STICKY_TIMEOUT = '3s';
const MAX_WAITS = 1_000;
const MAX_LOADS = 64;
const MAX_IDLE_CHUNK_BYTES = 64 << 20;

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
  const budgetBytes = Number(config.values['memory.budget.bytes']);
  const connectors = new ConnectorPool(connectorFactory(config.raw));
  const workers: Worker[] = [];
  try {
    await checkNamespace(clientConnection, temporal.namespace);
    const activities = createActivities({
      connectors,
      discovery: new Discovery(),
      memory: new MemoryBudget(budgetBytes),
      // What lies idle comes on top of the budget: not more of it than of the batches themselves.
      chunks: new ChunkPool({ maxIdleBytes: Math.min(MAX_IDLE_CHUNK_BYTES, budgetBytes) }),
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
      dataConverter: withFailures(temporal.dataConverter),
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
    workers.push(loads);
    const waits = await Worker.create({
      ...shared,
      taskQueue: waitTaskQueue(taskQueue),
      activities: { awaitBatch: activities.awaitBatch },
      // A wait has nothing to bring to an end: the next worker begins it anew.
      shutdownGraceTime: 0,
      maxConcurrentActivityTaskExecutions: MAX_WAITS,
    });
    workers.push(waits);
    await runTogether(workers, signal, () => {
      logger.info({ address: temporal.address, namespace: temporal.namespace, taskQueue }, 'worker is polling');
      onReady?.();
    });
  } catch (error) {
    // A worker that was created and never run keeps the connection and the process.
    const unused = workers.filter((worker) => worker.getState() === 'INITIALIZED');
    await runTogether(unused, AbortSignal.abort());
    throw error;
  } finally {
    await connectors.close();
    await clientConnection.close();
    await connection.close();
  }
}

/** Runs the workers until the signal is aborted or one of them fails; the others then end as well. */
async function runTogether(workers: readonly Worker[], signal: AbortSignal, onRunning?: () => void): Promise<void> {
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const running = workers.map((worker) => worker.run().finally(stop));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  else onRunning?.();
  try {
    const ends = await Promise.allSettled(running);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Where payloads are encrypted, what failures say is too. */
function withFailures(converter: DataConverter): DataConverter {
  if (converter.payloadCodecs?.length === 0) return converter;
  return { ...converter, failureConverterPath: fileURLToPath(new URL('./failure-converter.js', import.meta.url)) };
}
