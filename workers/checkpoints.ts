/** Final checkpoints of closed runs: from the result of a run that ended, else by query, which replays its history. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Checkpoint } from '../workflows/core/model.js';
import { connectorWorkflowId, QUERIES } from '../workflows/messages.js';

const ANSWER_TIMEOUT_MS = 20_000;

export function previousCheckpoints(client: Client, logger: Logger) {
  return async (connector: string, runId: string): Promise<Checkpoint | undefined> => {
    const handle = client.workflow.getHandle(connectorWorkflowId(connector), runId);
    try {
      return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, async () => {
        const { status } = await handle.describe();
        if (status.name === 'COMPLETED') return (await handle.result()) as Checkpoint;
        return withoutItself(await handle.query<Checkpoint>(QUERIES.checkpoint));
      });
    } catch (error) {
      logger.warn(
        { err: error, connector, runId },
        'the previous run does not answer: going on from the consumer group',
      );
      return undefined;
    }
  };
}

/**
 * Of a run that was ended from outside: its activities learn of that a moment later, so that whoever goes on from it
 * does not count it among those that have come to rest.
 */
export function withoutItself(checkpoint: Checkpoint): Checkpoint {
  return { ...checkpoint, runs: checkpoint.runs?.slice(1) ?? [] };
}
